"""System checks of the scheduler: its guarded tables still refuse."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from ledger import triggers

GUARDED = ("scheduler_post", "scheduler_posteditor", "scheduler_delivery", "scheduler_attempt")


@register(Tags.database)
def tables_are_guarded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Runs with `migrate` and `check --database`: a later migration on SQLite may have dropped the triggers."""
    return [
        Error(
            f"Rows of {table} can be taken away: its triggers are gone.",
            hint="Restore them: see scheduler/migrations/0002_guards.py and CONTRIBUTING.md.",
            id="scheduler.E001",
        )
        for alias in databases or ()
        for table in triggers.missing(connections[alias], GUARDED)
        if table in connections[alias].introspection.table_names()
    ]
