"""A check on labelled texts, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, runtime_checkable

from gate.checks.base import Check, CheckSettings
from gate.content import Content, Declarations
from gate.evaluation.data import Row
from gate.evaluation.examples import SETTLED, Example
from gate.evaluation.figures import Figures
from gate.toxicity import EngineError, chosen, engine


class Failed(RuntimeError):
    """The check raised, with words that name the row."""


class Unmeasured(RuntimeError):
    """No row has what the check looks at, with words that name it: figures would be those of a check that cannot find
    anything."""


_ALL_SAID = Declarations(**SETTLED)
NEEDS: Mapping[str, tuple[str, Callable[[Example], bool]]] = {
    "timing": ("given (its due_at)", lambda example: "due_at" in example.given),
    "duplicates": (
        "given (its earlier) or channels",
        lambda example: "earlier" in example.given or len(example.content.channels) > 1,
    ),
    "image-metadata": ("media", lambda example: bool(example.content.media_facts)),
    "declarations": (
        "declared or media",
        lambda example: bool(example.content.media_facts) or example.content.declarations != _ALL_SAID,
    ),
}
"""Checks to which a text alone says nothing: the keys of an example that they read, and whether it has one."""


@runtime_checkable
class Sure(Protocol):
    """A check that can say how sure it is, between 0 and 1, also where it finds nothing."""

    def highest(self, content: Content, settings: CheckSettings) -> float: ...


def evaluate(check: Check, rows: Iterable[Row], base: CheckSettings) -> Figures:
    """The figures of the check on these rows. Raises Failed where it raises, since figures without a part of the rows
    would be another check's, and Unmeasured."""
    figures = Figures()
    keys, has = NEEDS.get(check.id, ("", lambda example: True))
    measured = False
    for row in rows:
        measured = measured or has(row.example)
        try:
            found, score = _judged(check, row.example, base)
        except Exception as error:  # a check may raise anything
            why = str(error) if isinstance(error, EngineError) else repr(error)
            raise Failed(f"Line {row.line}: the check could not run. {why}") from error
        figures.add(row.example.label, found, score, row.groups)
    if figures.counts.n and not measured:
        raise Unmeasured(
            f"{check.id} needs more than texts, and no row has it: give JSON with {keys}, as docs/evaluation.md says."
        )
    return figures


def _judged(check: Check, example: Example, base: CheckSettings) -> tuple[bool, float]:
    """Whether it finds what the example is about, and how sure it is."""
    found = example.is_found(example.findings(check, base))
    if isinstance(check, Sure):
        return found, check.highest(example.content, example.used(check, base))
    return found, float(found)


def called(check: Check, base: CheckSettings) -> str:
    """What the figures are of: the check's version, and the engine's where one scores."""
    if not isinstance(check, Sure):
        return f"{check.id} {check.version}"
    scorer = engine(chosen(base.toxicity_engine))
    return f"{check.id} {check.version}, {scorer.name}: {scorer.version}"
