"""Rules between tables that no constraint can say: a trigger that refuses a row, on SQLite and PostgreSQL alike."""

import re
from typing import Any

from django.db import migrations

_NAME = re.compile(r"[a-z_]+\Z")


def guard(table: str, name: str, *, when: str, message: str, event: str = "INSERT") -> migrations.RunPython:
    """A migration operation: `table` refuses INSERT or UPDATE of rows for which the SQL condition `when` (about NEW)
    holds. The refusal is an IntegrityError that says `message`. On SQLite a rebuilt table loses its triggers: repeat
    the operation in a migration that alters a guarded table."""
    if not (_NAME.match(table) and _NAME.match(name)) or event not in {"INSERT", "UPDATE"} or "'" in message:
        raise ValueError(f"not a guard: {table}.{name} {event}")
    trigger = f"guard_{table}_{name}"

    def forwards(apps: Any, schema_editor: Any) -> None:
        _drop(schema_editor, table, trigger)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {when} THEN RAISE EXCEPTION 'guard: {message}' USING ERRCODE = 'integrity_constraint_violation'; "
                "END IF; RETURN NEW; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger}()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {trigger} BEFORE {event} ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, 'guard: {message}'); END"
            )

    def backwards(apps: Any, schema_editor: Any) -> None:
        _drop(schema_editor, table, trigger)

    return migrations.RunPython(forwards, backwards)


def _drop(schema_editor: Any, table: str, trigger: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {trigger}()")
    else:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
