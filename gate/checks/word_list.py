"""The organisation's own terms, competitors' names and suggestions for inclusive English, found also where letters were
swapped, spaced or disguised (fold.py)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.fold import Folded, fold, occurrences, readings
from gate.checks.inclusive_words import WORDS
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, texts
from gate.content import Content

_UNTIL = re.compile(r"until\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """`until`: the first day on which it may be said; None where no day ends it."""

    words: str
    folded: Folded
    level: Level
    advice: str = ""
    until: date | None = None


class WordList:
    id = "word-list"
    version = "1.1"
    clause = "6.1"
    title = "Our own word list"
    findings = ("competitor", "inclusive", "term", "until")
    settings: tuple[Setting, ...] = (
        Setting(
            "words",
            "Word list",
            Input.LINES,
            [],
            "One a line: the term, a colon and blocks, attest or advises; after another colon what to say instead; "
            "after another one until which day. “project falcon: blocks: confidential: until 2027-05-01” is found in "
            "posts that go out before 1 May 2027. Disguised spellings are found too.",
            valid=lambda line: entry(line),
        ),
        Setting(
            "competitors",
            "Competitors",
            Input.LINES,
            [],
            "Names, one a line.",
            valid=lambda line: _looked_for(line),
        ),
        Setting(
            "inclusive_english",
            "Suggest inclusive English",
            Input.YES,
            False,
            f"{len(WORDS)} words that leave people out by habit, such as “chairman”, each with another that does not.",
        ),
        level("word-list.competitor", "A competitor is named", Level.ATTEST),
        level("word-list.inclusive", "A more inclusive word is suggested", Level.ADVISES),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        """Raises ValueError where the list cannot be read: a list that is not understood is not a pass."""
        lists = list(_lists(self, settings))
        if not lists:
            return []
        read = [(text, readings(text.text)) for text in texts(content)]
        return [
            text.note(finding)
            for text, folded in read
            for each in lists
            for finding in each.findings(text, folded)
        ]


@dataclass(frozen=True, slots=True)
class _List:
    """Terms that are found for one reason. `message` and `question` are given the term's words."""

    name: str
    terms: Iterable[Term]
    message: str
    question: str
    fix: str = "Take it out, or write something else."

    def findings(self, text: Text, folded: list[Folded]) -> Iterator[Finding]:
        for term in self.terms:
            for start, end in occurrences(folded, term.folded):
                question = self.question.format(term.words) if term.level == Level.ATTEST else ""
                message = self.message.format(term.words) + _about(term)
                span = text.at(start, end)
                yield Finding(f"word-list.{self.name}", term.level, message, self.fix, question, span)


def _lists(check: WordList, settings: CheckSettings) -> Iterator[_List]:
    terms = [term for line in settings.value(check, "words") if not _is_over(term := entry(line), settings)]
    names = settings.value(check, "competitors")
    for name, listed in (
        ("term", [term for term in terms if term.until is None]),
        ("until", [term for term in terms if term.until]),
    ):
        if listed:
            yield _List(name, listed, "“{}” is on the word list", "“{}” may be said here.")
    if names:
        rivals = [Term(each, _looked_for(each), Level.ATTEST) for each in names]
        yield _List(
            "competitor",
            rivals,
            "“{}” is a competitor",
            "What is said of “{}” is fair, true and needed here.",
        )
    if settings.value(check, "inclusive_english"):
        yield _List(
            "inclusive", _suggestions(), "“{}” leaves people out by habit", "“{}” is the right word here."
        )


def _about(term: Term) -> str:
    until = f", until {term.until:%d %b %Y}" if term.until else ""
    return f"{until}: {term.advice}." if term.advice else f"{until}."


def _is_over(term: Term, settings: CheckSettings) -> bool:
    """Whether the post goes out on the day that ends the term, or later. Without a time nobody knows, and it counts."""
    if term.until is None or settings.due_at is None:
        return False
    return settings.due_at.astimezone(ZoneInfo(settings.zone)).date() >= term.until


@cache
def _suggestions() -> tuple[Term, ...]:
    return tuple(
        Term(words, fold(words), Level.ADVISES, f"perhaps “{better}”") for words, better in WORDS.items()
    )


def entry(line: str) -> Term:
    """A line of the list: the term, its level, what to say instead, and until when, with colons between them.

    Raises ValueError for another level, a day that does not exist, or a term of which nothing remains to look for.
    """
    words, colon, setting = (each.strip() for each in line.partition(":"))
    if not colon:
        raise ValueError(f"“{line}”: write a colon and blocks, attest or advises after the term.")
    wanted, _, rest = (each.strip() for each in setting.partition(":"))
    folded = _looked_for(words)
    advice, _, last = rest.rpartition(":")
    until = _UNTIL.fullmatch(last.strip())
    try:
        chosen = Level(wanted.lower())
    except ValueError:
        raise ValueError(f"“{line}”: “{wanted}” is not blocks, attest or advises.") from None
    return Term(words, folded, chosen, advice.strip() if until else rest, _day(until[1]) if until else None)


def _looked_for(words: str) -> Folded:
    folded = _fold(words)
    if not folded.text:
        raise ValueError(f"“{words}”: the term has no letters or digits.")
    return folded


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no day such as 2027-05-01.") from None


@lru_cache(maxsize=4_096)
def _fold(words: str) -> Folded:
    return fold(words)
