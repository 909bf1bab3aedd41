"""System checks of the gate: a check that does not load is said at start, not found at review."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from gate.checks import registry


@register()
def checks_load(**_: Any) -> list[CheckMessage]:
    return [
        Error(problem, hint="See gate/checks/registry.py and CONTRIBUTING.md.", id="gate.E001")
        for problem in registry.problems()
    ]
