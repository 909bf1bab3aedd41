"""Secrets at rest: sealed with Fernet keys that live outside the database and apart from SECRET_KEY.

The first key of settings.SEAL_KEYS seals; every key opens, so that keys can be rotated.
"""

import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """Sealed data does not open with any of the keys in use."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(secrets: Mapping[str, str]) -> bytes:
    return _box(tuple(settings.SEAL_KEYS)).encrypt(json.dumps(dict(secrets)).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Raises SealBroken; its text carries nothing of what was sealed."""
    try:
        data: dict[str, str] = json.loads(_box(tuple(settings.SEAL_KEYS)).decrypt(bytes(sealed)))
    except InvalidToken:
        raise SealBroken(
            "These credentials cannot be opened with the keys in use. Connect the account again."
        ) from None
    return data
