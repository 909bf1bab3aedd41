"""Numbers of payment cards: length, first digit and check digit (ISO/IEC 7812, Luhn)."""

import re
import unicodedata
from collections.abc import Iterator

from stdnum import luhn

# Any number of digits: the card's own may stand among others, such as its date and check code.
_ROW = re.compile(r"(?<![\dA-Za-z_+])\d(?:[ \u00a0\u2009.–-]?\d){11,}(?![\dA-Za-z_])")
# What cards are seldom written with, and lists of other numbers often: "_", "/", ends of lines, several signs.
_APART = re.compile(r"(?<![\dA-Za-z_+])\d(?:[\s.–_/-]{0,3}\d){13,}(?![\dA-Za-z_])")
_DIGITS = re.compile(r"\d+")
_LENGTHS = range(12, 20)
_FEWEST_IN_GROUP = 4
# Which numbers cards of 14 to 16 digits begin with (ISO/IEC 7812): Visa, Mastercard, American Express, Diners,
# Discover, JCB. In a link every tenth number of a post would pass the check digit alone.
_BRAND = re.compile(
    r"(?:4\d{3}|5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720|6011|64[4-9]\d|65\d\d|352[89]|35[3-8]\d)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
)
# Times, which pass the check digit as every tenth number does: seconds since 1970 with their parts or in
# thousandths, dates, rows of years. No brand's numbers begin so.
_SECONDS = re.compile(r"1\d{9}(?:\.\d+|\d{3}|\d{6}|\d{9})")
_DATE = re.compile(r"(?<!\d)(?:\d\d?([./-])\d\d?\1(?:19|20)\d\d|(?:19|20)\d\d([./-])\d\d\2\d\d)(?!\d)")
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D?){3,}")
_STAMP = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,6})?"
)


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where cards stand; one may be found twice."""
    for match in _ROW.finditer(text):
        if _is_card(_ascii_digits(match[0])) and not _is_time(match[0]):
            yield match.span()
        else:
            yield from _among(text, *match.span())
    for match in _APART.finditer(text):
        yield from _among(text, *match.span())


def is_of_a_brand(number: str) -> bool:
    """Whether it has the length and beginning of a brand's cards."""
    return _BRAND.fullmatch(_ascii_digits(number)) is not None


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdecimal())


def _is_card(digits: str) -> bool:
    known = len(digits) in _LENGTHS and digits[0] in "123456" and len(set(digits)) > 1
    return known and bool(luhn.is_valid(digits))


def _is_time(row: str) -> bool:
    alone = _SECONDS.fullmatch(row) or _YEARS.fullmatch(row) or _STAMP.fullmatch(_ascii_digits(row))
    return bool(alone or _DATE.search(row))


def _among(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cards of known brands among other digits, by groups as they are printed."""
    groups = [group.span() for group in _DIGITS.finditer(text, start, end)]
    free = 0
    for first, (begins, _) in enumerate(groups):
        for s, ends in groups[first : first + 4]:
            if s < free or ends - s < _FEWEST_IN_GROUP:
                break
            digits = text[begins:ends]
            if is_of_a_brand(digits) and _is_card(_ascii_digits(digits)):
                yield begins, ends
                free = ends
                break
