"""Texts as a reviewer must see them."""

from __future__ import annotations

from datetime import date

from django import template
from django.template.defaultfilters import stringfilter
from django.utils.safestring import SafeString

from gate import invisible
from gate import reveal as revealing

register = template.Library()


@register.filter
@stringfilter
def reveal(value: str) -> SafeString:
    """The text, or HTML made of a text, with its hidden characters as marked code points."""
    return revealing.html(value)


@register.filter
@stringfilter
def spelled(value: str) -> str:
    """The same in plain text ("[U+202E]"), for attributes."""
    return invisible.spelled(value)


@register.filter
@stringfilter
def plain_day(value: str) -> str:
    """An ISO date as people write it, "23 Nov 2026"; anything else as it stands."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {day:%b %Y}"
