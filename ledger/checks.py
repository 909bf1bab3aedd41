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
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        tables = set(connection.introspection.table_names())
        for table in triggers.missing(connection, [name for name in GUARDED if name in tables]):
            found.append(
                checks.Error(
                    f"The table {table} can be changed: its append-only triggers are gone.",
                    hint="Run manage.py ledger verify, then restore the triggers (ledger/triggers.py).",
                    id="ledger.E003",
                )
            )
    return found


def _try(what: Any, check_id: str, hint: str) -> list[checks.CheckMessage]:
    try:
        what()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), hint=hint, id=check_id)]
    return []
