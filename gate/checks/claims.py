"""Do words that read as a claim have something that carries them?

Rules find what is put like a claim (claim_words.py); they know nothing of what is true, and nothing here is called a
fact-check. What a span needs is an answer of its author for the very words of its sentence: evidence, which the
reviewer opens, or "an opinion", which the reviewer reads as one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import regex

from gate.checks import claim_words as words
from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.sentences import Sentence, sentences
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, texts
from gate.content import Claim, Content, Source

KINDS: Final = {
    "statistic": "a figure",
    "superlative": "a superlative",
    "guarantee": "a promise that something is certain",
    "health": "a statement about health",
    "finance": "a promise about money",
    "comparison": "a comparison",
    "studies": "an appeal to research",
}
LABELS: Final = {
    "statistic": "Figures: percentages, ratios, counts, measures",
    "superlative": "Superlatives: the best, the largest, No. 1",
    "guarantee": "Certainties: guaranteed, risk-free, always works",
    "health": "Health: cures, prevents, clinically proven",
    "finance": "Money: returns of, double your money",
    "comparison": "Comparisons: twice as fast as, better than",
    "studies": "Research: studies show, experts say",
}
STANCES: Final = ("evidence", "opinion")


@dataclass(frozen=True, slots=True)
class Spot:
    """Words of a text that read as a claim, code points start..end."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with such words: what its author answers for."""

    text: str
    start: int
    end: int
    spots: tuple[Spot, ...]

    @property
    def kind(self) -> str:
        """Of the gravest of its spots."""
        kinds = {spot.kind for spot in self.spots}
        return next(kind for kind in words.PATTERNS if kind in kinds)

    @property
    def reads_as(self) -> str:
        """All that its spots read as: "a superlative and a figure"."""
        kinds = list(dict.fromkeys(KINDS[spot.kind] for spot in self.spots))
        return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"


