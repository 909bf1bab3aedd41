"""Copies of the database as of one moment, while others write: SQLite by its backup API, PostgreSQL by pg_dump.

The log's size and root are read from the same moment, so that a restored log can be compared with them.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction

from ledger import keys, merkle
from scheduler.backups.manifest import BackupError, Log, copy


class Database(Protocol):
    name: str
    file: str

    def version(self) -> str: ...
    def dump(self, to: Path) -> Log: ...
    def in_use(self) -> bool: ...
    def load(self, source: Path) -> None: ...


def current() -> Database:
    """The one of DATABASE_URL."""
    return Postgres() if connection.vendor == "postgresql" else Sqlite()


def is_empty() -> bool:
    return not connection.introspection.table_names()


class Sqlite:
    name, file = "sqlite", "database.sqlite3"

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def dump(self, to: Path) -> Log:
        """In one step: a single snapshot, during which others go on reading and writing (WAL)."""
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            return _log(lambda sql: target.execute(sql).fetchone())

    def in_use(self) -> bool:
        return False  # the locks of the var folder say so: one machine has it

    def load(self, source: Path) -> None:
        """In place at once, or not at all."""
        connection.close()
        new = self._path.with_name(f"{self._path.name}.restoring")
        new.unlink(missing_ok=True)
        copy(source, new)
        for left in ("-wal", "-shm"):
            self._path.with_name(self._path.name + left).unlink(missing_ok=True)
        new.replace(self._path)

    @property
    def _path(self) -> Path:
        return Path(connection.settings_dict["NAME"])


class Postgres:
    name, file = "postgresql", "database.dump"

    def version(self) -> str:
        return f"PostgreSQL {self._major()}"

    def dump(self, to: Path) -> Log:
        """pg_dump reads the snapshot of our own transaction."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            self._run("pg_dump", *words, f"--file={to}")

            def ask(sql: str) -> Any:
                cursor.execute(sql)
                return cursor.fetchone()

            return _log(ask)

    def in_use(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return bool(cursor.fetchone()[0])

    def load(self, source: Path) -> None:
        """In one transaction: all of it, or nothing."""
        words = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        self._run("pg_restore", *words, f"--dbname={connection.settings_dict['NAME']}", str(source))

    def _major(self) -> int:
        connection.ensure_connection()
        return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # PostgreSQL's wrapper has it

    def _run(self, name: str, *words: str) -> None:
        """The password goes by the environment: others can read a command line. Raises BackupError."""
        done = subprocess.run(  # noqa: S603 - our own words
            [find_tool(name, self._major()), *words],
            env={**os.environ, **_libpq(connection.settings_dict)},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise BackupError(f"{name} failed: {done.stderr.strip()[-500:]}")


def find_tool(name: str, major: int) -> str:
    """The tool of the server's own version: an older one refuses, a newer one may write what the server does not know.
    Raises BackupError."""
    for place in (
        shutil.which(name),
        f"/usr/lib/postgresql/{major}/bin/{name}",
        f"/usr/pgsql-{major}/bin/{name}",
    ):
        if place and Path(place).exists() and _tool_major(place) == major:
            return place
    raise BackupError(
        f"{name} of PostgreSQL {major} is not installed. Debian, Ubuntu: apt-get install postgresql-client-{major}"
    )


def _tool_major(path: str) -> int:
    done = subprocess.run([path, "--version"], check=False, capture_output=True, text=True)  # noqa: S603
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _libpq(settings: dict[str, Any]) -> dict[str, str]:
    """The connection in libpq's own variables; options of DATABASE_URL such as sslmode have theirs."""
    named = {
        "HOST": "PGHOST",
        "PORT": "PGPORT",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "NAME": "PGDATABASE",
    }
    found = {variable: str(settings[key]) for key, variable in named.items() if settings.get(key)}
    options = settings.get("OPTIONS", {})
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey", "options"):
        if option in options:
            found[f"PG{option.upper()}"] = str(options[option])
    return found


def _log(ask: Callable[[str], Any]) -> Log:
    """Size and root of the log in the copy. Raises BackupError where its stored tree has gaps."""
    last = ask('SELECT MAX("index") FROM ledger_entry')[0]
    size = 0 if last is None else int(last) + 1

    def hashes(level: int, index: int) -> bytes:
        if level == 0:
            row = ask(f'SELECT leaf_hash FROM ledger_entry WHERE "index" = {index:d}')  # noqa: S608 - numbers
        else:
            row = ask(f'SELECT hash FROM ledger_node WHERE level = {level:d} AND "index" = {index:d}')  # noqa: S608
        if row is None:
            raise BackupError("The publish log has gaps. Run manage.py ledger verify before anything else.")
        return bytes.fromhex(row[0])

    return Log(keys.origin(), size, merkle.root(size, hashes).hex())
