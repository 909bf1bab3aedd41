"""System checks of the scheduler: its guarded tables still refuse."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, register

from ledger.checks import unguarded

GUARDED = ("scheduler_post", "scheduler_posteditor", "scheduler_delivery", "scheduler_attempt")


@register(Tags.database)
def tables_are_guarded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Runs with `migrate` and `check --database`: a later migration on SQLite may have dropped the triggers."""
    hint = "Restore them: see scheduler/migrations/ and CONTRIBUTING.md."
    return unguarded(databases, GUARDED, id="scheduler.E001", hint=hint)
