"""Nobody changes the log through the application's database connection, by any statement."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from ledger import checks, services, triggers
from ledger.models import Checkpoint, Entry, Erasable, Node, Tag
from tests import append_only
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db

MODELS = [Entry, Tag, Node, Checkpoint, Erasable]
KEEPERS = [Entry, Tag, Node, Checkpoint]
"""Erasable rows may be deleted: that is what they are for."""

KEYS = {
    "ledger_entry": '"index"',
    "ledger_tag": '"entry_id", "name", "value"',
    "ledger_node": '"level", "index"',
    "ledger_checkpoint": '"size"',
    "ledger_erasable": '"entry_id", "field"',
}
"""What an upsert would collide on."""

OVERWRITES = {
    "sqlite": [
        "REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}",
        "INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}",
        "REPLACE INTO {table} ({key}, {others}) SELECT {key} + 1000, {others} FROM {table} WHERE {key} < 6",
        "REPLACE INTO {table} ({key}, {others}) SELECT {key} + 1000, {others} FROM {table} WHERE {key} < 3 "
        "ORDER BY {key} DESC",
        "UPDATE OR REPLACE {table} SET {key} = {key} + 1",
    ],
    "postgresql": ["TRUNCATE {table} CASCADE", "TRUNCATE ledger_entry, {table} RESTART IDENTITY CASCADE"],
}[connection.vendor]
"""Ways around UPDATE and DELETE that each database has. Entry 2 has no team: a partial index is all it
has.
"""


@pytest.fixture(autouse=True)
def rows(log: list[Entry]) -> None:
    services.checkpoint()


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(IntegrityError, match=r"^append-only: "), transaction.atomic():
        yield


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def columns(model: type) -> list[str]:
    return [f'"{field.column}"' for field in model._meta.concrete_fields]


@pytest.mark.parametrize("model", MODELS)
def test_update_of_any_column_is_refused(model: type) -> None:
    for column in columns(model):
        with refused():
            execute(f"UPDATE {model._meta.db_table} SET {column} = {column}")


@pytest.mark.parametrize("model", KEEPERS)
def test_delete_is_refused(model: type) -> None:
    with refused():
        execute(f"DELETE FROM {model._meta.db_table}")


@pytest.mark.parametrize("model", MODELS)
def test_the_orm_cannot_update_either(model: type) -> None:
    row = model.objects.first()
    column = "note" if model is Checkpoint else model._meta.concrete_fields[-1].attname
    with refused():
        model.objects.filter(pk=row.pk).update(**{column: getattr(row, column)})
    with refused():
        model.objects.bulk_update([row], [column])
    with refused():
        row.save()


@pytest.mark.parametrize("model", [Tag, Node, Checkpoint])
def test_the_orm_cannot_delete_either(model: type) -> None:
    with refused():
        model.objects.all().delete()
    with refused():
        model.objects.first().delete()


def test_the_orm_cannot_delete_an_entry_that_has_nothing_under_it(write: Write) -> None:
    entry = write(actor_id=None)
    with refused():
        Entry.objects.filter(pk=entry.pk).delete()


@pytest.fixture(params=["OFF", "ON"] if connection.vendor == "sqlite" else ["-"])
def recursive_triggers(request: pytest.FixtureRequest) -> Iterator[None]:
    """With recursive_triggers off, REPLACE deletes a row without firing its delete trigger."""
    if connection.vendor != "sqlite":
        execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE fails for another reason
        yield
        return
    with connection.cursor() as cursor:
        was = cursor.execute("PRAGMA recursive_triggers").fetchone()[0]
    execute(f"PRAGMA recursive_triggers = {request.param}")
    yield
    execute(f"PRAGMA recursive_triggers = {was}")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("statement", OVERWRITES)
def test_overwriting_is_refused(model: type, statement: str, recursive_triggers: None) -> None:
    key, *others = columns(model)
    names = {"columns": ", ".join([key, *others]), "key": key, "others": ", ".join(others)}
    with refused():
        execute(statement.format(table=model._meta.db_table, **names))


@pytest.mark.parametrize("model", MODELS)
def test_an_upsert_is_refused(model: type) -> None:
    table, names = model._meta.db_table, ", ".join(columns(model))
    key, column = KEYS[model._meta.db_table], columns(model)[-1]
    with refused():
        execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true "
            f"ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
        )


def test_the_check_and_the_helper_see_missing_triggers() -> None:
    tables = list(checks.GUARDED)
    assert triggers.missing(connection, tables) == []
    assert checks.append_only_tables(None, databases=["default"]) == []
    with append_only.suspended():
        assert triggers.missing(connection, tables) == tables
        assert [error.id for error in checks.append_only_tables(None, databases=["default"])] == [
            "ledger.E003"
        ] * 5
    assert triggers.missing(connection, tables) == []


def test_every_table_of_the_log_is_guarded() -> None:
    assert {model._meta.db_table for model in MODELS} == set(checks.GUARDED)


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_back_after_a_flush() -> None:
    with append_only.suspended():
        execute("DELETE FROM ledger_tag")
    with refused():
        execute("DELETE FROM ledger_node")
