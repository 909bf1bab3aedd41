"""Text folded to what it looks like, with the way back to the original code points.

People write a word that a list forbids as "F@lc0n", "f a l c o n", "Fаlcon" (one Cyrillic letter) or with
invisible characters inside. Folding maps all of these to one string; `Folded.original` gives the place
in what was really written. The look-alikes are the common ones of Latin, Greek and Cyrillic (compare
Unicode Technical Standard 39, confusables), not all of Unicode.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import regex

# After casefolding: Cyrillic, Greek, Armenian, Latin letters that NFKD leaves alone, and small capitals.
_LOOKALIKES = str.maketrans(
    "абвеёзіїјкмнорԛсѕтуԝхһԁӏ" "αβεηικνορτυχγωѵ" "օսո" "ıłøđħŧɑɡɩ" "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abbee3iijkmhopqcstywxhdl" "abenikvoptuxywv" "oun" "ilodhtagi" "abcdefghijklmnoprstuvwyz",
)  # fmt: skip
# White letters on black discs and squares have no compatibility form.
_LOOKALIKES |= {first + i: ord("a") + i for first in (0x1F150, 0x1F170) for i in range(26)}
# "1", "l", "|" and "!" stand for i and for l: all become one letter, in the term as well as in the text.
_LEET = str.maketrans("0134578@$!|l€", "oieastbasiiie")

# Scripts that put no blanks between words: a match needs no word boundary there.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` holds letters and digits only; character i comes from code point index[i] of `source`."""

    source: str
    text: str
    index: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the source behind text[start:end], with the marks that hang on the last."""
        last = self.index[end - 1] + 1
        while last < len(self.source) and unicodedata.combining(self.source[last]):
            last += 1
        return self.index[start], last


def fold(text: str) -> Folded:
    """Case, accents, look-alikes and leet folded; blanks, punctuation, marks and invisibles dropped."""
    letters: list[str] = []
    index: list[int] = []
    for position, character in enumerate(text):
        for letter in _letters(character):
            letters.append(letter)
            index.append(position)
    return Folded(text, "".join(letters), tuple(index))


def occurrences(text: Folded, term: Folded) -> Iterator[tuple[int, int]]:
    """Where the term stands as whole words, as spans of the source. Letters may be spaced or dotted apart."""
    at = text.text.find(term.text) if term.text else -1
    while at >= 0:
        end = at + len(term.text)
        start, stop = text.original(at, end)
        if _is_whole(text, at, end, start, stop):
            yield start, stop
            at = text.text.find(term.text, end)
        else:
            at = text.text.find(term.text, at + 1)


def _letters(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    kept = (c for c in decomposed if unicodedata.category(c)[0] not in "MCZ")
    mapped = "".join(kept).translate(_LOOKALIKES).translate(_LEET)
    return "".join(c for c in mapped if c.isalnum())


def _is_whole(text: Folded, at: int, end: int, start: int, stop: int) -> bool:
    if _splits_a_character(text, at, end):
        return False
    before, after = text.source[:start], text.source[stop:]
    return (_UNSPACED.match(text.text[at]) is not None or not _word_goes_on(before[::-1])) and (
        _UNSPACED.match(text.text[end - 1]) is not None or not _word_goes_on(after)
    )


def _splits_a_character(text: Folded, at: int, end: int) -> bool:
    """Whether the match begins or ends inside one original character (the s of ß, the i of a ligature)."""
    return (at > 0 and text.index[at - 1] == text.index[at]) or (
        end < len(text.index) and text.index[end - 1] == text.index[end]
    )


def _word_goes_on(rest: str) -> bool:
    """Whether a letter or digit comes next, looking past invisible characters and marks."""
    for character in rest:
        if unicodedata.category(character)[0] not in "MC" or character in "\n\t\r":
            return character.isalnum()
    return False