class Claims:
    id = "claims"
    version = "1.0"
    clause = "2.1"
    title = "Claims and their evidence"
    findings = ("evidence", "expired", "opinion", "unanswered")
    settings: tuple[Setting, ...] = (
        *(Setting(kind, label, Input.YES, True) for kind, label in LABELS.items()),
        level("claims.unanswered", "A claim without an answer", Level.BLOCKS),
        level("claims.opinion", "A claim marked as an opinion", Level.ATTEST, (Level.ATTEST, Level.ADVISES)),
        level("claims.expired", "Evidence that is too old", Level.BLOCKS, (Level.BLOCKS, Level.ATTEST)),
        Setting(
            "longest_age",
            "Longest age of evidence, in days",
            Input.NUMBER,
            730,
            "Counted from the day on which it was retrieved to the day of the post. 0: only its own expiry counts.",
            least=0,
            most=36_500,
        ),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        kinds = [kind for kind in KINDS if settings.value(self, kind)]
        readable = texts(content)
        claims = _first_of_each(content.declarations.claims)
        day = _day(settings)
        found = [
            f for claim in claims for f in _about(claim, readable, day, settings.value(self, "longest_age"))
        ]
        return [*found, *(f for text in readable for f in _unanswered(text, kinds, claims))]


def spots(text: str, kinds: Collection[str] = tuple(KINDS)) -> list[Spot]:
    """What reads as a claim, in order and without overlaps: where kinds share words, the gravest names them all."""
    shown = words.LINK.sub(lambda link: " " * len(link[0]), text)
    found: list[Spot] = []
    for kind, pattern in words.PATTERNS.items():
        if kind not in kinds:
            continue
        for match in pattern.finditer(shown):
            if kind != "guarantee" or not words.NEGATED.search(
                shown, max(0, match.start() - 30), match.start()
            ):
                found.append(Spot(kind, match.start(), match.start() + len(match[0].rstrip())))
    return _joined(found)


def statements(text: str, kinds: Collection[str] = tuple(KINDS)) -> list[Statement]:
    """The sentences that need an answer, with the words in them that do."""
    return _statements(text, spots(text, kinds))


def occurrences(text: str, claimed: str) -> list[tuple[int, int]]:
    """Where the words of a claim stand in a text: as whole words, letter by letter. Other words are another claim."""
    if not claimed:
        return []
    before = r"(?<!\w)" if regex.match(r"\w", claimed) else ""
    behind = r"(?!\w)" if regex.search(r"\w$", claimed) else ""
    return [match.span() for match in regex.finditer(before + regex.escape(claimed) + behind, text)]


def is_answer(claim: Claim) -> bool:
    """Evidence that is none answers nothing."""
    return claim.stance == "opinion" or (claim.stance == "evidence" and bool(claim.sources))


def is_covered(spot: Spot, places: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the answered places holds at least half of the words."""
    size = spot.end - spot.start
    return any(2 * (min(spot.end, end) - max(spot.start, start)) >= size for start, end in places)


def too_old(source: Source, day: date, longest: float) -> bool:
    """Whether evidence does not count on that day: past its expiry, or retrieved too long before. What says no day, or
    one that cannot be read, counts as too old where a day is needed."""
    if source.expires_on and (_read(source.expires_on) or date.min) < day:
        return True
    return bool(longest) and (_read(source.retrieved_on) or date.min) < day - timedelta(days=longest)


def _first_of_each(claims: Sequence[Claim]) -> list[Claim]:
    return list({claim.text: claim for claim in reversed(claims)}.values())[::-1]


def _day(settings: CheckSettings) -> date:
    """The day on which readers see it: of its time, or today where that has passed or is not known."""
    now = datetime.now(UTC)
    return max(settings.due_at or now, now).astimezone(ZoneInfo(settings.zone)).date()


def _read(day: str) -> date | None:
    try:
        return date.fromisoformat(day[:10])
    except ValueError:
        return None


def _joined(found: list[Spot]) -> list[Spot]:
    rank = {kind: place for place, kind in enumerate(words.PATTERNS)}
    joined: list[Spot] = []
    for spot in sorted(found, key=lambda each: (each.start, -each.end)):
        if joined and spot.start < joined[-1].end:
            last = joined[-1]
            kind = min(last.kind, spot.kind, key=rank.__getitem__)
            joined[-1] = Spot(kind, last.start, max(last.end, spot.end))
        else:
            joined.append(spot)
    return joined


def _statements(text: str, found: Sequence[Spot]) -> list[Statement]:
    """`found` in order."""
    made = []
    for sentence in sentences(text) if found else ():
        first, last = (
            bisect_left(found, at, key=lambda spot: spot.start) for at in (sentence.start, sentence.end)
        )
        if inside := tuple(found[first:last]):
            end = max(sentence.end, inside[-1].end)
            made.append(Statement(text[sentence.start : end], sentence.start, end, inside))
    return made


def _unanswered(text: Text, kinds: Collection[str], claims: Sequence[Claim]) -> Iterator[Finding]:
    """Words that nobody spoke of. A claim without an answer is asked about by itself."""
    found = spots(text.text, kinds)
    if not found:
        return
    places = [place for claim in claims for place in occurrences(text.text, claim.text)]
    for statement in _statements(text.text, [spot for spot in found if not is_covered(spot, places)]):
        span = text.at(statement.spots[0].start, statement.spots[-1].end)
        message = f"This reads as {statement.reads_as}, and nobody has said what carries it."
        yield text.note(_finding("unanswered", message, span))


def _about(claim: Claim, readable: Sequence[Text], day: date, longest: float) -> Iterator[Finding]:
    """What is asked about a claim: at the first place where its words stand, and where they are only a part of
    sentences once for each of these, since there they may say something else."""
    places = _places(claim, readable)
    many = len(claim.sources)
    for span, text in places:
        if not is_answer(claim):
            marked = "The author marked this as a claim, and nobody has said what carries it."
            empty = "The author says that there is evidence for this, and gives none that can be had."
            yield text.note(_finding("unanswered", empty if claim.stance == "evidence" else marked, span))
        elif claim.stance == "opinion":
            yield text.note(
                _finding("opinion", "The author says that this is an opinion and states no fact.", span)
            )
        else:
            message = (
                f"The author gives {many} pieces of evidence for this."
                if many > 1
                else "The author gives evidence for this."
            )
            yield text.note(_finding("evidence", message, span))
    if places and is_answer(claim) and (old := sum(too_old(each, day, longest) for each in claim.sources)):
        span, text = places[0]
        message = f"Of the evidence for this, {old} of {many} will be too old on {day:%d %B %Y}."
        yield text.note(_finding("expired", message, span))


def _places(claim: Claim, readable: Sequence[Text]) -> list[tuple[Span, Text]]:
    """Where its words stand: the first place of a whole sentence; of a part one for each sentence around it."""
    found: dict[str, tuple[Span, Text]] = {}
    for text in readable:
        spoken = occurrences(text.text, claim.text)
        of = sentences(text.text) if spoken else []
        for start, end in spoken:
            found.setdefault(_around(text.text, of, start, end), (text.at(start, end), text))
    places = list(found.values())
    return places[:1] if claim.text in found else places


def _around(text: str, of: Sequence[Sentence], start: int, end: int) -> str:
    """The sentences that the words belong to, of all those of the text."""
    first = bisect_right(of, start, key=lambda each: each.end)
    last = bisect_left(of, end, key=lambda each: each.start)
    its = of[first:last]
    return text[min(start, its[0].start) : max(end, its[-1].end)] if its else text[start:end]


_SAID: Final = {
    "unanswered": (
        Level.BLOCKS,
        "Under “Claims”, give evidence or say that it is an opinion; or write it in another way.",
        "",
    ),
    "evidence": (
        Level.ATTEST,
        "Open the evidence and read the quoted passage. If it does not carry the claim, ask for changes.",
        "I opened the evidence, and it carries this claim.",
    ),
    "opinion": (
        Level.ATTEST,
        "If readers could take it for a fact, ask for evidence or for other words.",
        "Readers see that this is an opinion.",
    ),
    "expired": (Level.BLOCKS, "Retrieve the evidence anew, or give other evidence.", ""),
}


def _finding(name: str, message: str, span: Span) -> Finding:
    wanted, fix, question = _SAID[name]
    return Finding(f"claims.{name}", wanted, message, fix, question, span)
