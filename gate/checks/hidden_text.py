"""Characters that are in a text and that nobody sees, or that show it in another order than it is stored.

A reviewer answers for what readers get. A right-to-left override lets "gpj.exe" read "exe.jpg", tag characters carry
whole sentences that no person sees and every machine reads, and a blank that is no blank cuts a word in two for every
list. Source of what is dangerous: Unicode Technical Reports 36 (security considerations) and 55 (source code
handling). What Arabic, Persian, Hebrew, the scripts of India, Thai, Mongolian or emoji need is no finding
(gate/invisible.py).
"""

from collections import Counter
from collections.abc import Iterator

from gate import invisible
from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.settings import Setting, override
from gate.checks.texts import Text, texts
from gate.content import Content
from gate.invisible import Hidden, Kind

NAMED = 4
"""How many kinds of characters one message names."""
WHAT = {
    Kind.DIRECTION: "Characters that nobody sees change the order in which this is read",
    Kind.DATA: "Text or data that nobody sees is hidden in here",
    Kind.CONTROL: "There are characters for machines in here",
    Kind.OTHER: "There are characters in here that nobody sees and that nothing here needs",
}
FIX = "Delete the marked place together with the letters beside it, and type them again."
QUESTION = "These unseen characters belong there, and readers are not misled by them."


class HiddenText:
    """One finding for each kind of unseen characters in a text, at the first of them."""

    id = "hidden-text"
    version = "1.0"
    clause = "5.1"
    title = "Characters that nobody sees"
    findings = ("control", "data", "direction", "empty", "other")
    settings: tuple[Setting, ...] = (override("nobody"),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return [text.note(finding) for text in texts(content) for finding in _findings(text)]


def _findings(text: Text) -> Iterator[Finding]:
    if invisible.looks_empty(text.text):
        message = "There is something in this text, and nothing of it can be seen."
        fix = "Empty the field, or write what readers should see."
        yield Finding("hidden-text.empty", Level.BLOCKS, message, fix, "", text.at(0, len(text.text)))
        return
    found = invisible.hidden(text.text)
    for kind in Kind:
        if those := [each for each in found if each.kind == kind]:
            yield _finding(text, kind, those)


def _finding(text: Text, kind: Kind, those: list[Hidden]) -> Finding:
    level = Level.ATTEST if kind == Kind.OTHER else Level.BLOCKS
    message = f"{WHAT[kind]}: {_names(those)}."
    question = QUESTION if level == Level.ATTEST else ""
    first = those[0].at
    return Finding(f"hidden-text.{kind}", level, message, FIX, question, text.at(first, _end(first, those)))


def _end(first: int, those: list[Hidden]) -> int:
    """Where the row ends that begins at the first one."""
    places = {each.at for each in those}
    end = first + 1
    while end in places:
        end += 1
    return end


def _names(those: list[Hidden]) -> str:
    times = Counter(each.character for each in those)
    named = [_named(character, times[character]) for character in list(times)[:NAMED]]
    rest = [f"and {len(times) - NAMED} more kinds"] if len(times) > NAMED else []
    return ", ".join(named + rest)


def _named(character: str, times: int) -> str:
    words = f"{invisible.code_point(character)} {invisible.called(character)}".strip()
    return f"{words} ({times} times)" if times > 1 else words
