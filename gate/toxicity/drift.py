"""How far a converted model is from the one it was made from, and what is too far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gate.toxicity.errors import EngineError
from gate.toxicity.known_sentences import FRIENDLY, HOSTILE

Scores = Sequence[Mapping[str, float]]
"""For each sentence, label to score."""

MARGIN: Final = 0.2
"""How much more toxic each hostile sentence must be than each friendly one: real models have over 0.9."""


@dataclass(frozen=True, slots=True)
class Limits:
    """mean, most: of the differences between scores. flips: share of scores that cross 0.5."""

    mean: float
    most: float
    flips: float


LIMITS: Final = {
    "fp32": Limits(mean=1e-5, most=1e-4, flips=0.0),
    # One real model, quantised: mean 0.03, most 0.31, 1.6 % cross 0.5. The ranking stays.
    "int8": Limits(mean=0.06, most=0.5, flips=0.05),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one label, or of all together (label "")."""

    label: str
    mean: float
    most: float
    flips: float


def measure(reference: Scores, scores: Scores) -> list[Drift]:
    """All labels together first, then each."""
    labels = list(reference[0])
    return [_of("", labels, reference, scores), *(_of(label, [label], reference, scores) for label in labels)]


def _of(name: str, labels: Sequence[str], reference: Scores, scores: Scores) -> Drift:
    pairs = [(a[label], b[label]) for a, b in zip(reference, scores, strict=True) for label in labels]
    away = [abs(a - b) for a, b in pairs]
    # A step over 0.5 by a rounding error is no flip.
    flips = sum((a >= 0.5) != (b >= 0.5) and abs(a - b) > 1e-4 for a, b in pairs)
    return Drift(name, sum(away) / len(away), max(away), flips / len(pairs))


def refuse(precision: str, found: Sequence[Drift]) -> None:
    """Raises EngineError where all labels together are further away than the limits of this precision."""
    limits, together = LIMITS[precision], found[0]
    for what in ("mean", "most", "flips"):
        value, limit = getattr(together, what), getattr(limits, what)
        if not value <= limit:
            raise EngineError(
                f"The {precision} model is too far from the original: {_WORDS[what]} is {value:.3g}, and {limit:g} "
                f"is the most. {_HELP.get(precision, '')}".strip()
            )


_WORDS: Final = {
    "mean": "the mean difference of scores",
    "most": "the largest difference of scores",
    "flips": "the share of scores that cross 0.5",
}
_HELP: Final = {"int8": "--precision fp32 installs it unquantised: larger, and some three times slower."}


def self_test(sentences: Sequence[str], scores: Scores) -> None:
    """Raises EngineError for a model that does not tell insults from thanks."""
    toxicity = {text: each.get("toxicity", -1.0) for text, each in zip(sentences, scores, strict=True)}
    hostile, friendly = [toxicity[text] for text in HOSTILE], [toxicity[text] for text in FRIENDLY]
    if not min(hostile) - max(friendly) >= MARGIN:
        raise EngineError(
            f"The model does not tell insults from thanks: toxicity {hostile} for {HOSTILE}, "
            f"{friendly} for {FRIENDLY}."
        )
