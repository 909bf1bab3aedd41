"""The three things that the rest of the product does with pictures.

Every decoding happens in a process of its own, of our masters too: a picture of 50 megapixels takes hundreds
of megabytes and seconds, which a web process does not have. This process never imports a decoder; what comes
back is read again here from the outside, and nothing with hidden data in it is let through.
"""

import hashlib
import logging
from pathlib import Path
from typing import Any

from platforms.base import Limits
from scheduler.imaging import process, words
from scheduler.imaging.blocks import Broken, Survey
from scheduler.imaging.survey import kind_of, survey
from scheduler.imaging.types import (
    CONTENT_TYPES,
    MAX_FILE_BYTES,
    ImageRefused,
    Ingested,
    Rendered,
)

_log = logging.getLogger(__name__)


def ingest(source: bytes | Path, filename: str = "") -> Ingested:
    """Makes an upload into a clean master and says what the original held.

    The name decides nothing; it is for the log. Raises ImageRefused.
    """
    data = _read(source)
    if not kind_of(data):
        raise ImageRefused(words.refusal(data))
    try:
        head, body = process.call({"operation": "ingest"}, data)
    except ImageRefused as refused:
        _log.info("The picture %r was refused: %s", filename[:200], refused.message)
        raise
    found = _clean(head, body)
    return Ingested(
        data=body,
        content_type=CONTENT_TYPES[found.kind],
        width=found.width,
        height=found.height,
        sha256=_digest(body),
        facts=tuple(head["facts"]),
        digital_source_type=str(head["digital_source_type"]),
        notes=tuple(head["notes"]),
    )


def render(master: bytes, limits: Limits) -> Rendered:
    """The master as the platform takes it: unchanged where it fits, and the same bytes every time.

    Raises ImageRefused where no way of writing it fits.
    """
    found = _outside(master)
    if _fits(found, len(master), limits) and not found.blocks:
        return Rendered(master, CONTENT_TYPES[found.kind], found.width, found.height, _digest(master))
    request = {
        "operation": "render",
        "types": list(limits.image_types),
        "bytes": limits.image_bytes,
        "pixels": limits.image_pixels,
    }
    head, body = process.call(request, master)
    found = _clean(head, body)
    if not _fits(found, len(body), limits):
        raise ImageRefused(words.does_not_fit(limits.image_types, limits.image_bytes))
    notes = tuple(head["notes"])
    return Rendered(body, CONTENT_TYPES[found.kind], found.width, found.height, _digest(body), notes)


def thumbnail(master: bytes, max_px: int = 480) -> bytes:
    """A WebP for lists, no side longer than max_px. Raises ImageRefused."""
    head, body = process.call({"operation": "thumbnail", "side": max_px}, master)
    _clean(head, body)
    return body


def _read(source: bytes | Path) -> bytes:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ImageRefused(words.TOO_HEAVY)
    return source if isinstance(source, bytes) else source.read_bytes()


def _outside(data: bytes) -> Survey:
    try:
        return survey(data)
    except Broken as error:
        raise ImageRefused(words.DAMAGED) from error


def _fits(found: Survey, size: int, limits: Limits) -> bool:
    return (
        CONTENT_TYPES[found.kind] in limits.image_types
        and size <= limits.image_bytes
        and found.width * found.height <= limits.image_pixels
    )


def _clean(head: dict[str, Any], body: bytes) -> Survey:
    """Trusts the worker with nothing that can be seen from here: kind, size in pixels, no hidden data."""
    found = _outside(body)
    if found.blocks or CONTENT_TYPES[found.kind] != head.get("content_type"):
        _log.error("The image worker gave back %s with %s.", found.kind, sorted(found.names()))
        raise ImageRefused(words.DAMAGED)
    return found


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
