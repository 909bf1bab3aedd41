"""The installation's own secrets: made once in the var folder, mode 0600, never in git.

Kept apart from each other on purpose: who learns `secret_key` can forge sessions but open no sealed
token, and who learns `seal_keys` cannot sign a checkpoint of the publish log.

    secret_key      Django's SECRET_KEY
    seal_keys       Fernet keys, one per line; the first seals, all of them open (MultiFernet), so a key
                    is rotated by writing a new one above the old ones
    ledger_key.pem  the Ed25519 key that signs checkpoints

`python -m config.secrets` creates what is missing and says what it created.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from config.paths import var_dir
from ledger.keys import ensure_key

SECRET_KEY = "secret_key"  # noqa: S105 - a file's name, no secret
SEAL_KEYS = "seal_keys"
LEDGER_KEY = "ledger_key.pem"


class SecretError(Exception):
    """A secret's file is there but holds nothing usable; it is never replaced by a new one in silence,
    because a new key would make what the old one sealed or signed unreadable."""


def ensure(var: Path) -> list[str]:
    """Create whichever secrets are missing under `var`; return the names of the files it created.

    Safe to run at the same time from several processes, and again: what exists stays. Raises SecretError
    where an existing file is empty or malformed, OSError where the folder cannot be written.
    """
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [
        name
        for name, value in (
            (SECRET_KEY, secrets.token_urlsafe(64)),
            (SEAL_KEYS, Fernet.generate_key().decode("ascii")),
        )
        if _create(var / name, value + "\n")
    ]
    if ensure_key(var / LEDGER_KEY):
        made.append(LEDGER_KEY)
    for name in (SECRET_KEY, SEAL_KEYS, LEDGER_KEY):
        _close_to_others(var / name)
    read_secret(var / SECRET_KEY)
    read_seal_keys(var / SEAL_KEYS)
    return made


def read_secret(path: Path) -> str:
    """The one value in the file. Raises SecretError if it is empty, FileNotFoundError if it is missing."""
    value = path.read_text("utf-8").strip()
    if not value:
        raise SecretError(f"{path} is empty. Restore it from a backup; delete it only on a new installation.")
    return value


def read_seal_keys(path: Path) -> list[str]:
    """The Fernet keys, newest first. Raises SecretError if there is none or one is no Fernet key."""
    keys = read_secret(path).split()
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:  # the message must not repeat the key
            raise SecretError(f"{path}: line {number} is not a Fernet key.") from error
    return keys


def _create(path: Path, text: str) -> bool:
    """Write a complete file or none: link() fails where another process was first, and leaves its file."""
    if path.exists():
        return False
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
    return True


def _close_to_others(path: Path) -> None:
    """Take the secret away from group and others, whatever a copy or a backup made of its mode."""
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def main() -> int:
    """Command line: create what is missing, say what was made; 1 with a plain message if that fails."""
    try:
        made = ensure(var_dir())
    except (SecretError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if made:
        sys.stdout.write(f"Made {', '.join(made)} in {var_dir()}. Back them up, apart from the database.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
