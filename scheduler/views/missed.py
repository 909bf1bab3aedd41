"""The page of missed posts: why, and another time with one press, for one of them or for all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Role
from scheduler import missed


@team_page()
@require_GET
def page(request: TeamRequest) -> HttpResponse:
    return _page(request, {})


@team_page(Role.AUTHOR)
@require_POST
def move_all(request: TeamRequest) -> HttpResponse:
    """The posts that the page listed, each to its own wall time tomorrow."""
    chosen = _chosen(request.POST.getlist("post"))
    done = missed.move_all(member=request.member, chosen=chosen)
    if done.count:
        posts = "One post has" if done.count == 1 else f"{done.count} posts have"
        messages.success(request, f"{posts} tomorrow's time now. The approvals stand.")
    if not done.left:
        if not done.count:
            messages.error(request, "None of these posts is missed any more. Nothing was changed.")
        return redirect("missed", request.team.slug)
    return _page(request, {"left": done.left}, status=200 if done.count else 422)


def _chosen(given: list[str]) -> dict[int, int]:
    """Number and version of each post, as "12.3"; anything else is left out."""
    pairs = (each.partition(".") for each in given[: missed.SHOWN])
    return {
        pk: version
        for a, _, b in pairs
        if (pk := number(a)) is not None and (version := number(b)) is not None
    }


def _page(request: TeamRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    now = timezone.now()
    rows = missed.of(request.member, now)
    shown = missed.listed(rows[: missed.SHOWN], now)
    total = rows.count() if len(shown) == missed.SHOWN else len(shown)
    context |= {
        "missed": shown,
        "more": total - len(shown),
        "movable": [each for each in shown if each.movable],
        "days": missed.DAYS,
        "whole_team": request.member.is_admin or request.member.is_reviewer or request.member.is_auditor,
        "nav_current": "calendar",
    }
    return render(request, "scheduler/missed.html", context, status=status)
