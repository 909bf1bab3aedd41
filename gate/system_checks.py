"""System checks of the gate: a check that does not load is said at start, not found at review."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from gate.checks import registry
from ledger import triggers

GUARDED = (
    "gate_submission",
    "gate_editor",
    "gate_checkrun",
    "gate_finding",
    "gate_decision",
    "gate_attestation",
    "gate_comment",
    "gate_conductversion",
    "gate_acknowledgement",
    "gate_blob",
)


@register()
def checks_load(**_: Any) -> list[CheckMessage]:
    return [
        Error(problem, hint="See gate/checks/registry.py and CONTRIBUTING.md.", id="gate.E001")
        for problem in registry.problems()
    ]


@register(Tags.database)
def tables_are_guarded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Runs with `migrate` and `check --database`: a later migration on SQLite may have dropped the triggers."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        there = set(connection.introspection.table_names())
        found += [
            Error(
                f"The table {table} can be changed: its append-only triggers are gone.",
                hint="Restore them: see gate/migrations/0002_append_only.py and CONTRIBUTING.md.",
                id="gate.E002",
            )
            for table in triggers.missing(connection, [name for name in GUARDED if name in there])
        ]
    return found
