"""What stands in a stored snapshot, and whether the quoted passage does."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from gate.evidence import kinds, markup

LONGEST: Final = 2_000_000
"""Characters of a text that are shown and searched."""
LONGEST_MARKUP: Final = 3_000_000
"""Characters of a page that are read: seconds, if they are nothing but tags."""
_SAME: Final = str.maketrans("‘’‚‛“”„‟«»‐‑‒–—−", "''''" + '""""""' + "------")
"""Quotation marks and dashes that people type in one way and pages print in another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`read`: whether it is a thing with a text at all; a picture and a PDF are not."""

    title: str
    text: str
    read: bool

    def find(self, quote: str) -> tuple[int, int] | None:
        """Where the passage stands, as code points of `text`: whatever its blanks, dashes, quotation marks and case."""
        wanted, _ = _folded(unicodedata.normalize("NFC", quote))
        if not wanted.strip():
            return None
        held, places = _folded(self.text)
        at = held.find(wanted.strip())
        return None if at < 0 else (places[at], places[at + len(wanted.strip()) - 1] + 1)

    def says(self, quote: str) -> str:
        """found, missing, or unread where there is no text to look in."""
        if not self.read:
            return "unread"
        return "found" if self.find(quote) else "missing"


def read(data: bytes, content_type: str) -> Reading:
    kind = kinds.base(content_type)
    if kind not in kinds.READABLE:
        return Reading("", "", read=False)
    text = unicodedata.normalize("NFC", kinds.decoded(data, content_type))
    if kind == kinds.PAGE:
        page = markup.read(text[:LONGEST_MARKUP])
        return Reading(page.title, page.text[:LONGEST], read=True)
    return Reading("", text.lstrip("\ufeff")[:LONGEST], read=True)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text to compare by, and for each of its characters the place that it came from."""
    out, places = list[str](), list[int]()
    for at, character in enumerate(text):
        if character == "\u00ad" or unicodedata.category(character) == "Cf":
            continue
        if character.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                places.append(at)
            continue
        for each in character.translate(_SAME).casefold():
            out.append(each)
            places.append(at)
    return "".join(out), places
