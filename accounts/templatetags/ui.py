"""Tags for what every page shows: icons, seals, avatars, states, times, digests. docs/ui.md has the markup.

They know no model of the floors above: a state is its value as text, a person anything whose str() is a name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final
from zlib import crc32

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from heroicons.templatetags import heroicons

from accounts.ui_marks import SHAPES, TILE

register = template.Library()

SEAL: Final = (
    '<circle cx="50" cy="50" r="46" stroke-width="4"/>'
    '<circle cx="50" cy="50" r="36" stroke-width="1.5" stroke-dasharray="3 3"/>'
    '<path d="M31 52l13 13 26-30" stroke-width="7" stroke-linecap="round" stroke-linejoin="round"/>'
)
TONES: Final = 6
WORDS: Final = re.compile(r"\s+|\w+%?|[^\w\s]")
AWARE_ONLY: Final = "Times shown to people must be aware, got {!r}"


@dataclass(frozen=True)
class Look:
    """How a state is shown. `meaning` is a stylesheet class: cleared, attest, blocked, accent or none."""

    label: str
    meaning: str
    icon: str


STATES: Final[dict[str, Look]] = {
    # submissions
    "checking": Look("checking", "accent", "arrow-path"),
    "blocked": Look("blocked", "blocked", "no-symbol"),
    "in_review": Look("in review", "attest", "eye"),
    "approved": Look("countersigned", "cleared", "check-circle"),
    "changes_requested": Look("changes asked", "attest", "arrow-uturn-left"),
    "rejected": Look("rejected", "blocked", "x-circle"),
    "withdrawn": Look("withdrawn", "", "arrow-uturn-left"),
    "expired": Look("expired", "attest", "clock"),
    "revoked": Look("approval revoked", "blocked", "no-symbol"),
    # posts
    "draft": Look("draft", "", "pencil"),
    "submitted": Look("submitted", "attest", "eye"),
    "publishing": Look("publishing", "accent", "paper-airplane"),
    "published": Look("published", "cleared", "check-circle"),
    "partly_published": Look("partly published", "attest", "exclamation-triangle"),
    "failed": Look("failed", "blocked", "x-circle"),
    "held": Look("held", "attest", "pause-circle"),
    "missed": Look("missed", "attest", "clock"),
    "cancelled": Look("cancelled", "", "minus-circle"),
    # deliveries
    "waiting": Look("waiting", "", "clock"),
    "sending": Look("sending", "accent", "paper-airplane"),
    "sent": Look("sent", "cleared", "check-circle"),
    "unknown": Look("outcome unknown", "attest", "question-mark-circle"),
    "claimed": Look("claimed", "accent", "clock"),
    "released": Look("nothing was sent", "", "arrow-uturn-left"),
    # decisions
    "first": Look("1 of 2 approvals", "accent", "check-circle"),
    "approve": Look("countersigned", "cleared", "check-circle"),
    "changes": Look("changes asked", "attest", "arrow-uturn-left"),
    "reject": Look("rejected", "blocked", "x-circle"),
    "revoke": Look("approval revoked", "blocked", "no-symbol"),
    # channels
    "connected": Look("connected", "cleared", "check-circle"),
    "attention": Look("needs attention", "attest", "exclamation-triangle"),
    "expiring": Look("sign-in ends soon", "attest", "clock"),
    "disconnected": Look("disconnected", "blocked", "x-circle"),
    # findings and checks
    "blocks": Look("blocks", "blocked", "no-symbol"),
    "overridden": Look("overridden", "attest", "exclamation-triangle"),
    "attest": Look("needs your word", "attest", "hand-raised"),
    "advises": Look("advice", "", "light-bulb"),
    "advice": Look("advice", "", "light-bulb"),
    "found": Look("found something", "attest", "exclamation-triangle"),
    "passed": Look("passed", "cleared", "check"),
}


@lru_cache(maxsize=512)
def _icon(name: str, size: int, style: str, label: str) -> SafeString:
    draw = {
        "outline": heroicons.heroicon_outline,
        "solid": heroicons.heroicon_solid,
        "mini": heroicons.heroicon_mini,
        "micro": heroicons.heroicon_micro,
    }[style]
    if label:
        return SafeString(draw(name, size=size, role="img", aria_label=label, aria_hidden="false"))
    return SafeString(draw(name, size=size, aria_hidden="true"))


@register.simple_tag
def icon(name: str, size: int = 20, style: str = "outline", label: str = "") -> SafeString:
    """A heroicon (style outline, solid, mini or micro), hidden from screen readers unless it has a label."""
    return _icon(str(name), int(size), str(style), str(label))


@register.simple_tag
def seal(size: str = "") -> SafeString:
    """The round seal, the product's mark. `size`: "", "medium" or "small"."""
    return format_html(
        '<svg class="seal {}" viewBox="0 0 100 100" fill="none" stroke="currentColor" aria-hidden="true">'
        "{}</svg>",
        size,
        SafeString(SEAL),
    )


