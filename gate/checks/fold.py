"""Text folded to what it looks like, with the way back to the original code points.

People write a word that a list forbids as "F@lc0n", "f a l c o n", "Fаlcon" (one Cyrillic letter), "faaalcon", "f*lcon"
or with invisible characters inside. Folding maps these to one string; `Folded.original` gives the place in what was
really written. What looks like what is in lookalikes.py.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import regex

from gate.checks.lookalikes import CAPITALS, LOOKALIKES, REGIONAL

# "1", "l", "|" and "!" stand for i and for l: all become one letter, in the term as well as in the text.
_LEET = str.maketrans("0134578@$!|l€", "oieastbasiiie")
_SIGNS = frozenset("@$!|¡¢¥£§×∪∨∣")
"""What stands for a letter, or between words."""
_MASKS = frozenset("*＊•●")
STRETCH, MASK = "\ue000", "\ue001"
"""In a marked reading: the letter before was written three times or more; some letter stands here."""
FEWEST_STRETCHED = 3

# Scripts that put no blanks between words: a match needs no word boundary there.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` holds letters and digits only (and, in a marked reading, STRETCH and MASK); character i comes from code
    point index[i] of `source`."""

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
    return _folded(text, letters)


def readings(text: str) -> list[Folded]:
    """The text as it may be meant: folded; with signs as what stands between words; with capitals read by their looks
    (Greek Η is an H, its small form looks like n); with stretched letters and masks marked. Distinct ones only."""
    plain = fold(text)
    found = [plain]
    if not _SIGNS.isdisjoint(text):
        found.append(_folded(text, lambda character: "" if character in _SIGNS else letters(character)))
    if not CAPITALS.keys().isdisjoint(text):
        found.append(_folded(text, lambda character: letters(CAPITALS.get(character, character))))
    found.append(_marked(text, plain))
    return list({each.text: each for each in reversed(found)}.values())[::-1]


def occurrences(found: list[Folded], term: Folded) -> list[tuple[int, int]]:
    """Where the term stands as whole words in any of the readings, as spans of the source that do not overlap. Its
    letters may be spaced or dotted apart."""
    kept: list[tuple[int, int]] = []
    spans = sorted({span for each in found for span in _occurrences(each, term.text)} if term.text else ())
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


@lru_cache(maxsize=8_192)
def letters(character: str) -> str:
    """What one character is read as: mostly one letter or digit, for some several, for many none."""
    decimal = unicodedata.decimal(character, None)
    plain = unicodedata.normalize("NFKD", character).casefold() if decimal is None else str(decimal)
    kept = (c for c in plain if unicodedata.category(c)[0] not in "MCZ")
    mapped = "".join(kept).translate(LOOKALIKES).translate(_LEET)
    return "".join(c for c in mapped if c.isalnum())


def _folded(text: str, read: Callable[[str], str]) -> Folded:
    out: list[str] = []
    index: list[int] = []
    for position, character in enumerate(text):
        for letter in _alone(text, position) if ord(character) in REGIONAL else read(character):
            out.append(letter)
            index.append(position)
    return Folded(text, "".join(out), tuple(index))


def _alone(text: str, at: int) -> str:
    """The letter of a regional indicator, unless it is half of a flag."""
    beside = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
    return "" if any(ord(c) in REGIONAL for c in beside) else chr(REGIONAL[ord(text[at])]).translate(_LEET)


def _marked(text: str, plain: Folded) -> Folded:
    """Rows of one letter as the letter and STRETCH; stars between letters as MASK."""
    out: list[str] = []
    index: list[int] = []
    masks = _masks(text)
    at = 0
    while at < len(plain.text):
        end = _row_end(plain, at)
        stretched = end - at >= FEWEST_STRETCHED and text[plain.index[at]].isalpha()
        for place in (at, end - 1) if stretched else range(at, end):
            out.append(STRETCH if stretched and place > at else plain.text[place])
            index.append(plain.index[place])
        while masks and masks[0] > index[-1] and (end == len(plain.text) or masks[0] < plain.index[end]):
            out.append(MASK)
            index.append(masks.popleft())
        at = end
    return Folded(text, "".join(out), tuple(index))


def _masks(text: str) -> deque[int]:
    """Places of stars that stand for letters: between letters of one word."""
    if _MASKS.isdisjoint(text):
        return deque()
    return deque(at for match in _MASKED.finditer(text) for at in range(*match.span()))


_MASKED = regex.compile(rf"(?<=[\p{{L}}\p{{M}}])[{''.join(_MASKS)}]++(?=\p{{L}})")


def _row_end(plain: Folded, start: int) -> int:
    """Where the row of one and the same character ends, with nothing but what is not seen between."""
    first = plain.source[plain.index[start]].casefold()
    at = start + 1
    while at < len(plain.text) and plain.source[plain.index[at]].casefold() == first and _touch(plain, at):
        at += 1
    return at


def _touch(plain: Folded, at: int) -> bool:
    between = plain.source[plain.index[at - 1] + 1 : plain.index[at]]
    return plain.index[at] > plain.index[at - 1] and all(unicodedata.category(c)[0] in "MC" for c in between)


def _occurrences(text: Folded, term: str) -> Iterator[tuple[int, int]]:
    find = _by_pattern if STRETCH in text.text or MASK in text.text else _literally
    at = 0
    while (place := find(text.text, term, at)) is not None:
        at, end = place
        start, stop = text.original(at, end)
        if _is_whole(text, at, end, start, stop):
            yield start, stop
            at = end
        else:
            at += 1


def _literally(text: str, term: str, at: int) -> tuple[int, int] | None:
    found = text.find(term, at)
    return None if found < 0 else (found, found + len(term))


def _by_pattern(text: str, term: str, at: int) -> tuple[int, int] | None:
    """At most half of the letters may be masked, or every word of a length would be every other."""
    while found := _pattern(term).search(text, at):
        if 2 * found[0].count(MASK) <= len(term):
            return found.span()
        at = found.start() + 1
    return None


@cache
def _pattern(term: str) -> re.Pattern[str]:
    """A letter once may be stretched; twice, it may be twice or stretched."""
    pieces = []
    for row in re.finditer(r"(.)\1*", term):
        letter, times = re.escape(row[1]), len(row[0])
        one = letter if row.start() == 0 else f"[{letter}{MASK}]"
        pieces.append(f"{one}{STRETCH}?" if times == 1 else f"(?:{one}{{{times}}}|{letter}{STRETCH})")
    return re.compile("".join(pieces))


def _is_whole(text: Folded, at: int, end: int, start: int, stop: int) -> bool:
    if _splits_a_character(text, at, end):
        return False
    source = text.source
    return (
        _UNSPACED.match(text.text[at]) is not None or not _word_goes_on(source, range(start - 1, -1, -1))
    ) and (
        _UNSPACED.match(text.text[end - 1]) is not None or not _word_goes_on(source, range(stop, len(source)))
    )


def _splits_a_character(text: Folded, at: int, end: int) -> bool:
    """Whether the match begins or ends inside one original character (the s of ß, the i of a ligature)."""
    return (at > 0 and text.index[at - 1] == text.index[at]) or (
        end < len(text.index) and text.index[end - 1] == text.index[end]
    )


def _word_goes_on(source: str, places: range) -> bool:
    """Whether a letter or digit comes next, looking past invisible characters and marks."""
    for place in places:
        character = source[place]
        if unicodedata.category(character)[0] not in "MC" or character in "\n\t\r":
            return character.isalnum()
    return False
