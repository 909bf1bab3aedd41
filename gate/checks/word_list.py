"""The organisation's own terms, found also where letters were swapped, spaced or disguised (fold.py)."""

from dataclasses import dataclass

from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.fold import Folded, fold, occurrences, readings
from gate.checks.settings import Input, Setting, override
from gate.checks.texts import Text, texts
from gate.content import Content


@dataclass(frozen=True, slots=True)
class Term:
    words: str
    folded: Folded
    level: Level
    advice: str


class WordList:
    id = "word-list"
    version = "1.1"
    clause = "6.1"
    title = "Our own word list"
    settings: tuple[Setting, ...] = (
        Setting(
            "words",
            "Word list",
            Input.LINES,
            [],
            "One a line: the term, a colon and blocks, attest or advises; after another colon what to say instead. "
            "“project falcon: blocks: not before May”. Disguised spellings are found too.",
            valid=lambda line: entry(line),
        ),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        """Raises ValueError where the list cannot be read: a list that is not understood is not a pass."""
        terms = [entry(line) for line in settings.value(self, "words")]
        if not terms:
            return []
        return [text.note(f) for text in texts(content) for f in _findings(text, readings(text.text), terms)]


def entry(line: str) -> Term:
    """A line of the list: the term, its level, and what to say instead, with colons between them.

    Raises ValueError for another level or for a term of which nothing remains to look for.
    """
    words, colon, setting = (each.strip() for each in line.partition(":"))
    if not colon:
        raise ValueError(f"“{line}”: write a colon and blocks, attest or advises after the term.")
    level, _, advice = setting.partition(":")
    folded = fold(words)
    if not folded.text:
        raise ValueError(f"“{line}”: the term has no letters or digits.")
    try:
        return Term(words, folded, Level(level.strip().lower()), advice.strip())
    except ValueError:
        raise ValueError(f"“{line}”: “{level.strip()}” is not blocks, attest or advises.") from None


def _findings(text: Text, folded: list[Folded], terms: list[Term]) -> list[Finding]:
    return [
        _finding(text, entry, start, end)
        for entry in terms
        for start, end in occurrences(folded, entry.folded)
    ]


def _finding(text: Text, entry: Term, start: int, end: int) -> Finding:
    about = f": {entry.advice}" if entry.advice else ""
    message = f"“{entry.words}” is on the word list{about}."
    question = f"“{entry.words}” may be said here." if entry.level == Level.ATTEST else ""
    fix = "Take it out, or write something else."
    return Finding("word-list.term", entry.level, message, fix, question, text.at(start, end))