@register.simple_tag(takes_context=True)
def stamp(
    context: Context, who: object, at: datetime, size: str = "medium", verb: str = "Countersigned"
) -> SafeString:
    """The seal with who countersigned and when."""
    return format_html(
        '<span class="stamp">{}<span><b class="text-cleared">{}</b>by {}, {}</span></span>',
        seal(size),
        verb,
        who,
        when(context, at),
    )


def initials(name: str) -> str:
    """At most two letters for a name or an e-mail address; "?" for nothing."""
    words = [word for word in re.split(r"[\s._-]+", name.split("@")[0].strip()) if word]
    if not words:
        return "?"
    letters = words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])
    return letters.upper()


@register.simple_tag
def avatar(who: object, size: str = "", url: str = "") -> SafeString:
    """Initials of a person or an account on a tone that stays theirs. `size`: "", "s" or "l".

    Decorative: write the name beside it.
    """
    name = str(who or "")
    tone = crc32(name.encode()) % TONES
    inner = format_html('<img src="{}" alt="">', url) if url else conditional_escape(initials(name))
    return format_html('<span class="avatar {} tone-{}" aria-hidden="true">{}</span>', size, tone, inner)


@register.simple_tag
def platform_mark(slug: str, name: str = "", size: str = "") -> SafeString:
    """The platform's mark. With `name` it is an image called so; without, it decorates a written name."""
    shape = SHAPES.get(str(slug))
    if shape is None:
        letter = str(slug)[:1].upper()
        shape = (
            f'<text x="10" y="14.5" text-anchor="middle" font-size="13" font-weight="700" class="fill">'
            f"{conditional_escape(letter)}</text>"
        )
    role = format_html('role="img" aria-label="{}"', name) if name else SafeString('aria-hidden="true"')
    title = format_html("<title>{}</title>", name) if name else ""
    return format_html(
        '<span class="mark {}"><svg viewBox="0 0 20 20" {}>{}{}{}</svg></span>',
        size,
        role,
        title,
        SafeString(TILE),
        SafeString(shape),
    )


def look(state: object) -> Look:
    """How `state` is shown; a state this table has not heard of is shown plainly under its own name."""
    value = str(state)
    return STATES.get(value) or Look(value.replace("_", " "), "", "ellipsis-horizontal-circle")


@register.simple_tag
def state_chip(state: object, label: str = "") -> SafeString:
    """A chip for a state of a submission, post, delivery, channel or finding: icon, word and colour."""
    shown = look(state)
    return format_html(
        '<span class="chip {}">{}{}</span>',
        shown.meaning,
        icon(shown.icon, 16, "micro"),
        label or shown.label,
    )


@register.simple_tag
def state_icon(state: object) -> SafeString:
    """The icon of a state alone, called by the state's word; for posts in the calendar."""
    shown = look(state)
    return icon(shown.icon, 16, "micro", shown.label)


@register.filter
def meaning(state: object) -> str:
    """The stylesheet's class for a state: cleared, attest, blocked, accent or none."""
    return look(state).meaning


def team_zone(context: Context) -> tzinfo:
    """The zone of the page's team, the current zone where there is no team."""
    team = context.get("team")
    zone = getattr(team, "tz", None)
    return zone if isinstance(zone, tzinfo) else timezone.get_current_timezone()


def zone_name(zone: tzinfo) -> str:
    """The short name of a zone: "Lisbon" for Europe/Lisbon, "UTC" for UTC."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def clock(value: datetime, *, seconds: bool = False) -> str:
    return f"{value:%H:%M:%S}" if seconds else f"{value:%H:%M}"


def day(value: datetime, now: datetime) -> str:
    """A day like "12 Nov", with the year when it is another one."""
    text = f"{value.day} {value:%b}"
    return text if value.year == now.year else f"{text} {value.year}"


def exactly(value: datetime, zone: tzinfo) -> str:
    """What is shown on hover: "Thu 12 Nov 2026, 14:05:09 Lisbon (UTC+01:00)". ValueError when naive."""
    if timezone.is_naive(value):
        raise ValueError(AWARE_ONLY.format(value))
    local = value.astimezone(zone)
    offset = f"{local:%z}"
    return (
        f"{local:%a} {local.day} {local:%b %Y}, {clock(local, seconds=True)} {zone_name(zone)} "
        f"(UTC{offset[:3]}:{offset[3:5]})"
    )


def relatively(value: datetime, now: datetime, zone: tzinfo) -> str:
    """How people say it: "2 min ago", "in 3 h", "yesterday 16:20", "12 Nov 14:05".

    static/app.js keeps the first 24 hours fresh with the same words. Raises ValueError for a naive time.
    """
    if timezone.is_naive(value):
        raise ValueError(AWARE_ONLY.format(value))
    past = value <= now
    seconds = abs((value - now).total_seconds())
    if seconds < 45:
        return "just now" if past else "in a moment"
    if seconds < 86400:
        minutes = max(1, round(seconds / 60))
        amount = f"{minutes} min" if minutes < 60 else f"{max(1, int(seconds // 3600))} h"
        return f"{amount} ago" if past else f"in {amount}"
    local, here = value.astimezone(zone), now.astimezone(zone)
    near = {timedelta(days=-1): "yesterday", timedelta(days=1): "tomorrow"}.get(local.date() - here.date())
    return f"{near or day(local, here)} {clock(local)}"


@register.simple_tag(takes_context=True)
def when(context: Context, value: datetime | None, empty: str = "never") -> SafeString:
    """A time as people say it, exact on hover in the team's zone."""
    if value is None:
        return conditional_escape(empty)
    zone = team_zone(context)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        value.isoformat(),
        exactly(value, zone),
        relatively(value, timezone.now(), zone),
    )


