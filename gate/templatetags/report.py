"""Figures of the gate report in words."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from gate.intervals import Rate

register = template.Library()


@register.filter
def percent(rate: Rate) -> str:
    """ "8 %"; "none" of nothing."""
    return "none" if rate.share is None else f"{rate.share:.0%}".replace("%", " %")


@register.filter
def of(names: Mapping[str, str], key: str) -> str:
    return names.get(key, "")
