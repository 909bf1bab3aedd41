"""System checks of the gate: a check that does not load is said at start, not found at review."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from gate.checks import registry
from ledger.checks import unguarded

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
    "gate_evidence",
    "gate_override",
    "gate_reading",
    "gate_nothelpful",
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
    hint = "Restore them: see gate/migrations/ and CONTRIBUTING.md."
    return unguarded(databases, GUARDED, id="gate.E002", hint=hint)
