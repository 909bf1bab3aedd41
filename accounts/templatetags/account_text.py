"""Texts on the pages of a person's own account."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import stringfilter

register = template.Library()


@register.filter
@stringfilter
def in_fours(value: str) -> str:
    """ "JBSW Y3DP" for "JBSWY3DP": a secret that somebody types by hand is read in groups."""
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))
