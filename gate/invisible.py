"""Characters that a reader cannot see, told apart from those that scripts and emoji need.

Unseen are Default_Ignorable_Code_Point, Cf and Cc of the Unicode character database, and two symbols that are drawn as
nothing. What they are needed for: emoji sequences (Unicode Technical Standard 51), joining and ligatures (The Unicode
Standard, 9.2, 12.1 and 23.2), line breaks of scripts without blanks (23.2), variants (23.4), Mongolian (13.5), and the
direction of right-to-left text (Unicode Standard Annex 9). Needed characters are no finding and are shown as they are.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import regex

_ARE_SEEN = r"\t\n\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\U000110BD\U000110CD"
"""Blanks, and the number and verse signs that are Cf but drawn (Prepended_Concatenation_Mark)."""
_UNSEEN = rf"[[\p{{Cf}}\p{{Cc}}\p{{DI}}\u2800\U0001D159]--[{_ARE_SEEN}]]"
_MARK = r"[\p{M}--\p{DI}]"
_VARIANT = r"\uFE00-\uFE0F\U000E0100-\U000E01EF"

_JOINING = (
    r"\p{Arabic}\p{Syriac}\p{Mandaic}\p{Mongolian}\p{Nko}\p{Phags_Pa}\p{Manichaean}\p{Psalter_Pahlavi}"
    r"\p{Hanifi_Rohingya}\p{Sogdian}\p{Adlam}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
    r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Javanese}\p{Balinese}"
    r"\p{Sundanese}\p{Newa}\p{Tirhuta}\p{Grantha}\p{Brahmi}\p{Kaithi}\p{Chakma}\p{Meetei_Mayek}\p{Limbu}\p{Lepcha}"
)
_UNSPACED = (
    r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{New_Tai_Lue}\p{Tai_Tham}\p{Javanese}\p{Balinese}"
)
_TAKES_VARIANT = r"\p{Han}\p{Sm}\p{P}\p{Myanmar}\p{Phags_Pa}\p{Manichaean}\p{Egyptian_Hieroglyphs}0"


def _beside(characters: str, scripts: str) -> str:
    """One of the characters that follows a letter of the scripts, or stands before one and follows nothing unseen.

    The character comes first and few marks are looked back over: a row of thousands of them must not take seconds.
    """
    return rf"[{characters}](?:(?<=[{scripts}]{_MARK}{{0,8}}.)|(?<!{_UNSEEN}.)(?=[{scripts}]))"


_FLAGS = ("gbeng", "gbsct", "gbwls")
"""England, Scotland, Wales: the flags of tag characters that are recommended for interchange (UTS 51)."""


def _tags(word: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in word)


def _compiled(*patterns: str) -> regex.Pattern[str]:
    return regex.compile("|".join(patterns), regex.VERSION1 | regex.MULTILINE)


UNSEEN = _compiled(_UNSEEN)
"""One character that is not seen."""
_BLANK = _compiled(rf"(?:{_UNSEEN}|[\p{{Z}}\t\n])*")
_NEEDED = _compiled(
    r"(?<=\p{ExtPict}[\uFE0F\p{EMod}]{0,2})\u200D(?=\p{ExtPict})",
    rf"(?<=\p{{Emoji}})[\uFE0E\uFE0F](?![{_VARIANT}])",
    rf"(?<=\U0001F3F4)(?:{'|'.join(map(_tags, _FLAGS))})\U000E007F",
    _beside(r"\u200C\u200D", _JOINING),
    _beside(r"\u200B", _UNSPACED),
    _beside(r"\u180B-\u180F", r"\p{Mongolian}"),
    _beside(r"\u115F\u1160", r"\u1100-\u115E\u1161-\u11FF\uA960-\uA97F\uD7B0-\uD7FF"),
    _beside(r"\U00013430-\U0001343F", r"\U00013000-\U0001342F"),
    rf"(?<=[{_TAKES_VARIANT}])[\uFE00-\uFE0D](?![{_VARIANT}])",
    rf"(?<=\p{{Han}})[\U000E0100-\U000E01EF](?![{_VARIANT}])",
    rf"(?<={_MARK})\u034F(?={_MARK})",
)
_RIGHT_TO_LEFT_LINE = _compiled(r"^.*(?=\p{L})[\p{bc=R}\p{bc=AL}].*$")
_DIRECTION_MARK = regex.compile(r"[\u200E\u200F\u061C]")
_OTHER_FLAG = regex.compile(
    r"(?<=\U0001F3F4)[\U000E0061-\U000E007A]{2}[\U000E0030-\U000E0039\U000E0061-\U000E007A]{1,4}\U000E007F"
)
_VARIANTS_IN_A_ROW = regex.compile(rf"[{_VARIANT}]{{3,}}")


class Kind(StrEnum):
    """What an unseen character does where nothing needs it."""

    DIRECTION = "direction"
    """Turns the direction of reading by force: overrides, embeddings, isolates without their other half."""
    DATA = "data"
    """Carries text or data that nobody sees: tag characters, rows of variation selectors."""
    CONTROL = "control"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Hidden:
    """An unseen character that no script and no emoji needs, at code point `at`."""

    at: int
    character: str
    kind: Kind


def hidden(text: str) -> list[Hidden]:
    """Every unseen character that is not needed where it stands, in order."""
    unseen = [match.start() for match in UNSEEN.finditer(text)]
    if not unseen:
        return []
    needed, unpaired = _needed(text), _unpaired(text)
    data = {at for match in _VARIANTS_IN_A_ROW.finditer(text) for at in range(*match.span())}
    flags = {at for match in _OTHER_FLAG.finditer(text) for at in range(*match.span())}
    return [
        Hidden(at, text[at], Kind.DATA if at in data else _kind(text[at], at in unpaired, at in flags))
        for at in unseen
        if at not in needed
    ]


def looks_empty(text: str) -> bool:
    """Whether there is nothing to see in it."""
    return _BLANK.fullmatch(text) is not None


def code_point(character: str) -> str:
    """ "U+202E"."""
    return f"U+{ord(character):04X}"


def called(character: str) -> str:
    """Its name in small letters ("right-to-left override"); empty for one without a name."""
    return unicodedata.name(character, "").lower()


def spelled(text: str, form: str = "[{}]") -> str:
    """The text with its hidden characters written out, for places where nothing can be marked."""
    out, at = [], 0
    for each in hidden(text):
        out += [text[at : each.at], form.format(code_point(each.character))]
        at = each.at + 1
    return "".join([*out, text[at:]])


def _kind(character: str, unpaired: bool, in_flag: bool) -> Kind:
    if unicodedata.category(character) == "Cc":
        return Kind.CONTROL
    if "\u202a" <= character <= "\u202e" or unpaired:
        return Kind.DIRECTION
    if "\U000e0000" <= character <= "\U000e007f" and not in_flag:
        return Kind.DATA
    return Kind.OTHER


def _needed(text: str) -> set[int]:
    """Places of unseen characters that something needs. A direction mark needs a right-to-left letter in its line."""
    places = {at for match in _NEEDED.finditer(text) for at in range(*match.span())}
    for line in _RIGHT_TO_LEFT_LINE.finditer(text):
        places |= {match.start() for match in _DIRECTION_MARK.finditer(text, *line.span())}
    return places


def _unpaired(text: str) -> set[int]:
    """Isolates without their other half in the same line: UAX 9 ends them with the paragraph."""
    unpaired: set[int] = set()
    open_: list[int] = []
    for at, character in enumerate(text):
        if character == "\n":
            unpaired.update(open_)
            open_.clear()
        elif "\u2066" <= character <= "\u2068":
            open_.append(at)
        elif character == "\u2069" and open_:
            open_.pop()
        elif character == "\u2069":
            unpaired.add(at)
    return unpaired.union(open_)
