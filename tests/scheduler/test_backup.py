"""A backup is whole or not there; a restore refuses what cannot end well before it changes anything.

tests/processes/test_backup_restore.py has both with real processes.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.core.management import CommandError, call_command

from accounts import sealing
from config import serve
from ledger import keys, services
from scheduler.backups import create, databases, manifest, restore
from scheduler.backups.manifest import BackupError, Log, Manifest
from tests import factories as make

AT = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


def made_up(folder: Path, **texts: str) -> Manifest:
    """A backup of these files, with the keys at hand."""
    files = {}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        files[name] = manifest.describe(folder / name)
    made = Manifest(
        made_at=AT,
        database=databases.current().name,
        versions={},
        migrations=("scheduler.0001_initial",),
        log=Log(keys.origin(), 0, "00" * 32),
        verifier=str(keys.verifier()),
        seal=sealing.seal(create.PROBE).decode(),
        files=files,
    )
    folder.mkdir(parents=True, exist_ok=True)
    made.write(folder)
    return made


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_what_there_is_and_says_how_the_log_stood(tmp_path: Path) -> None:
    author = make.member(make.team(), "author")
    make.submitted(author)
    media = Path(configured.MEDIA_ROOT) / "blobs" / "ab"
    media.mkdir(parents=True)
    (media / "abcd").write_bytes(b"an image")
    (media / ".half-written.part").write_bytes(b"an im")
    call_command("ledger", "checkpoint", stdout=StringIO())

    made = create.create(tmp_path / "backups" / "first", with_keys=False)

    assert restore.check(tmp_path / "backups" / "first") == made
    assert made.log.size == services.size() > 0
    last = services.latest_checkpoint()
    assert last is not None
    assert made.log.root == last.root
    assert "media/blobs/ab/abcd" in made.files
    assert [name for name in made.files if "half-written" in name] == []
    assert len(list(made.within("checkpoints"))) == 1
    assert list(made.within("keys")) == []
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(tmp_path / "backups" / "first"))
    with pytest.raises(CommandError, match=r"The database is not empty.*nothing was changed"):
        call_command("restore", str(tmp_path / "backups" / "first"))


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_fails_in_the_middle_leaves_nothing(tmp_path: Path, settings: Any) -> None:
    settings.LEDGER_KEY_FILE = str(tmp_path / "gone.pem")
    with pytest.raises(CommandError, match="does not exist"):
        call_command("backup", str(tmp_path / "backups" / "first"))
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", ["", "deep/er"])
def test_a_backup_is_not_made_inside_what_it_copies(settings: Any, tmp_path: Path, inside: str) -> None:
    make.team()
    settings.SANDBOX_DIR = tmp_path / "sandbox"
    with pytest.raises(BackupError, match="is inside the sandbox folder"):
        create.create(tmp_path / "sandbox" / inside / "backup", with_keys=False)
    assert not (tmp_path / "sandbox").exists()


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    files = create._write_keys(tmp_path / "keys")
    assert set(files) == {"keys/secret_key", "keys/seal_keys", "keys/ledger_key.pem"}
    for name in files:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert (tmp_path / "keys" / "seal_keys").read_text().split() == configured.SEAL_KEYS


@pytest.mark.parametrize("damage", ["flip", "cut", "lose"])
def test_a_damaged_file_is_found(tmp_path: Path, damage: str) -> None:
    made_up(tmp_path, **{"media/a": "one", "media/b": "two"})
    restore.check(tmp_path)
    file = tmp_path / "media" / "b"
    {"flip": lambda: file.write_text("twa"), "cut": lambda: file.write_text("tw"), "lose": file.unlink}[
        damage
    ]()
    with pytest.raises(BackupError, match="media/b is missing or is not what was backed up"):
        restore.check(tmp_path)


@pytest.mark.parametrize("name", ["../secret_key", "/etc/passwd", "media/../../x", "media//x"])
def test_a_path_that_leads_out_of_the_backup_is_refused(tmp_path: Path, name: str) -> None:
    made_up(tmp_path)
    data = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**data, "files": {name: [0, "00"]}}))
    with pytest.raises(BackupError, match="damaged"):
        restore.check(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}'])
def test_what_is_no_backup_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BackupError):
        restore.check(tmp_path)


@pytest.mark.django_db
def test_other_keys_another_database_and_a_newer_version_are_refused(tmp_path: Path, settings: Any) -> None:
    made, here = made_up(tmp_path), databases.current()
    restore._require_fitting(made, here)
    with pytest.raises(BackupError, match="is of oracle"):
        restore._require_fitting(replace(made, database="oracle"), here)
    with pytest.raises(BackupError, match=r"newer version: scheduler\.9999_later"):
        restore._require_fitting(replace(made, migrations=("scheduler.9999_later",)), here)
    with pytest.raises(BackupError, match="ledger key at hand"):
        restore._require_fitting(replace(made, verifier="countersign.local/log+00000000+AAAA"), here)
    settings.SEAL_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(BackupError, match="seal_keys at hand"):
        restore._require_fitting(made, here)


def test_a_sandbox_that_is_there_goes_on_as_the_platform_that_it_is(tmp_path: Path) -> None:
    made, said = made_up(tmp_path / "backup", **{"sandbox/1/posts/old.json": "old"}), []
    live = tmp_path / "sandbox"
    restore._bring_back(made, tmp_path / "backup", "sandbox", live, said.append)
    assert (live / "1" / "posts" / "old.json").read_text() == "old"

    (live / "1" / "posts" / "old.json").rename(live / "1" / "posts" / "new.json")
    restore._bring_back(made, tmp_path / "backup", "sandbox", live, said.append)
    assert [path.name for path in (live / "1" / "posts").iterdir()] == ["new.json"]
    assert "kept as it is" in said[0]


def test_images_that_are_there_stay_and_others_are_never_overwritten(tmp_path: Path) -> None:
    made = made_up(tmp_path / "backup", **{"media/blobs/a": "one", "media/blobs/b": "two"})
    live = tmp_path / "media"
    (live / "blobs").mkdir(parents=True)
    (live / "blobs" / "a").write_text("one")
    restore._bring_back(made, tmp_path / "backup", "media", live, print)
    assert (live / "blobs" / "b").read_text() == "two"
    (live / "blobs" / "b").write_text("other")
    with pytest.raises(BackupError, match="another file than the backup's"):
        restore._bring_back(made, tmp_path / "backup", "media", live, print)


def test_checkpoints_of_entries_that_the_backup_lacks_are_kept_aside(tmp_path: Path) -> None:
    made, said = made_up(tmp_path / "backup", **{"checkpoints/checkpoint-000000000007.txt": "seven"}), []
    live = tmp_path / "checkpoints"
    live.mkdir()
    for number in (7, 9):
        (live / f"checkpoint-{number:012d}.txt").write_text(str(number))
    restore._set_aside(made, live, said.append)
    aside = live / "not-in-the-backup-20261122T210000Z"
    assert [path.name for path in live.glob("*.txt")] == ["checkpoint-000000000007.txt"]
    assert (aside / "checkpoint-000000000009.txt").read_text() == "9"
    assert str(aside) in said[0]


def test_nothing_starts_after_a_restore_that_broke_off_once_rows_were_loaded(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up(tmp_path / "backup")
    var, loaded = Path(settings.VAR_DIR), []
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    for name in ("_require_fitting", "_require_empty", "_bring_back", "_empty_the_queue", "_verify_log"):
        monkeypatch.setattr(restore, name, lambda *_: None)
    monkeypatch.setattr(databases.Sqlite, "load", lambda _, source: loaded.append(source))
    monkeypatch.setattr(databases, "current", databases.Sqlite)
    monkeypatch.setattr(restore, "call_command", lambda *_, **__: None)

    monkeypatch.setattr(restore, "_settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        restore.restore(tmp_path / "backup", by="", say=print)
    assert loaded
    with pytest.raises(serve.CannotServe, match="A restore did not finish"):
        serve.require_whole(var)

    monkeypatch.setattr(restore, "_settle", lambda *_: "settled")
    restore.restore(tmp_path / "backup", by="", say=print)
    serve.require_whole(var)


def test_nothing_is_restored_under_a_running_installation(tmp_path: Path) -> None:
    assert not restore._runs_here(tmp_path)
    with serve.only_one(tmp_path, ["publish"]):
        assert restore._runs_here(tmp_path)
    assert not restore._runs_here(tmp_path)


@pytest.mark.parametrize(("name", "major"), [("pg_dump", 1), ("pg_restore", 99)])
def test_a_tool_of_another_version_than_the_server_is_not_used(name: str, major: int) -> None:
    with pytest.raises(BackupError, match=f"{name} of PostgreSQL {major} is not installed"):
        databases.find_tool(name, major)


def test_the_password_of_the_database_goes_by_the_environment() -> None:
    settings = {
        "NAME": "c",
        "HOST": "db",
        "PORT": 5432,
        "USER": "u",
        "PASSWORD": "p",
        "OPTIONS": {"sslmode": "require"},
    }
    assert databases._libpq(settings) == {
        "PGDATABASE": "c",
        "PGHOST": "db",
        "PGPORT": "5432",
        "PGUSER": "u",
        "PGPASSWORD": "p",
        "PGSSLMODE": "require",
    }


def test_without_the_keys_a_restore_says_which_ones_and_makes_none(tmp_path: Path) -> None:
    made_up(tmp_path / "backup")
    done = subprocess.run(
        [str(Path(configured.BASE_DIR) / "script" / "restore"), str(tmp_path / "backup")],
        env={"PATH": os.environ["PATH"], "COUNTERSIGN_VAR": str(tmp_path / "new")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "put secret_key, seal_keys and ledger_key.pem" in done.stderr
    assert not (tmp_path / "new").exists()
