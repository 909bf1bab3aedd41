"""Small makers of what the platform tests need."""

import hashlib
import io
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from PIL import Image

from platforms.base import (
    Credentials,
    Exchange,
    Media,
    Mention,
    Options,
    Part,
    Platform,
    PublishRequest,
    Secrets,
    exchanged,
)


def image(
    width: int = 8, height: int = 6, kind: str = "PNG", alt: str = "A square", shade: int = 90
) -> tuple[Media, bytes]:
    """A real image and its description."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 120, 200)).save(out, kind)
    data = out.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    return Media(sha256, f"image/{kind.lower()}", len(data), width, height, alt), data


def request(
    platform: Platform,
    *texts: str,
    images: tuple[tuple[Media, bytes], ...] = (),
    mentions: tuple[Mention, ...] = (),
    options: Options | None = None,
    at: datetime | None = None,
) -> PublishRequest:
    """A request with one part per text; images and mentions belong to the first."""
    at = at or datetime.now(UTC)
    media = tuple(description for description, _ in images)
    first, *more = texts or ("Hello",)
    parts = (Part(first, media, mentions), *(Part(text) for text in more))
    return PublishRequest(
        key=secrets.token_hex(16),
        record_keys=tuple(platform.record_key(at) for _ in parts),
        created_at=at,
        parts=parts,
        options=options or Options(),
        media={description.sha256: data for description, data in images},
    )


def credentials(
    account_id: str,
    instance: str,
    secret: Mapping[str, str] | None = None,
    save: Callable[[Mapping[str, str]], None] | None = None,
) -> Credentials:
    """`save` is given what a renewal brings."""

    def renewed(known: Secrets, exchange: Exchange) -> Secrets:
        new = exchanged(known, exchange)
        if save:
            save(new)
        return new

    return Credentials(account_id=account_id, instance=instance, secrets=secret or {}, renewing=renewed)
