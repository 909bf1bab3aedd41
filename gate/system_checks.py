"""System checks of the gate: a check that does not load is said at start, not found at review."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from gate.checks import registry
from gate.toxicity import serving
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


@register()
def toxicity_engine_is_there(**_: Any) -> list[CheckMessage]:
    """A warning, since everything but one check goes on: where the engine cannot serve, its check is unknown."""
    return _toxicity(serving.state(settings.GATE_TOXICITY_ENGINE, serving.Look.FILES))


@register(deploy=True)
def toxicity_engine_is_whole(**_: Any) -> list[CheckMessage]:
    """Reads the model's files, which takes a moment, and says which engine serves."""
    found = serving.state(settings.GATE_TOXICITY_ENGINE, serving.Look.DIGESTS)
    return _toxicity(found) or [Info(found.words, id="gate.I001")]


def _toxicity(found: serving.State) -> list[CheckMessage]:
    hint = "manage.py toxicity install puts a model there, manage.py toxicity remove takes it away."
    return [] if found.ok else [Warning(found.words, hint=hint, id="gate.W003")]
