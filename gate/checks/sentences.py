"""Sentences with the place they stand, so that a finding marks a sentence and not a whole post."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

LONGEST = 400
"""Characters. Longer stretches are cut at a blank: models read some 500 tokens and ignore the rest."""

# An end is a run of closing marks that a blank follows (so that 3.5, example.org and U.S. survive), a
# full-width mark, which nothing has to follow, or the end of a line. A run is taken whole and never begun inside.
_END = regex.compile(r"(?<![.!?…؟])[.!?…؟]++[\"'”’»)\]]*+(?=\s|$)|[。！？｡]+[」』”）]*|\n+")
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(])(?:\p{L}|[Dd]r|[Mm]rs?|[Mm]s|[Ss]t|[Pp]rof|[Nn]r|[Nn]o|bzw|etc|vs|z\.B|e\.g|i\.e)\.$"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is exactly the original's code points start..end."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text, without surrounding blanks and without empty ones."""
    found = (_trimmed(text, start, end) for start, end in _stretches(text))
    return [sentence for sentence in found if sentence.text]


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _ends(text):
        while end - start > LONGEST:
            cut = text.rfind(" ", start + 1, start + LONGEST)
            cut = cut if cut > start else start + LONGEST
            yield start, cut
            start = cut
        yield start, end
        start = end


def _ends(text: str) -> Iterator[int]:
    for mark in _END.finditer(text):
        # The few characters before decide: searching all that came before would be quadratic.
        if mark[0] != "." or not _ABBREVIATION.search(text, max(0, mark.start() - 8), mark.end()):
            yield mark.end()
    yield len(text)


def _trimmed(text: str, start: int, end: int) -> Sentence:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    return Sentence(piece, start, start + len(piece))
