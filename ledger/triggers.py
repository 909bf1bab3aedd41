"""Tables that refuse changes: database triggers for SQLite and PostgreSQL, installed by a migration.

    operations = [..., append_only("ledger_entry", key="index")]

They stop mistakes and whoever reaches the database through the application; somebody who owns the database
can drop them, which is what signed checkpoints are for. Refusals are IntegrityErrors that begin with
"append-only:".

On SQLite, Django alters a table by building it anew, which drops its triggers: after any later operation on a
guarded table, repeat append_only(...) in the same migration. `missing()` finds tables where that was
forgotten.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "append_only_"
_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class _Guard:
    table: str
    key: str
    columns: tuple[str, ...] | None
    allow_delete: bool

    def name(self, what: str) -> str:
        return f"{PREFIX}{self.table}_{what}"


def append_only(
    table: str, key: str = "id", *, columns: Sequence[str] | None = None, allow_delete: bool = False
) -> migrations.RunPython:
    """A migration operation that makes `table` refuse UPDATE, DELETE, TRUNCATE and REPLACE.

    With `columns`, UPDATE is refused only where one of these columns (or `key`, the primary key column)
    changes. With `allow_delete`, single rows may be deleted; TRUNCATE stays refused. Raises ValueError for a
    name that would need quoting.
    """
    for name in (table, key, *(columns or ())):
        if not _NAME.match(name):
            raise ValueError(f"not a plain table or column name: {name!r}")
    guarded = None if columns is None else tuple(dict.fromkeys((key, *columns)))
    guard = _Guard(table, key, guarded, allow_delete)

    def forwards(apps: Any, schema_editor: Any) -> None:
        _create_deferred(schema_editor)
        _drop(schema_editor.connection, guard)
        _create(schema_editor.connection, guard)

    def backwards(apps: Any, schema_editor: Any) -> None:
        _drop(schema_editor.connection, guard)

    return migrations.RunPython(forwards, backwards)


def missing(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> list[str]:
    """Those of `tables` that do not refuse UPDATE now, or on PostgreSQL whose trigger is switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') "
                "AND tgrelid IN "
                "(SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {row[0] for row in cursor.fetchall()}
    return [table for table in tables if f"{PREFIX}{table}_update" not in found]


def _create_deferred(schema_editor: Any) -> None:
    """Django creates indexes at the end of a migration; the triggers have to see the partial unique ones."""
    while schema_editor.deferred_sql:
        schema_editor.execute(schema_editor.deferred_sql.pop(0), None)


def _create(connection: BaseDatabaseWrapper, guard: _Guard) -> None:
    makers = {"sqlite": _sqlite, "postgresql": _postgresql}
    if connection.vendor not in makers:
        raise NotImplementedError(f"append-only tables need SQLite or PostgreSQL, not {connection.vendor}")
    with connection.cursor() as cursor:
        for statement in makers[connection.vendor](cursor, guard):
            cursor.execute(statement)


def _drop(connection: BaseDatabaseWrapper, guard: _Guard) -> None:
    on = f' ON "{guard.table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for what in ("update", "delete", "insert", "truncate"):
            cursor.execute(f'DROP TRIGGER IF EXISTS "{guard.name(what)}"{on}')
        if connection.vendor == "postgresql":
            cursor.execute(f'DROP FUNCTION IF EXISTS "{guard.name("refuse")}"()')


def _changed(guard: _Guard, differs: str) -> str:
    """The WHEN clause of the update trigger."""
    if guard.columns is None:
        return ""
    return "WHEN (" + " OR ".join(f'NEW."{c}" {differs} OLD."{c}"' for c in guard.columns) + ") "


def _sqlite(cursor: Any, guard: _Guard) -> list[str]:
    table = guard.table

    def refuse(what: str, event: str, when: str = "") -> str:
        return (
            f'CREATE TRIGGER "{guard.name(what)}" BEFORE {event} ON "{table}" {when}'
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table} refuses {event}'); END"
        )

    statements = [refuse("update", "UPDATE", _changed(guard, "IS NOT"))]
    if not guard.allow_delete:
        statements.append(refuse("delete", "DELETE"))
    # REPLACE deletes the row in its way without firing delete triggers (unless recursive_triggers is on). An
    # upsert's insert trigger runs before the conflict is seen, so it is stopped here too.
    taken = " OR ".join(_sqlite_taken(cursor, guard))
    return [*statements, refuse("insert", "INSERT", f"WHEN ({taken}) ")]


def _sqlite_taken(cursor: Any, guard: _Guard) -> list[str]:
    """SQL conditions, each true where a row with the new row's primary key or unique values is there."""
    cursor.execute(f'PRAGMA table_info("{guard.table}")')
    names = [row[1] for row in cursor.fetchall()]
    cursor.execute(
        "SELECT l.name, m.sql FROM pragma_index_list(%s) l LEFT JOIN sqlite_master m ON m.name = l.name "
        'WHERE l."unique"',
        [guard.table],
    )
    conditions = [_same(guard, [guard.key])]
    for index, sql in cursor.fetchall():
        cursor.execute("SELECT name FROM pragma_index_info(%s)", [index])
        columns = [row[0] for row in cursor.fetchall()]
        if None in columns:
            raise NotImplementedError(f"{index}: a unique index on an expression cannot be guarded")
        partial = re.split(r"\sWHERE\s", sql or "", maxsplit=1, flags=re.IGNORECASE)[1:]
        conditions.append(_same(guard, columns, names, *partial))
    return conditions


def _same(guard: _Guard, columns: Sequence[str], names: Sequence[str] = (), only: str = "") -> str:
    """Is there a row with the new row's `columns`? `only`: the condition of a partial index, for both
    rows.
    """
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in columns)
    if not only:
        return _exists(f'"{guard.table}"', same)
    new_row = ", ".join(f'NEW."{name}" AS "{name}"' for name in names)
    both = (_exists(f'"{guard.table}"', f"{same} AND ({only})"), _exists(f"(SELECT {new_row})", only))
    return f"({' AND '.join(both)})"


def _exists(source: str, where: str) -> str:
    # Names come from migrations and the schema, and triggers cannot take parameters.
    return f"EXISTS (SELECT 1 FROM {source} WHERE {where})"  # noqa: S608


def _postgresql(cursor: Any, guard: _Guard) -> list[str]:
    table, function = guard.table, guard.name("refuse")

    def refuse(what: str, event: str, each: str = "ROW", when: str = "") -> str:
        return (
            f'CREATE TRIGGER "{guard.name(what)}" BEFORE {event} ON "{table}" '
            f'FOR EACH {each} {when}EXECUTE FUNCTION "{function}"()'
        )

    statements = [
        f'CREATE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"RAISE EXCEPTION 'append-only: {table} refuses %', TG_OP "
        f"USING ERRCODE = 'integrity_constraint_violation'; END $$",
        refuse("update", "UPDATE", when=_changed(guard, "IS DISTINCT FROM")),
        refuse("truncate", "TRUNCATE", each="STATEMENT"),
    ]
    if not guard.allow_delete:
        statements.append(refuse("delete", "DELETE"))
    return statements
