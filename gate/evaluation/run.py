"""A check on labelled texts, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from gate.checks.base import Check, CheckSettings
from gate.content import Content
from gate.evaluation.data import Row
from gate.evaluation.examples import Example
from gate.evaluation.figures import Figures
from gate.toxicity import EngineError, chosen, engine


class Failed(RuntimeError):
    """The check raised, with words that name the row."""


@runtime_checkable
class Sure(Protocol):
    """A check that can say how sure it is, between 0 and 1, also where it finds nothing."""

    def highest(self, content: Content, settings: CheckSettings) -> float: ...


def evaluate(check: Check, rows: Iterable[Row], base: CheckSettings) -> Figures:
    """The figures of the check on these rows. Raises Failed where it raises: figures without a part of the rows would
    be another check's."""
    figures = Figures()
    for row in rows:
        try:
            found, score = _judged(check, row.example, base)
        except Exception as error:  # a check may raise anything
            why = str(error) if isinstance(error, EngineError) else repr(error)
            raise Failed(f"Line {row.line}: the check could not run. {why}") from error
        figures.add(row.example.label, found, score, row.groups)
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
