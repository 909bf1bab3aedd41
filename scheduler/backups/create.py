"""Writes a backup, complete or not at all, while everything runs."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts import sealing
from ledger import keys
from scheduler.backups import databases
from scheduler.backups.manifest import BackupError, Manifest, copy, describe

PROBE = {"countersign": "backup"}
"""Sealed into each manifest, so that a restore with other keys is refused before it begins."""
Files = dict[str, tuple[int, str]]


def folders() -> dict[str, Path]:
    """What is copied beside the database. The database comes first, so that each image that it names is there."""
    return {
        "media": Path(settings.MEDIA_ROOT),
        "sandbox": Path(settings.SANDBOX_DIR),
        "checkpoints": Path(settings.LEDGER_CHECKPOINT_DIR),
    }


def create(folder: Path, *, with_keys: bool) -> Manifest:
    """A new folder, for this user only, which appears once everything in it has reached the disk. Raises BackupError,
    OSError."""
    folder = folder.absolute()
    if folder.exists():
        raise BackupError(f"{folder} is there already. A backup wants a folder of its own.")
    for name, source in folders().items():
        if folder.resolve().is_relative_to(source.resolve()):
            raise BackupError(
                f"{folder} is inside the {name} folder, which is copied: each would hold all before it."
            )
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        manifest = _fill(part, with_keys)
        manifest.write(part)
        _sync(part, *(path for path in part.rglob("*") if path.is_dir()))
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    return manifest


def _fill(part: Path, with_keys: bool) -> Manifest:
    made_at, database = timezone.now(), databases.current()
    migrations = _migrations()
    log = database.dump(part / database.file)
    files: Files = {database.file: describe(part / database.file)}
    for name, source in folders().items():
        files.update(_copy_folder(source, part, name))
    if with_keys:
        files.update(_write_keys(part / "keys"))
    return Manifest(
        made_at=made_at,
        database=database.name,
        versions={
            "countersign": _product_version(),
            "django": django.get_version(),
            "python": platform.python_version(),
            "database": database.version(),
        },
        migrations=migrations,
        log=log,
        verifier=str(keys.verifier()),
        seal=sealing.seal(PROBE).decode("ascii"),
        files=files,
    )


def _migrations() -> tuple[str, ...]:
    applied = MigrationRecorder(connection).applied_migrations()
    if not applied:
        raise BackupError("The database is empty: there is nothing to back up.")
    return tuple(sorted(f"{app}.{name}" for app, name in applied))


def _copy_folder(source: Path, part: Path, name: str) -> Files:
    """Files that are still being written have names with a dot before; one that is taken away meanwhile is none."""
    found: Files = {}
    for path in _files(source):
        inside = f"{name}/{path.relative_to(source).as_posix()}"
        try:
            found[inside] = copy(path, part / inside)
        except FileNotFoundError:
            continue
    return found


def _files(source: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(source):
        names.sort()
        yield from (Path(folder, file) for file in sorted(files) if not file.startswith("."))


def _write_keys(folder: Path) -> Files:
    """As `script/run` keeps them, wherever they came from."""
    folder.mkdir(mode=0o700)
    pem = Path(settings.LEDGER_KEY_FILE).read_bytes()
    texts = {
        "secret_key": f"{settings.SECRET_KEY}\n".encode(),
        "seal_keys": "\n".join([*settings.SEAL_KEYS, ""]).encode(),
        "ledger_key.pem": pem,
    }
    for name, text in texts.items():
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    return {f"keys/{name}": describe(folder / name) for name in texts}


def _product_version() -> str:
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def _sync(*folders: Path) -> None:
    """Makes the names in them survive a power cut."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
