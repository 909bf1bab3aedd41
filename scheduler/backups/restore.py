"""Brings a backup back into an empty installation, and makes sure that nothing is sent on its word alone."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts import queue
from accounts.models import User
from ledger import keys, store, verification
from scheduler import restoring
from scheduler.backups import databases
from scheduler.backups.create import PROBE, folders
from scheduler.backups.manifest import BackupError, Manifest, copy, read, sha256

CLUSTERS = ("gate", "publish")
UNFINISHED = "restore.unfinished"
"""A file in the var folder, with which nothing starts (config/serve.py): loaded, and nobody has made sure yet that
nothing is sent on the word of these rows."""
Say = Callable[[str], None]


def check(folder: Path) -> Manifest:
    """Reads every file of a backup against its manifest. Raises BackupError."""
    manifest = read(folder)
    manifest.verify(folder)
    return manifest


def restore(folder: Path, *, by: str, say: Say) -> restoring.Restored:
    """The whole of it. Before the database is loaded everything may be tried again; after it sending is paused before
    anything else happens, and until then a mark keeps every part in this var folder from starting. Raises
    BackupError."""
    manifest = check(folder)
    database = databases.current()
    _require_fitting(manifest, database)
    _require_empty(database)
    for name, target in folders().items():
        _bring_back(manifest, folder, name, target, say)
    _set_aside(manifest, folders()["checkpoints"], say)
    say(f"Loading the database of {manifest.made_at:%d %b %Y, %H:%M:%S} UTC ...")
    mark = Path(settings.VAR_DIR) / UNFINISHED
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()
    database.load(folder / database.file)
    call_command("migrate", verbosity=0)
    restored = _settle(manifest, by, say)
    mark.unlink()
    _empty_the_queue(say)
    _verify_log(manifest)
    return restored


def _require_fitting(manifest: Manifest, database: databases.Database) -> None:
    if manifest.database != database.name:
        raise BackupError(f"The backup is of {manifest.database}, DATABASE_URL names {database.name}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    if newer := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"The backup is of a newer version: {newer[-1]} is not known here. Use that version."
        )
    try:
        box = MultiFernet([Fernet(key) for key in settings.SEAL_KEYS])
        fits = json.loads(box.decrypt(manifest.seal)) == PROBE
    except InvalidToken:
        fits = False
    if not fits:
        raise BackupError(
            "The seal_keys at hand did not seal this backup's credentials. Bring those back first."
        )
    if manifest.verifier not in map(str, keys.verifiers()):
        raise BackupError(
            "The ledger key at hand, or LEDGER_ORIGIN, is not this backup's. Bring that back first."
        )


def _require_empty(database: databases.Database) -> None:
    if not databases.is_empty():
        raise BackupError("The database is not empty. Restore into a new one; nothing was changed.")
    if database.in_use() or _runs_here(settings.VAR_DIR):
        raise BackupError("Something of this installation runs. Stop every part on every host first.")


def _runs_here(var: Path) -> bool:
    """Whether a supervisor holds one of its locks (config/serve.py)."""
    for lock in var.glob("run.*.lock"):
        with lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _bring_back(manifest: Manifest, folder: Path, name: str, target: Path, say: Say) -> None:
    """What is there stays. A sandbox that is there is the platform: it goes on, and its backup is left alone."""
    if name == "sandbox" and target.is_dir() and any(target.iterdir()):
        say("The sandbox is there and is kept as it is: it is a platform, and knows what was published.")
        return
    for file in manifest.within(name):
        place = target / file.removeprefix(f"{name}/")
        if not place.exists():
            copy(folder / file, place)
        elif sha256(place) != manifest.files[file][1]:
            raise BackupError(f"{place} is there and is another file than the backup's. Move it away first.")


def _set_aside(manifest: Manifest, checkpoints: Path, say: Say) -> None:
    """Checkpoints of entries that the backup lacks: they prove that there were more, and new ones take their names."""
    newer = [
        path
        for path in checkpoints.glob("checkpoint-*.txt")
        if f"checkpoints/{path.name}" not in manifest.files
    ]
    if not newer:
        return
    aside = checkpoints / f"not-in-the-backup-{manifest.made_at:%Y%m%dT%H%M%SZ}"
    aside.mkdir()
    for path in newer:
        path.rename(aside / path.name)
    say(f"{len(newer)} checkpoints are of entries that came after the backup. They are kept in {aside}.")


def _settle(manifest: Manifest, by: str, say: Say) -> restoring.Restored:
    try:
        operator = restoring.operator(by)
    except User.DoesNotExist:
        operator = restoring.operator()  # it must be paused, whoever asked
        say(f"{by} is no operator of the restored installation; the pause is in the name of {operator}.")
    return restoring.settle(
        backup_at=manifest.made_at, size=manifest.log.size, root=manifest.log.root, by=operator
    )


def _empty_the_queue(say: Say) -> None:
    """Its tasks are as old as the backup: mail among them has left since, and the rest is nudged anew."""
    try:
        queue.empty(CLUSTERS)
    except queue.NoAnswer as error:
        say(f"The task queue in Redis could not be emptied ({error}). Flush its database.")


def _verify_log(manifest: Manifest) -> None:
    """The restored entries are those of the backup, and all of it verifies. Raises BackupError; sending is paused."""
    if store.Tree().root(manifest.log.size).hex() != manifest.log.root:
        raise BackupError("The restored log is not the one that the manifest names. Sending stays paused.")
    problem = next(verification.problems(), None)
    if problem is not None:
        raise BackupError(f"The restored log does not verify: {problem}. Sending stays paused.")
