"""Navigation and the pause banner, for every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.context import standing
from accounts.models import Membership, Team
from gate.models import Submission
from scheduler import pauses

MOST_COUNTED = 99
"""Every page shows the number, and more than two digits say no more: the database stops counting there."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    member = standing(request)
    if member is None:
        return {"nav": [], "pause": None}
    return {"nav": _items(member), "pause": pauses.standing(member.team_id)}


def _items(member: Membership) -> list[dict[str, Any]]:
    """The pages that this member may open."""
    team = member.team
    waiting = _waiting(team)
    pages = [
        ("calendar", "Calendar", "calendar", "calendar-days", 0, False),
        *([("compose", "Compose", "compose", "pencil-square", 0, False)] if member.is_author else []),
        ("review", "Review", "review-queue", "shield-check", waiting, False),
        ("log", "Log", "log", "queue-list", 0, False),
        ("evidence", "Evidence", "evidence", "bookmark-square", 0, True),
        ("policy", "Policy", "policy", "document-text", 0, True),
        ("self-check", "Self-check", "self-check", "user-circle", 0, True),
        ("channels", "Channels", "channels", "link", 0, True),
        ("team", "Team", "team", "users", 0, True),
    ]
    return [
        {
            "key": key,
            "label": label,
            "url": reverse(name, args=[team.slug]),
            "icon": icon,
            "count": count if count <= MOST_COUNTED else f"{MOST_COUNTED}+",
            "due": bool(count),
            "wide": wide,
        }
        for key, label, name, icon, count, wide in pages
    ]


def _waiting(team: Team) -> int:
    """How many posts wait for a review, up to one more than is shown."""
    waiting = Submission.objects.filter(team=team, state=Submission.State.IN_REVIEW).order_by()
    return waiting[: MOST_COUNTED + 1].count()
