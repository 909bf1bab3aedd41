"""What the compose page shows about claims: statements that read as one, or were marked, and what was said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Final

from django.utils.safestring import SafeString

from gate.checks.base import CheckSettings
from gate.checks.claims import KINDS, Claims, Statement, is_covered, occurrences, statements
from gate.evidence.shown import Shown, looked_up
from gate.models import Evidence
from scheduler import marks
from scheduler.claims import SAME, Answer
from scheduler.shelf import Shelf

OFFERED: Final = 12
"""Pieces of evidence that are offered for a claim besides those that were chosen."""
ALIKE: Final = 0.6
"""How much of the words has to be the same for an earlier answer to be shown beside them."""
CHECK: Final = Claims()


@dataclass(frozen=True, slots=True)
class Choice:
    """A piece of evidence that carries the claim, or could."""

    row: Evidence
    chosen: bool
    counts: bool

    @property
    def look(self) -> Shown | None:
        """What its author should know of a chosen one: the passage or the bytes are not there."""
        found = looked_up(self.row) if self.chosen else None
        return found if found and found.tone in ("attest", "blocked") else None


@dataclass(frozen=True, slots=True)
class Row:
    """One statement. `before`: what was said about words much like these."""

    answer: Answer
    shown: SafeString
    reads_as: str
    choices: tuple[Choice, ...] = ()
    before: Answer | None = None
    carried_before: str = ""

    @property
    def is_open(self) -> bool:
        chosen = any(choice.chosen and choice.counts for choice in self.choices)
        return self.answer.stance != "opinion" and not (self.answer.stance == "evidence" and chosen)

    @property
    def field(self) -> str:
        """The name of the boxes of its evidence."""
        return f"claim-{self.answer.key}-evidence"

    @property
    def same(self) -> str:
        """The value that says: as before."""
        return f"{SAME}{self.before.key}" if self.before else ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`gone`: answers whose words do not stand in the post any more; the page keeps them while it is open."""

    rows: tuple[Row, ...] = ()
    gone: tuple[Answer, ...] = ()

    @property
    def open(self) -> int:
        return sum(row.is_open for row in self.rows)


def panel(texts: Sequence[str], answers: Sequence[Answer], shelf: Shelf, settings: CheckSettings) -> Panel:
    """The rows in the order in which the words stand in the texts."""
    kinds = [kind for kind in KINDS if settings.value(CHECK, kind)]
    given = {answer.text: answer for answer in answers}
    shown = dict(_statements(texts, answers, kinds))
    marked = {
        a.text: () for a in answers if a.text not in shown and any(occurrences(t, a.text) for t in texts)
    }
    gone = [a for a in answers if a.text not in shown and a.text not in marked and a.says_something]
    order = sorted({**shown, **marked}, key=lambda text: _place(texts, text))
    rows = [_row(text, given.get(text), shown.get(text), gone, shelf) for text in order]
    return Panel(tuple(rows), tuple(gone))


def _statements(
    texts: Sequence[str], answers: Sequence[Answer], kinds: Sequence[str]
) -> Iterator[tuple[str, Statement]]:
    """By their words, with the spots that lie in no other words with an answer or a mark: what the check asks about."""
    for text in texts:
        for statement in statements(text, kinds):
            others = [a.text for a in answers if a.text != statement.text]
            places = [place for words in others for place in occurrences(text, words)]
            if open_ := tuple(spot for spot in statement.spots if not is_covered(spot, places)):
                yield statement.text, replace(statement, spots=open_)


def _place(texts: Sequence[str], words: str) -> tuple[int, int]:
    return next((number, at) for number, text in enumerate(texts) if (at := text.find(words)) >= 0)


def _row(
    text: str, given: Answer | None, statement: Statement | None, gone: Sequence[Answer], shelf: Shelf
) -> Row:
    answer = given or Answer(text, statement.kind if statement else "")
    before = None if answer.stance else _like(text, gone)
    return Row(
        answer,
        _shown(text, statement),
        statement.reads_as if statement else KINDS.get(answer.kind, ""),
        tuple(_choices(answer, shelf)),
        before,
        ", ".join(row.title for row in shelf.chosen(before.evidence)) if before else "",
    )


def _shown(text: str, statement: Statement | None) -> SafeString:
    spots = statement.spots if statement else ()
    start = statement.start if statement else 0
    return marks.marked(text, [(s.start - start, s.end - start, "") for s in spots], links=False)


def _choices(answer: Answer, shelf: Shelf) -> Iterator[Choice]:
    chosen = shelf.chosen(answer.evidence)
    taken = {row.pk for row in chosen}
    for row in chosen:
        yield Choice(row, True, shelf.counts(row))
    for row in shelf.offered(answer.text, but=taken, most=OFFERED):
        yield Choice(row, False, True)


def _like(text: str, gone: Sequence[Answer]) -> Answer | None:
    """The earlier answer whose words are most like these."""
    rated = [
        (SequenceMatcher(None, text[:400], a.text[:400], autojunk=False).ratio(), a)
        for a in [each for each in gone if each.stance][-5:]
    ]
    best = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= ALIKE else None
