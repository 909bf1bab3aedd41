"""What a backup says of itself: when, of what, how the log stood, and the digest of every file.

It shows a copy that is incomplete or was damaged. It is not signed: against somebody who rewrites a backup, only a
checkpoint that was kept elsewhere helps.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

NAME = "manifest.json"
FORMAT = 1
CHUNK = 1024 * 1024


class BackupError(Exception):
    """Why nothing was backed up or restored, in words for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Log:
    """The publish log as it stood in the copy of the database."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`made_at` is a time before the copy of the database was begun: nothing that the copy lacks is older. `seal` is a
    known word, sealed, and `verifier` the log's public key: they tell whether the keys at hand fit."""

    made_at: datetime
    database: str
    versions: Mapping[str, str]
    migrations: tuple[str, ...]
    log: Log
    verifier: str
    seal: str
    files: Mapping[str, tuple[int, str]]
    """(bytes, SHA-256 in hex) by path."""

    def write(self, folder: Path) -> None:
        data = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        with (folder / NAME).open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def within(self, part: str) -> Iterator[str]:
        """The files of one folder of the backup: "media", "sandbox", "checkpoints", "keys"."""
        return (name for name in sorted(self.files) if name.startswith(f"{part}/"))

    def verify(self, folder: Path) -> None:
        """Raises BackupError unless every file is there as it was written."""
        for name, (size, digest) in sorted(self.files.items()):
            path = folder / name
            if not path.is_file() or path.stat().st_size != size or sha256(path) != digest:
                raise BackupError(f"{path} is missing or is not what was backed up. Nothing was restored.")


def read(folder: Path) -> Manifest:
    """Raises BackupError for what is no backup, or one that this version cannot read."""
    try:
        data: dict[str, Any] = json.loads((folder / NAME).read_text("utf-8"))
        if data.pop("format") != FORMAT:
            raise BackupError(f"{folder} is of a format that this version does not know. Use a newer one.")
        return Manifest(
            **{
                **data,
                "made_at": datetime.fromisoformat(data["made_at"]),
                "log": Log(**data["log"]),
                "migrations": tuple(data["migrations"]),
                "files": {_inside(name): (size, digest) for name, (size, digest) in data["files"].items()},
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder} is no backup of Countersign, or a damaged one: {error}") from error


def _inside(name: str) -> str:
    """A path that stays in its folder. Raises ValueError."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        raise ValueError(f"the path {name!r} leads out of the backup")
    return name


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def copy(source: Path, target: Path) -> tuple[int, str]:
    """Copies a file, and waits until it is on the disk; its size and SHA-256 as copied. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as old:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as new:
            while chunk := old.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                new.write(chunk)
            new.flush()
            os.fsync(new.fileno())
    return size, digest.hexdigest()


def describe(path: Path) -> tuple[int, str]:
    return path.stat().st_size, sha256(path)
