"""Leads a member who has not acknowledged the code of conduct to it, once a session and for each new text: after
signing in, and from the start page of a team. It can be put off, since nobody is to be locked out of reading."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest

from accounts.models import Membership
from gate import policy
from gate.errors import NotAcknowledged

ASKED: Final = "conduct_asked"
"""Session key: slug of a team to the version (`text_since`) that was asked about."""


def first(request: HttpRequest, member: Membership, to: str) -> str:
    """Where to lead a member who wants to go to `to`: there, or to the code of conduct and from it there."""
    team = member.team
    try:
        text = policy.current(team).text_since
    except NotAcknowledged:
        return to
    asked = request.session.get(ASKED, {})
    if asked.get(team.slug) == text or policy.has_acknowledged(team=team, user=member.user):
        return to
    request.session[ASKED] = {**asked, team.slug: text}
    return f"{policy.address(team)}?{urlencode({'next': to})}"