@register.simple_tag(takes_context=True)
def exact(context: Context, value: datetime | None, style: str = "full", empty: str = "never") -> SafeString:
    """A time in the team's zone. `style`: "full" ("12 Nov 2026 14:05 Lisbon"), "short" ("12 Nov 14:05"),
    "seconds" ("12 Nov 14:05:09", for the log), "clock" ("14:05"), "date" ("12 Nov 2026")."""
    if value is None:
        return conditional_escape(empty)
    zone = team_zone(context)
    local, now = value.astimezone(zone), timezone.now().astimezone(zone)
    texts = {
        "full": f"{local.day} {local:%b %Y} {clock(local)} {zone_name(zone)}",
        "short": f"{day(local, now)} {clock(local)}",
        "seconds": f"{day(local, now)} {clock(local, seconds=True)}",
        "clock": clock(local),
        "date": f"{local.day} {local:%b %Y}",
    }
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), exactly(value, zone), texts[style]
    )


@register.simple_tag(takes_context=True)
def due(context: Context, value: datetime | None, style: str = "") -> SafeString:
    """How long is left: plain, amber in the last hour, red when it is over. Nothing for None.

    With a style of `exact` the time stands beside it, once: a clock that shows a date gets the zone alone."""
    if value is None:
        return SafeString("")
    left = (value - timezone.now()).total_seconds()
    tone, name = (
        ("blocked", "exclamation-triangle") if left < 0 else ("attest" if left < 3600 else "", "clock")
    )
    dated = abs(left) >= 86400
    words = format_html(
        "{} {}{}",
        "was due" if left < 0 else "due",
        when(context, value),
        f" {zone_name(team_zone(context))}" if dated and style == "full" else "",
    )
    chip = format_html('<span class="chip {}">{}<span>{}</span></span>', tone, icon(name, 16, "micro"), words)
    beside = "" if dated or not style else exact(context, value, style)
    return format_html('{}<span class="small muted num">{}</span>', chip, beside) if beside else chip


@register.simple_tag
def digest(value: object, length: int = 12) -> SafeString:
    """The start of a digest, all of it on hover, and a button that copies it."""
    text = str(value)
    short = f"{text[:length]}…" if len(text) > length else text
    return format_html(
        '<span class="copy"><code class="digest" title="{0}">{1}</code>'
        '<button type="button" class="btn quiet icon" data-copy="{0}" aria-label="Copy digest {1}">{2}'
        "</button></span>",
        text,
        short,
        icon("clipboard-document", 16),
    )


def _steps(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """("same" | "del" | "ins", text) in reading order."""
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(old[a:b])
            continue
        if b > a:
            yield "del", "".join(old[a:b])
        if d > c:
            yield "ins", "".join(new[c:d])


@register.simple_tag
def textdiff(old: str, new: str) -> SafeString:
    """What changed between two texts, word by word, as <del> and <ins>."""
    parts = _steps(WORDS.findall(old), WORDS.findall(new))
    marked = (
        (conditional_escape(text) if kind == "same" else format_html("<{0}>{1}</{0}>", kind, text),)
        for kind, text in parts
    )
    return format_html('<p class="diff">{}</p>', format_html_join("", "{}", marked))


@register.simple_tag
def marks(channels: Any) -> SafeString:
    """The marks of several channels, each once, in order. Takes objects with a `platform`, or slugs."""
    slugs = list(dict.fromkeys(str(getattr(channel, "platform", channel)) for channel in channels))
    inner = format_html_join("", "{}", ((platform_mark(slug, slug.capitalize()),) for slug in slugs))
    return format_html('<span class="marks">{}</span>', inner)


MESSAGE_LOOKS: Final[dict[str, Look]] = {
    "success": Look("Done", "cleared", "check-circle"),
    "warning": Look("Note", "attest", "exclamation-triangle"),
    "error": Look("Error", "blocked", "x-circle"),
}


@register.filter
def message_look(level_tag: str) -> Look:
    """How a Django message of this level is shown."""
    return MESSAGE_LOOKS.get(level_tag, Look("Note", "accent", "information-circle"))


NAV_KEYS: Final[dict[str, str]] = {
    "calendar": "g c",
    "compose": "g n",
    "review": "g r",
    "log": "g l",
    "policy": "g p",
    "self-check": "g s",
    "channels": "g h",
    "team": "g t",
}


@register.filter
def nav_key(key: str) -> str:
    """The keys that go to a page of the navigation ("g" then a letter); nothing for a page without any."""
    return NAV_KEYS.get(key, "")
