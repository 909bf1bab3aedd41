"""A sentence without its disguise, as readable words: "y0u 1d10t", "i d i o t" and "idiooot" as somebody reads them.

For engines that know words. Folding for lists (fold.py) may drop blanks and read every l as an i; here words must stay
words, so only what looks like a disguise is changed: letters of another alphabet among Latin ones, figures and signs
inside a word, letters set apart, one letter three times or more.
"""

import unicodedata

import regex

from gate.checks.fold import letters
from gate.checks.lookalikes import CAPITALS, LOOKALIKES, REGIONAL
from gate.invisible import hidden

_MARKS = ("Mn", "Me")
_ORDINARY = frozenset("øłđðþħıəŋμɛɔ")
"""Letters of languages that are written with them: a disguise in other ones, so that both are read."""
_LEET = str.maketrans("0134578", "oieastb")
_SIGN = regex.compile(r"(?<=\p{L})[!|¡](?=\p{L})|(?<=\p{L})[@€](?=\p{L}|$)|(?<=[\p{L}$])\$|\$(?=\p{L})")
_SIGNS = str.maketrans("!|¡@€$", "iiiaes")
_ONE = r"[\p{L}\d@$!|]"


def _row(between: str) -> str:
    """Signs that are set apart. It begins at the first of them, or the row would be tried again from each sign on."""
    return rf"(?<!(?<![\p{{L}}\d])[@$!|]{between})(?:{_ONE}{between}){{2,}}"


_ROWS = "|".join(map(_row, (r"[ \t]", r"[._·~*/\\-]+", r"[ \t][._·~*/\\-][ \t]")))
_APART = regex.compile(rf"(?<![\p{{L}}\d])(?:{_ROWS})[\p{{L}}\d](?![\p{{L}}\d])")
_BETWEEN = regex.compile(r"[\s._·~*/\\-]+")
_PIECES = regex.compile(r"(?<![^\s\p{P}])\p{L}{1,3}(?:[._·~-]\p{L}{1,3})++(?![\p{L}\d])")
_ADDRESS = regex.compile(r"^[@#]|://|^www\.|^[^@]*+@.*\.|^[\w-]+(?:\.[\w-]+)+/")
_AMOUNT = regex.compile(
    r"^\W*+\d[\d.,:]*+(?:am|pm|st|nd|rd|th|er|re|e|k|m|km|cm|mm|kg|g|h|hrs?|s|x|min|mb|gb|tb|p|ft|mph|kmh|uhr|bn)?\W*+$",
    regex.IGNORECASE,
)
_ROW = regex.compile(r"(\p{L})\1{2,}", regex.IGNORECASE)


def forms(sentence: str) -> list[str]:
    """What the sentence may be read as, besides how it is typed; empty where nothing is disguised. A one may be an i or
    an l, a letter that is repeated may be meant once or twice, and an ø may stand for an o, so that there may be three.
    """
    bare = _joined(_seen(sentence))
    latin = _is_latin(bare)
    words = regex.split(r"(\s+)", bare)
    once = "".join(_ROW.sub(r"\1", _word(word, latin, "i")) for word in words)
    twice = "".join(_ROW.sub(r"\1\1", _word(word, latin, "l")) for word in words)
    plain = "".join(_ordinary(c) for c in once) if latin else once
    return [form for form in dict.fromkeys((once, twice, plain)) if form != sentence]


def _seen(text: str) -> str:
    """Letters as they look: without what nobody sees and without marks that no letter is written with, styled letters
    as plain ones, letters in boxes as letters."""
    unseen = {each.at for each in hidden(text)}
    bare = "".join(c for at, c in enumerate(text) if at not in unseen) if unseen else text
    if bare.isascii():
        return bare
    bare = unicodedata.normalize("NFC", bare)
    out, base = [], ""
    for at, character in enumerate(bare):
        if unicodedata.category(character) not in _MARKS:
            base = character
        out.append(_plain(bare, at, base))
    return "".join(out)


def _plain(text: str, at: int, base: str) -> str:
    """`base`: the character on which a mark hangs. NFC has joined all marks with it that any language writes so."""
    character = text[at]
    if ord(character) in REGIONAL:
        beside = text[max(0, at - 1) : at] + text[at + 1 : at + 2]
        return character if any(ord(c) in REGIONAL for c in beside) else chr(REGIONAL[ord(character)])
    category = unicodedata.category(character)
    if category in _MARKS:
        return "" if base and "LATIN" in unicodedata.name(base, "") else character
    if category[0] in "LNS" and not character.isascii():
        if 0x1F150 <= ord(character) < 0x1F190:
            return letters(character) or character
        form = unicodedata.normalize("NFKC", character)
        return form if form.isalnum() and form.isascii() else character
    return character


def _joined(text: str) -> str:
    """Letters that stand apart, one by one, as a word. Two blanks, or a line's end, separate words."""
    return _APART.sub(lambda m: _BETWEEN.sub("", m[0]) if sum(map(str.isalpha, m[0])) > 2 else m[0], text)


def _is_latin(text: str) -> bool:
    """Whether Latin letters are at least half of the letters."""
    plain = sum(c.isascii() for c in text if c.isalpha())
    return 2 * plain >= sum(map(str.isalpha, text))


def _word(word: str, latin: bool, one: str) -> str:
    if _ADDRESS.search(word) or _AMOUNT.match(word):
        return word
    plain = _PIECES.sub(lambda m: _BETWEEN.sub("", m[0]), _unlike(word, latin))
    if not any(map(str.isalpha, plain)):
        return word
    signs = _SIGN.sub(lambda m: m[0].translate(_SIGNS), plain)
    if not any(map(str.isdigit, signs)):
        return signs
    read = signs.replace("1", one).translate(_LEET)
    return signs if any(map(str.isdigit, read)) else read


def _unlike(word: str, latin: bool) -> str:
    """Letters of other alphabets as the Latin ones they look like: where the word mixes them, or is made of nothing
    but such letters in a sentence that is Latin."""
    others = [c for c in word if c.isalpha() and not c.isascii() and c.casefold() not in _ORDINARY]
    likes = {c: like for c in others if (like := _like(c))}
    mixed = any(c.isascii() and c.isalpha() for c in word)
    if not likes or not (mixed or (latin and len(likes) == len(set(others)))):
        return word
    return "".join(likes.get(c, c) for c in word)


def _ordinary(character: str) -> str:
    return _like(character) or character if character.casefold() in _ORDINARY else character


def _like(character: str) -> str:
    """The Latin letter that it looks like, a capital for a capital; "" for none."""
    low = CAPITALS.get(character) or character.casefold().translate(LOOKALIKES)
    if not low.isascii():
        return ""
    return low.upper() if character.isupper() else low
