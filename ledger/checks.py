"""System checks of the publish log: its key, its name, and its triggers."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from ledger import keys, triggers

GUARDED = ("ledger_entry", "ledger_tag", "ledger_erasable", "ledger_node", "ledger_checkpoint")


@checks.register(checks.Tags.security)
def signing_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    hint = "script/run creates one; or call ledger.keys.ensure_key(path) once, and back the file up."
    return _try(keys.signing_key, "ledger.E001", hint)


@checks.register(checks.Tags.security)
def log_name(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    return _try(keys.origin, "ledger.E002", "Choose it once: every checkpoint carries it.")


@checks.register(checks.Tags.database)
def append_only_tables(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Runs with `migrate` and `check --database`, once the tables are there."""
    hint = "Run manage.py ledger verify, then restore the triggers (ledger/triggers.py)."
    return unguarded(databases, GUARDED, id="ledger.E003", hint=hint)


def unguarded(
    databases: Sequence[str] | None, tables: Sequence[str], *, id: str, hint: str
) -> list[checks.CheckMessage]:
    """One error for each table that is there and whose append-only triggers are gone; for every app that has
    such tables."""
    return [
        checks.Error(
            f"The table {table} can be changed: its append-only triggers are gone.", hint=hint, id=id
        )
        for alias in databases or ()
        for table in triggers.missing(connections[alias], _there(alias, tables))
    ]


def _there(alias: str, tables: Sequence[str]) -> list[str]:
    known = set(connections[alias].introspection.table_names())
    return [table for table in tables if table in known]


def _try(what: Any, check_id: str, hint: str) -> list[checks.CheckMessage]:
    try:
        what()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), hint=hint, id=check_id)]
    return []
