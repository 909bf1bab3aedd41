"""Navigation and the pause banner, for every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.context import standing
from accounts.models import Team
from gate.models import Submission
from scheduler import pauses


def navigation(request: HttpRequest) -> dict[str, Any]:
    member = standing(request)
    if member is None:
        return {"nav": [], "pause": None}
    return {"nav": _items(member.team), "pause": pauses.standing(member.team_id)}


def _items(team: Team) -> list[dict[str, Any]]:
    waiting = Submission.objects.filter(team=team, state=Submission.State.IN_REVIEW).count()
    pages = [
        ("calendar", "Calendar", "calendar", "calendar-days", 0, False),
        ("compose", "Compose", "compose", "pencil-square", 0, False),
        ("review", "Review", "review-queue", "shield-check", waiting, False),
        ("log", "Log", "log", "queue-list", 0, False),
        ("policy", "Policy", "policy", "document-text", 0, True),
        ("channels", "Channels", "channels", "link", 0, True),
        ("team", "Team", "team", "users", 0, True),
    ]
    return [
        {
            "key": key,
            "label": label,
            "url": reverse(name, args=[team.slug]),
            "icon": icon,
            "count": count,
            "due": bool(count),
            "wide": wide,
        }
        for key, label, name, icon, count, wide in pages
    ]
