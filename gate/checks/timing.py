"""Is it the right moment? Asked of the time at which a post is to go out, in the zone in which the team plans.

Messages name the time or the day that they are about, since an answer about one does not hold for another
(gate/retiming.py).
Without a time there is nothing to ask: nothing can be handed in without one. A pause is not a finding: it stops the
sender itself, with its reason on every page (scheduler/pauses.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import regex

from gate.checks import dates
from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.fold import fold, occurrences, readings
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, name, texts
from gate.content import Content

EMBARGO = regex.compile(
    r"\b(?:(?:sous\s+)?embargo\s+jusqu['’]au?|(?:embargo|embargad[oa]s?)\s+hasta|(?:(?:sob\s+)?embargo|embargad[oa]s?)"
    r"\s+até|sperrfrist(?:\s+bis)?|gesperrt\s+bis|not\s+(?:for\s+release|to\s+be\s+published)\s+(?:before|until)"
    r"|embargo(?:ed)?(?:\s+(?:until|till|to|date))?)\b",
    regex.IGNORECASE,
)
AFTER_EMBARGO = 60
"""Characters behind the word in which its date is looked for."""
WHERE = Span(field="post")


class Timing:
    id = "timing"
    version = "1.2"
    clause = "6.2"
    title = "The right moment"
    findings = ("campaign", "day-off", "embargo", "quiet", "sensitive", "too-close")
    settings: tuple[Setting, ...] = (
        Setting(
            "quiet",
            "Quiet hours",
            Input.TEXT,
            "",
            "Such as 22:00-07:00, in the team's zone.",
            valid=dates.hours,
        ),
        Setting(
            "days_off", "Days off", Input.LINES, [], "One a line: Saturday, Sunday.", valid=dates.weekday
        ),
        Setting(
            "sensitive",
            "Days to be careful on",
            Input.LINES,
            [],
            "One a line: 2026-11-11 Armistice Day; or 11-11 Armistice Day for every year.",
            valid=dates.sensitive_day,
        ),
        Setting(
            "embargoes",
            "Embargoes",
            Input.LINES,
            [],
            "One a line: words, a colon, from when they may be public. Project Falcon: 2027-03-01 09:00",
            valid=dates.until,
        ),
        Setting(
            "campaigns",
            "Campaigns",
            Input.LINES,
            [],
            "One a line: Spring appeal: 2027-03-01 to 2027-04-30. Authors choose one of them for a post.",
            valid=dates.window,
        ),
        Setting(
            "apart",
            "Minutes between posts of one account",
            Input.NUMBER,
            0,
            "0: any. What is nearer to another post of the same account is asked about.",
            least=0,
            most=1440,
        ),
        level("timing.quiet", "In quiet hours", Level.ATTEST),
        level("timing.day-off", "On a day off", Level.ATTEST),
        level("timing.sensitive", "On a day to be careful on", Level.ATTEST),
        level("timing.embargo", "Before an embargo ends", Level.BLOCKS, (Level.BLOCKS, Level.ATTEST)),
        level("timing.campaign", "Outside of its campaign", Level.BLOCKS),
        level("timing.too-close", "Close to another post", Level.ATTEST),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        """Raises ValueError for settings that cannot be read, and zoneinfo.ZoneInfoNotFoundError."""
        if settings.due_at is None:
            return []
        due = settings.due_at.astimezone(ZoneInfo(settings.zone))
        return [
            *_clock(self, settings, due),
            *_day(self, settings, due),
            *_campaign(self, settings, due, content),
            *_close(self, settings, due, content),
            *(text.note(f) for text in texts(content) for f in _embargo(self, settings, due, text)),
        ]


def campaigns(settings: CheckSettings) -> list[dates.Window]:
    """Those that an author can choose."""
    return [dates.window(line) for line in settings.value(Timing(), "campaigns")]


def _clock(check: Timing, settings: CheckSettings, due: datetime) -> Iterator[Finding]:
    line = settings.value(check, "quiet")
    if line and _is_within(due.time(), *dates.hours(line)):
        message = (
            f"It would go out at {due:%H:%M} on {_said(due)}, in quiet hours ({line} in {settings.zone})."
        )
        yield _asked("quiet", message, "It has to go out at this hour.")


def _is_within(at: time, first: time, last: time) -> bool:
    """Hours may go over midnight."""
    return first <= at < last if first < last else at >= first or at < last


def _day(check: Timing, settings: CheckSettings, due: datetime) -> Iterator[Finding]:
    if due.weekday() in {dates.weekday(line) for line in settings.value(check, "days_off")}:
        message = f"It would go out on a {due:%A}, which is a day off ({_said(due)})."
        yield _asked("day-off", message, "It has to go out on this day.")
    for line in settings.value(check, "sensitive"):
        day = dates.sensitive_day(line)
        if day.is_on(due.date()):
            about = f" is {day.name}" if day.name else " is a day to be careful on"
            message = f"{due.day} {due:%B}{about}."
            yield _asked(
                "sensitive", message, "I thought of what this day means, and the post is right on it."
            )


def _campaign(check: Timing, settings: CheckSettings, due: datetime, content: Content) -> Iterator[Finding]:
    if not content.campaign:
        return
    known = {each.name: each for each in campaigns(settings)}
    found = known.get(content.campaign)
    if found is None:
        message = "Its campaign is not among the organisation's campaigns."
    elif not found.first <= due.date() <= found.last:
        window = f"{_said(found.first)} to {_said(found.last)}"
        message = f"Its campaign runs from {window}, and {_said(due)} is outside of it."
    else:
        return
    fix = "Choose a time within the campaign, another campaign, or none."
    yield Finding("timing.campaign", Level.BLOCKS, message, fix, "", WHERE)


def _said(day: object) -> str:
    return f"{day:%d %b %Y}".removeprefix("0")


def _close(check: Timing, settings: CheckSettings, due: datetime, content: Content) -> Iterator[Finding]:
    minutes = settings.value(check, "apart")
    apart = timedelta(minutes=minutes)
    for index, channel in enumerate(content.channels):
        account = (channel.platform, channel.account_id, channel.instance)
        near = [n for n in settings.neighbours if n.account == account and abs(n.at - due) < apart]
        if not near:
            continue
        nearest = min(near, key=lambda n: abs(n.at - due))
        at = nearest.at.astimezone(due.tzinfo)
        message = (
            f"{name(channel)} posts “{nearest.title}” at {at:%H:%M}, less than {minutes:g} min away from this one at "
            f"{due:%H:%M} on {_said(due)}."
        )
        question = "Both posts belong here so close to each other."
        span = Span(index, field="channel")
        yield Finding("timing.too-close", Level.ATTEST, message, "Choose another time.", question, span)


def _embargo(check: Timing, settings: CheckSettings, due: datetime, text: Text) -> Iterator[Finding]:
    wall = due.replace(tzinfo=None)
    folded = readings(text.text)
    for line in settings.value(check, "embargoes"):
        held = dates.until(line)
        places = occurrences(folded, fold(held.words)) if wall < held.at else []
        for start, end in places:
            message = f"These words are not public before {_said(held.at)}, {held.at:%H:%M}."
            yield _held(message, text, start, end)
    for match in EMBARGO.finditer(text.text):
        behind = text.text[match.end() : match.end() + AFTER_EMBARGO].partition("\n")[0]
        ends = next(dates.moments(behind, near=due.date()), None)
        if ends is not None and wall < ends:
            message = f"The text says that it is under embargo until {_said(ends)}, {ends:%H:%M}."
            yield _held(message, text, *match.span())


def _held(message: str, text: Text, start: int, end: int) -> Finding:
    fix = "Choose a later time, or take the words out."
    return Finding("timing.embargo", Level.BLOCKS, message, fix, "", text.at(start, end))


def _asked(kind: str, message: str, question: str) -> Finding:
    return Finding(f"timing.{kind}", Level.ATTEST, message, "Choose another time.", question, WHERE)
