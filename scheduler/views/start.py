"""Where people arrive: "/", which is where signing in leads, and "/t/<team>/"."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from accounts.access import LAST_TEAM, TeamRequest, team_page
from accounts.models import Membership, User
from gate import asked
from gate.views.policy import back_to
from scheduler import teams


def home(request: HttpRequest) -> HttpResponse:
    """To where the person wanted to go when they were asked to sign in; else to the team opened last, or the only one;
    else the person chooses. A new installation is set up first."""
    if not request.user.is_authenticated:
        return redirect("first-run" if teams.is_new() else "account_login")
    members = {member.team.slug: member for member in _memberships(request.user)}
    if to := back_to(request):
        member = members.get(_team_of(to))
        return redirect(asked.first(request, member, to) if member else to)
    last = request.session.get(LAST_TEAM)
    slug = last if last in members else next(iter(members)) if len(members) == 1 else ""
    if slug:
        return redirect(asked.first(request, members[slug], reverse("calendar", args=[slug])))
    return render(request, "start.html", {"members": members.values()})


def _memberships(user: User) -> list[Membership]:
    mine = Membership.objects.filter(user=user, ended_at__isnull=True).select_related("team", "user")
    return list(mine.order_by("team__name"))


def _team_of(to: str) -> str:
    """The team whose page an address is; "" where it is no team's."""
    try:
        return str(resolve(urlsplit(to).path).kwargs.get("team", ""))
    except Resolver404:
        return ""


@login_required
def choose_team(request: HttpRequest) -> HttpResponse:
    """Every team of the person, whichever was opened last."""
    return render(request, "start.html", {"members": _memberships(cast(User, request.user))})


@team_page()
def team_home(request: TeamRequest) -> HttpResponse:
    return redirect(asked.first(request, request.member, reverse("calendar", args=[request.team.slug])))
