"""Dates and times of day: in the settings of checks, and as people write them in five languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time

_MONTHS = (
    "january january januar janvier enero janeiro jan jän jänner janv ene",
    "february februar février febrero fevereiro feb febr fév fev",
    "march märz mars marzo março mar mär mrz",
    "april avril abril apr abr avr",
    "may mai mayo maio",
    "june juni juin junio junho jun",
    "july juli juillet julio julho jul juil",
    "august août agosto aug ago",
    "september septembre septiembre setembro sep sept set",
    "october oktober octobre octubre outubro oct okt out",
    "november novembre noviembre novembro nov",
    "december dezember décembre diciembre dezembro dec dez déc dic",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_TIME = re.compile(
    r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3])(?:[:h](?P<minute>[0-5]\d)\s?(?P<half>[ap]m\b)?|\s?(?P<word>[ap]m|uhr|h)\b)",
    re.I,
)
_DATE = re.compile(
    r"(?<!\d)(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"
    r"|(?P<a>\d{1,2})(?P<sign>[./])\s?(?P<b>\d{1,2})[./]\s?(?P<y2>\d{4})(?!\d)"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:de\s|of\s)?(?P<m3>{_MONTH})\b\.?(?:,?\s(?:de\s)?(?P<y3>\d{{4}}))?"
    rf"|(?P<m4>\b(?:{_MONTH}))\.?\s(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y4>\d{{4}}))?)",
    re.IGNORECASE,
)
_HOURS = re.compile(r"(\d\d?:\d\d)\s*(?:-|–|to)\s*(\d\d?:\d\d)")
_WINDOW = re.compile(r"(?P<name>.+):\s*(?P<first>\d{4}-\d\d-\d\d)\s+to\s+(?P<last>\d{4}-\d\d-\d\d)")
_DAY = re.compile(r"(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)(?:\s+(?P<name>\S.*))?")
_UNTIL = re.compile(r"(?P<name>.+):\s*(?P<day>\d{4}-\d\d-\d\d)(?:\s+(?P<at>\d\d?:\d\d))?")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Window:
    """A campaign: the first day and the last, both in it."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Day:
    """A day to be careful on; of every year where `year` is None."""

    year: int | None
    month: int
    day: int
    name: str

    def is_on(self, on: date) -> bool:
        return (self.month, self.day) == (on.month, on.day) and self.year in (None, on.year)


@dataclass(frozen=True, slots=True)
class Until:
    """Words that wait for a moment, in wall time."""

    words: str
    at: datetime


def hours(line: str) -> tuple[time, time]:
    """ "22:00-07:00". Raises ValueError."""
    match = _HOURS.fullmatch(line.strip())
    if not match:
        raise ValueError(f"“{line}” are no hours, such as 22:00-07:00.")
    first, last = (_clock(each) for each in match.groups())
    if first == last:
        raise ValueError(f"“{line}” begin when they end.")
    return first, last


def weekday(line: str) -> int:
    """ "Sunday": 6. Raises ValueError."""
    try:
        return WEEKDAYS.index(line.strip().lower())
    except ValueError:
        raise ValueError(f"“{line}” is no day of the week, such as Sunday.") from None


def window(line: str) -> Window:
    """ "Spring appeal: 2027-03-01 to 2027-04-30". Raises ValueError."""
    match = _WINDOW.fullmatch(line.strip())
    if not match:
        raise ValueError(f"“{line}”: write a name, a colon and two days, such as 2027-03-01 to 2027-04-30.")
    first, last = _iso(match["first"]), _iso(match["last"])
    if last < first:
        raise ValueError(f"“{line}” ends before it begins.")
    name = " ".join(match["name"].split())
    if len(name) > 80:
        raise ValueError(f"“{line}”: a name has at most 80 characters.")
    return Window(name, first, last)


def sensitive_day(line: str) -> Day:
    """ "2026-11-11 Armistice Day", or "11-11 Armistice Day" for every year. Raises ValueError."""
    match = _DAY.fullmatch(line.strip())
    if not match:
        raise ValueError(f"“{line}” begins with no day, such as 2026-11-11 or 11-11.")
    year = int(match["year"]) if match["year"] else None
    _iso(f"{year or 2024}-{match['month']}-{match['day']}")
    return Day(year, int(match["month"]), int(match["day"]), match["name"] or "")


def until(line: str) -> Until:
    """ "project falcon: 2027-03-01 09:00"; without a time of day from its first minute on. Raises ValueError."""
    match = _UNTIL.fullmatch(line.strip())
    if not match:
        raise ValueError(
            f"“{line}”: write the words, a colon and a day, such as 2027-03-01 or 2027-03-01 09:00."
        )
    return Until(match["name"].strip(), datetime.combine(_iso(match["day"]), _clock(match["at"] or "0:00")))


def moments(text: str, *, near: date) -> Iterator[datetime]:
    """The dates in a text, in wall time; with the time of day that follows within a few words, else their first
    minute. A date without a year is the one that is nearest to `near`: "5 January" said in December is in the next one.
    "3/4/2027" is read as the later of its two meanings."""
    for match in _DATE.finditer(text):
        if (day := _day(match, near)) is None:
            continue
        clock = _TIME.search(text, match.end(), match.end() + 20)
        yield datetime.combine(day, _time(clock) if clock else time())


def _day(match: re.Match[str], near: date) -> date | None:
    if match["y"]:
        return max(_real([(match["y"], match["m"], match["d"])]), default=None)
    if match["a"]:
        options = [(match["y2"], match["b"], match["a"])]
        if match["sign"] == "/":
            options.append((match["y2"], match["a"], match["b"]))
        return max(_real(options), default=None)
    month, day = MONTHS[(match["m3"] or match["m4"]).lower()], match["d3"] or match["d4"]
    year = match["y3"] or match["y4"]
    years = [year] if year else [near.year - 1, near.year, near.year + 1]
    return min(_real([(each, month, day) for each in years]), key=lambda each: abs(each - near), default=None)


def _real(options: Iterable[tuple[str | int, str | int, str | int]]) -> Iterator[date]:
    """Those that the calendar has."""
    for numbers in options:
        with suppress(ValueError):
            yield date(*map(int, numbers))


def _time(match: re.Match[str]) -> time:
    half = (match["half"] or match["word"] or "").lower()
    hour = int(match["hour"])
    if half in ("am", "pm") and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(match["minute"] or 0))


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError:
        raise ValueError(f"“{text}” is no time of day, such as 07:00.") from None


def _iso(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no day of the calendar.") from None
