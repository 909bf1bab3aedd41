"""What every template may count on, whatever the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access import LAST_TEAM
from accounts.models import Membership, Notice


def product(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    member = standing(request)
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": theme if theme in {"light", "dark"} else "",
        "team": member.team if member else None,
        "member": member,
        "teams": [m.team for m in _memberships(request)] if member else [],
        "notices_unread": _unread(member),
    }


def standing(request: HttpRequest) -> Membership | None:
    """In which team the person is, for the navigation: the page's own, or on pages of no team (account settings,
    errors) the one they were in last."""
    member: Membership | None = getattr(request, "member", None)
    if member is not None:
        return member
    mine = _memberships(request)
    last = request.session.get(LAST_TEAM) if mine else None
    return next((m for m in mine if m.team.slug == last), mine[0] if mine else None)


def _memberships(request: HttpRequest) -> list[Membership]:
    """The person's open memberships, read once a request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    if not hasattr(request, "_memberships"):
        rows = Membership.objects.filter(user=user, ended_at__isnull=True).select_related("team", "user")
        request._memberships = list(rows.order_by("team__name"))  # type: ignore[attr-defined]  # our own, once
    found: list[Membership] = request._memberships  # type: ignore[attr-defined]
    return found


def _unread(member: Membership | None) -> int:
    if member is None:
        return 0
    return Notice.objects.filter(team=member.team, user=member.user, read_at__isnull=True).count()
