"""Text with the places marked that findings speak of.

Spans are code points and may overlap, touch, or lie outside of a text that a check misread. Marking never loses,
repeats or reorders a character of the text: the segments joined are the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

SEVERITY = ("blocks", "attest", "advises")


class Spanned(Protocol):
    """What a mark needs of a finding."""

    pk: int
    level: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text under the same findings. `starts`: the findings whose first segment this is."""

    text: str
    level: str = ""
    findings: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()

    @property
    def leads_to(self) -> int | None:
        """The finding a click on the mark goes to: the gravest."""
        return self.findings[0] if self.findings else None


def segments(text: str, findings: Iterable[Spanned]) -> list[Segment]:
    """The text cut wherever a span begins or ends. A finding without code points (start == end) means the whole
    field and marks nothing."""
    spans = _within(text, findings)
    cuts = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    return [_segment(text, start, end, spans) for start, end in pairwise(cuts)]


def _within(text: str, findings: Iterable[Spanned]) -> list[tuple[int, int, Spanned]]:
    """Spans cut to the text, the gravest first, so that the order of the findings does not matter."""
    cut = [(max(0, f.start), min(len(text), f.end), f) for f in findings]
    real = [(start, end, f) for start, end, f in cut if start < end]
    return sorted(real, key=lambda span: (_rank(span[2].level), span[0], span[2].pk))


def _segment(text: str, start: int, end: int, spans: Sequence[tuple[int, int, Spanned]]) -> Segment:
    over = [(first, f) for first, last, f in spans if first <= start and end <= last]
    return Segment(
        text=text[start:end],
        level=over[0][1].level if over else "",
        findings=tuple(f.pk for _, f in over),
        starts=tuple(f.pk for first, f in over if first == start),
    )


def _rank(level: str) -> int:
    return SEVERITY.index(level) if level in SEVERITY else len(SEVERITY)
