"""What is hashed for an entry: one canonical JSON object (RFC 8785), documented in docs/verify.md."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

VERSION = 1


def moment(at: datetime) -> str:
    """A UTC time as the leaf writes it: always with microseconds, so that there is one way to write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: Mapping[str, Any]) -> str:
    """RFC 8785 text. ValueError for what it cannot say: integers beyond 2**53, NaN, other Python objects."""
    return rfc8785.dumps(dict(value)).decode("utf-8")


def new_salt() -> str:
    return secrets.token_hex(32)


def personal_digest(salt: str, text: str) -> str:
    """SHA-256(salt || text): the 32 bytes of the salt, then the text in UTF-8."""
    return sha256(bytes.fromhex(salt) + text.encode("utf-8")).hexdigest()


def tag_values(tags: Mapping[str, Iterable[object]]) -> dict[str, list[str]]:
    """Tags as text, sorted, each once; names without values are left out."""
    texts = {name: sorted({str(value) for value in values}) for name, values in tags.items()}
    return {name: values for name, values in texts.items() if values}
