"""The key that signs checkpoints: an Ed25519 private key in a PEM file, outside the database and the code.

Settings: LEDGER_KEY_FILE (path), LEDGER_ORIGIN (the log's name, also the key's name), and LEDGER_OLD_VKEYS
(optional: verifier keys that signed earlier checkpoints, after a key was replaced).
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ledger import note
from ledger.errors import BadNote


def ensure_key(path: str | Path) -> bool:
    """Create the key file, readable by its owner alone, unless it is there. True if it was created."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return True


def origin() -> str:
    """The log's name. ImproperlyConfigured if it is not set or cannot be a key name."""
    name = str(getattr(settings, "LEDGER_ORIGIN", ""))
    if not note.valid_name(name):
        raise ImproperlyConfigured(
            "LEDGER_ORIGIN must name the log, like countersign.example.org/log: no spaces, no plus sign."
        )
    return name


def signing_key() -> Ed25519PrivateKey:
    """The private key. ImproperlyConfigured, with words that help, if it cannot be had."""
    path = str(getattr(settings, "LEDGER_KEY_FILE", "") or "")
    if not path:
        raise ImproperlyConfigured(
            "LEDGER_KEY_FILE (environment: LEDGER_KEY_PATH) is not set: the path of the key that signs checkpoints."
        )
    try:
        key = serialization.load_pem_private_key(Path(path).read_bytes(), password=None)
    except FileNotFoundError as error:
        raise ImproperlyConfigured(
            f"LEDGER_KEY_FILE {path} does not exist. A new log gets its key from script/run; for a log that "
            "was signed before, bring the key back from your backup: a new key cannot stand in for it."
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"LEDGER_KEY_FILE {path} cannot be read as a PEM key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"LEDGER_KEY_FILE {path} must be an Ed25519 key.")
    return key


def verifier() -> note.Verifier:
    """The public half of today's key."""
    return note.verifier(origin(), signing_key())


def verifiers() -> list[note.Verifier]:
    """Every key that may have signed a checkpoint of this log. ImproperlyConfigured if an old one is not a
    vkey.
    """
    try:
        old = [note.parse_vkey(text) for text in getattr(settings, "LEDGER_OLD_VKEYS", ())]
    except BadNote as error:
        raise ImproperlyConfigured(f"LEDGER_OLD_VKEYS: {error}") from error
    return [verifier(), *old]
