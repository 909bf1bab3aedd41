"""Lets the tests clean up append-only tables, which rightly refuse to be emptied.

Wire it once, in tests/conftest.py:

    from tests import append_only
    append_only.install()

Tests that run in a transaction need none of this: they roll back. What transactional tests
(django_db(transaction=True), live_server) leave behind is deleted at their end; only that runs with the triggers
suspended, so a test still meets them. Django would empty each table by TRUNCATE on PostgreSQL, and on both databases
fill those of content types and permissions anew: a second for each test.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

from ledger.triggers import PREFIX

FILLED = {"django_content_type", "auth_permission", "django_site"}
"""What Django fills after the migrations, and nothing else does."""


def install() -> None:
    """Empty the database after a transactional test, with the triggers suspended."""

    def teardown(self: TransactionTestCase) -> None:
        with suspended():
            for name in self._databases_names(include_mirrors=False):
                _empty(connections[name])

    TransactionTestCase._fixture_teardown = teardown


def _empty(connection: BaseDatabaseWrapper) -> None:
    """In one transaction, at whose end the foreign keys are checked."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    _run(connection, [f'DELETE FROM "{table}"' for table in sorted(tables - FILLED)])


@contextmanager
def suspended() -> Iterator[None]:
    """No append-only trigger of any database fires inside; all of them are back afterwards."""
    suspenders = {"sqlite": _sqlite, "postgresql": _postgresql}
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(suspenders[connection.vendor](connection))
        yield


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """SQLite cannot switch a trigger off: drop it, and create it again from its own text."""
    triggers = _rows(
        connection,
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
        f"AND substr(name, 1, {len(PREFIX)}) = '{PREFIX}'",
    )
    _run(connection, [f'DROP TRIGGER "{name}"' for name, _ in triggers])
    try:
        yield
    finally:
        _run(connection, [sql for _, sql in triggers])


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    tables = _rows(
        connection,
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        f"WHERE left(t.tgname, {len(PREFIX)}) = '{PREFIX}' "
        "AND c.relnamespace = current_schema()::regnamespace",
    )
    # A table with foreign keys still to be checked at the commit cannot be altered: check them now.
    inside = connection.in_atomic_block
    _run(connection, ["SET CONSTRAINTS ALL IMMEDIATE"] if inside else [])
    _run(connection, [f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for (table,) in tables])
    try:
        yield
    finally:
        _run(connection, [f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for (table,) in tables])
        _run(connection, ["SET CONSTRAINTS ALL DEFERRED"] if inside else [])


def _rows(connection: BaseDatabaseWrapper, sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
