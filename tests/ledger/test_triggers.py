"""The migration helper, on a table of the test's own."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.triggers import append_only, missing

pytestmark = pytest.mark.django_db


REPLACE = "REPLACE INTO thing VALUES "
OVERWRITES = {
    "sqlite": [REPLACE + "(1, 'open', 'x', 6)", REPLACE + "(3, 'open', 'x', 5)"],
    "postgresql": ["TRUNCATE thing"],
}[connection.vendor]
INSERTS = {
    "sqlite": [
        REPLACE + "(3, 'done', 'x', 5)",
        REPLACE + "(4, 'open', 'x', 6)",
        "INSERT INTO thing (state, slot) VALUES ('open', 7)",
    ],
    "postgresql": ["INSERT INTO thing VALUES (3, 'done', 'x', 5)"],
}[connection.vendor]


@pytest.fixture(autouse=True)
def table() -> None:
    execute("CREATE TABLE thing (id integer PRIMARY KEY, state text, note text, slot integer)")
    execute("CREATE UNIQUE INDEX thing_slot ON thing (slot) WHERE state = 'open'")
    execute("INSERT INTO thing VALUES (1, 'open', NULL, 5), (2, 'done', 'x', 5)")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def rows() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM thing ORDER BY id")
        return list(cursor.fetchall())


def schema_editor(*deferred: str) -> Any:
    """What a migration operation is given, as far as it is used."""

    def run(sql: str, params: None) -> None:
        execute(sql)

    return SimpleNamespace(connection=connection, deferred_sql=list(deferred), execute=run)


def install(**options: Any) -> Any:
    operation = append_only("thing", **options)
    operation.code(None, schema_editor())
    return operation


def refused(sql: str) -> bool:
    try:
        with transaction.atomic():
            execute(sql)
    except IntegrityError as error:
        return str(error).startswith("append-only: thing refuses ")
    return False


def test_without_columns_every_update_and_delete_is_refused() -> None:
    install()
    assert refused("UPDATE thing SET note = note")
    assert refused("DELETE FROM thing WHERE id = 1")
    assert not refused("UPDATE thing SET note = 'y' WHERE id = 99")


def test_with_columns_only_their_change_is_refused() -> None:
    install(columns=["state"])
    assert not refused("UPDATE thing SET note = 'new', state = state")
    assert refused("UPDATE thing SET state = 'done' WHERE id = 1")
    assert refused("UPDATE thing SET state = NULL WHERE id = 1")
    assert refused("UPDATE thing SET id = 9 WHERE id = 1")
    assert refused("DELETE FROM thing")
    assert rows() == [(1, "open", "new", 5), (2, "done", "new", 5)]


def test_a_column_cannot_be_filled_in_later() -> None:
    install(columns=["note"])
    assert refused("UPDATE thing SET note = 'late' WHERE id = 1")


def test_rows_can_be_deleted_where_that_is_allowed() -> None:
    install(allow_delete=True)
    assert not refused("DELETE FROM thing WHERE id = 1")
    assert refused("UPDATE thing SET note = 'x'")


@pytest.mark.parametrize("options", [{}, {"columns": ["state"]}, {"allow_delete": True}])
def test_overwriting_is_refused_only_where_a_row_is_in_the_way(options: dict[str, Any]) -> None:
    install(**options)
    assert [refused(statement) for statement in OVERWRITES] == [True] * len(OVERWRITES)
    assert [refused(statement) for statement in INSERTS] == [False] * len(INSERTS)
    assert len(rows()) == 2 + len(INSERTS)


def test_indexes_that_the_migration_creates_at_its_end_are_seen() -> None:
    execute("DROP INDEX thing_slot")
    editor = schema_editor("CREATE UNIQUE INDEX thing_slot ON thing (slot) WHERE state = 'open'")
    append_only("thing").code(None, editor)
    assert editor.deferred_sql == []
    assert [refused(statement) for statement in OVERWRITES] == [True] * len(OVERWRITES)


def test_it_can_be_repeated_and_taken_back() -> None:
    install(columns=["state"])
    operation = install()
    assert missing(connection, ["thing"]) == []
    operation.reverse_code(None, schema_editor())
    assert missing(connection, ["thing"]) == ["thing"]
    assert not refused("UPDATE thing SET state = 'done'")
    assert not refused("DELETE FROM thing")


@pytest.mark.parametrize("names", [("thing; --", "id"), ("thing", 'id"'), ("Thing", "id")])
def test_names_that_would_need_quoting_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="not a plain"):
        append_only(*names)


def test_another_database_is_refused() -> None:
    other = SimpleNamespace(connection=_Other(), deferred_sql=[])
    with pytest.raises(NotImplementedError, match="SQLite or PostgreSQL, not mysql"):
        append_only("thing").code(None, other)


class _Other:
    """A connection of a kind that we do not serve."""

    vendor = "mysql"

    def cursor(self) -> "_Other":
        return self

    def __enter__(self) -> "_Other":
        return self

    def __exit__(self, *error: object) -> None: ...

    def execute(self, sql: str) -> None: ...
