"""One text read in the ways in which it can be meant, each with the way back to the original code points.

A pattern that is matched on what was typed alone is escaped by one character that nobody sees, by letters that only
look otherwise (full width, mathematical), or by percent signs in a link. So it is matched on all of these.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gate.invisible import UNSEEN

_LINK_TAIL = re.compile(r"https?://[^\s/?#]+(?P<tail>[/?#]\S*)", re.IGNORECASE)
_ESCAPED = re.compile(r"(?:%[0-9a-f]{2})+", re.IGNORECASE)

_HYPHENS = str.maketrans("\u2010\u2011\u2012\u2212", "----")
"""Hyphens and the minus sign, which numbers are written with; NFKC keeps them apart."""

_KEYCAP = "\u20e3"
"""Draws a key around the digit before it (1️⃣), which is read as the digit."""

Piece = tuple[str, tuple[int, int]]
"""One character of a reading, and the code points of the source behind it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Character i of `text` comes from the code points places[i] (end exclusive) of the source."""

    text: str
    places: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the source behind text[start:end], which is not empty."""
        return self.places[start][0], self.places[end - 1][1]


def readings(text: str) -> list[Reading]:
    """As it was typed; and, where that is another text, in compatibility form (NFKC) with unseen characters and keycaps
    left out, and with a blank for each row of them."""
    typed = Reading(text, tuple((at, at + 1) for at in range(len(text))))
    found = {text: typed}
    for gap in ("", " "):
        bare = _bare(typed, gap)
        found.setdefault(bare.text, bare)
    return list(found.values())


def link_tails(reading: Reading) -> Iterator[Reading]:
    """Path, query and fragment of each link, without escapes and disguise."""
    for link in _LINK_TAIL.finditer(reading.text):
        yield _bare(_reading(_unescaped(reading, *link.span("tail"))), "")


def _reading(pieces: Iterable[Piece]) -> Reading:
    listed = list(pieces)
    return Reading("".join(character for character, _ in listed), tuple(place for _, place in listed))


def _bare(reading: Reading, gap: str) -> Reading:
    return _reading(_seen(reading, gap))


def _seen(reading: Reading, gap: str) -> Iterator[Piece]:
    in_gap = False
    for character, place in zip(reading.text, reading.places, strict=True):
        if character == _KEYCAP or UNSEEN.match(character):
            if gap and not in_gap:
                yield gap, place
            in_gap = True
            continue
        in_gap = False
        yield from ((letter, place) for letter in _compatible(character))


def _compatible(character: str) -> str:
    """NFKC of one character. A sign that would become several letters (™) stays, or it would lengthen the word before
    it."""
    form = unicodedata.normalize("NFKC", character).translate(_HYPHENS)
    return character if len(form) > 1 and unicodedata.category(character) == "So" else form


def _unescaped(reading: Reading, start: int, end: int) -> Iterator[Piece]:
    """text[start:end] with percent escapes resolved, and "+" read as the blank that it stands for in a query."""
    at, query = start, reading.text.find("?", start, end)
    for escaped in _ESCAPED.finditer(reading.text, start, end):
        yield from _plain(reading, at, escaped.start(), query)
        yield from _characters(reading, escaped)
        at = escaped.end()
    yield from _plain(reading, at, end, query)


def _plain(reading: Reading, start: int, end: int, query: int) -> Iterator[Piece]:
    for at in range(start, end):
        character = reading.text[at]
        yield " " if character == "+" and 0 <= query < at else character, reading.places[at]


def _characters(reading: Reading, escaped: re.Match[str]) -> Iterator[Piece]:
    """Bytes that are no UTF-8 are read as Latin-1, one character each."""
    data = bytes.fromhex(escaped[0].replace("%", ""))
    try:
        text, encoding = data.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "latin-1"
    at = escaped.start()
    for character in text:
        end = at + 3 * len(character.encode(encoding))
        yield character, reading.original(at, end)
        at = end
