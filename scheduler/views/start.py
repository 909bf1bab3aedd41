"""Where people arrive: "/" and "/t/<team>/"."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import LAST_TEAM, TeamRequest, team_page
from accounts.models import Membership, User
from scheduler import teams


def home(request: HttpRequest) -> HttpResponse:
    """To the team opened last, or the only one; else the person chooses. A new installation is set up
    first."""
    if not request.user.is_authenticated:
        return redirect("first-run" if teams.is_new() else "account_login")
    user = request.user
    members = list(
        Membership.objects.filter(user=user, ended_at__isnull=True)
        .select_related("team")
        .order_by("team__name")
    )
    slugs = {member.team.slug for member in members}
    last = request.session.get(LAST_TEAM)
    if last in slugs or len(slugs) == 1:
        return redirect("calendar", last if last in slugs else slugs.pop())
    return render(request, "start.html", {"members": members})


@login_required
def choose_team(request: HttpRequest) -> HttpResponse:
    """Every team of the person, whichever was opened last."""
    members = (
        Membership.objects.filter(user=cast(User, request.user), ended_at__isnull=True)
        .select_related("team")
        .order_by("team__name")
    )
    return render(request, "start.html", {"members": members})


@team_page()
def team_home(request: TeamRequest) -> HttpResponse:
    return redirect("calendar", request.team.slug)
