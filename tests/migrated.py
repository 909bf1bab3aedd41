"""A database after all migrations, made once for a run of `script/test` and copied from then on.

The migrations take seconds each time, and a run needs some twenty databases: one for each worker of each stage, and one
for each installation of real processes. Outside `script/test` nothing is kept between two runs, and every database is
migrated by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config.paths import ROOT

PLACE = "COUNTERSIGN_TEST_DATABASES"
"""The folder, which `tests.stages` names to what it runs."""
NAME = "countersign_migrated"


def sqlite_file() -> Path | None:
    """To be copied. None where nothing is kept."""
    with _place() as place:
        if place is None:
            return None
        file = place / "migrated.sqlite3"
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            _migrate(f"sqlite:///{unfinished}")
            unfinished.rename(file)
        return file


def postgres_template(url: str) -> str | None:
    """The name of one on the server of this address: `CREATE DATABASE ... TEMPLATE` copies it. None where nothing is
    kept."""
    with _place() as place:
        if place is None:
            return None
        netloc = urlsplit(url).netloc
        made = place / hashlib.sha256(netloc.encode()).hexdigest()
        if not made.exists():
            with psycopg.connect(f"postgresql://{netloc}/postgres", autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{NAME}"'.encode())
                connection.execute(f'CREATE DATABASE "{NAME}"'.encode())
            _migrate(urlunsplit(("postgres", netloc, f"/{NAME}", "", "")))
            made.touch()
        return NAME


@contextmanager
def _place() -> Iterator[Path | None]:
    """The folder, for one process at a time: who comes second waits and finds it made."""
    named = os.environ.get(PLACE)
    if not named:
        yield None
        return
    place = Path(named)
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        check=True,
    )
