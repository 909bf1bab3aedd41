"""Small tags of the scheduler's pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import zones
from accounts.templatetags.ui import icon, look
from scheduler import pace
from scheduler.models import Delivery

register = template.Library()


@register.filter
def place(zone: object) -> str:
    """How people call a zone: "Lisbon" for Europe/Lisbon."""
    return str(zone).rpartition("/")[2].replace("_", " ")


@register.filter
def in_zone(at: datetime, zone: str) -> datetime:
    """The instant on the clocks of a zone; in UTC where there is no such zone."""
    return at.astimezone(ZoneInfo(zone if zone in zones.names() else "UTC"))


@register.filter
def clock(at: datetime) -> str:
    """The time of day as it stands on the instant's own clock; Django's filter would change the zone."""
    return f"{at:%H:%M}"


@register.filter
def day_words(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B}"


@register.filter
def other_day(at: datetime, day: str) -> bool:
    return at.date().isoformat() != day


@register.filter
def get(values: Mapping[str, str], name: str) -> str:
    """The value under a name; nothing where there is none."""
    return values.get(name, "")


@register.filter
def state_word(state: object) -> str:
    """The word for a state, as its chip says it."""
    return look(state).label


@register.simple_tag
def state_icon_large(state: object) -> SafeString:
    """The icon of a state beside the words that say it."""
    return icon(look(state).icon, 28)


@register.simple_tag
def keep(**values: object) -> list[tuple[str, str]]:
    """Hidden fields that a filter form takes along."""
    return [(name, str(value)) for name, value in values.items()]


@register.simple_tag
def next_try(delivery: Delivery) -> pace.NextTry | None:
    """When a delivery that has to wait is tried next, and why."""
    return pace.next_try(delivery, timezone.now())
