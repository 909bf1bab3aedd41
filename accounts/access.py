"""Who may see a page. Every page of a team is under /t/<team>/ and goes through `team_page`.

Somebody who is not a member gets 404, so that an address tells nothing about other teams; a member without
the role gets 403 with words that say which role it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Membership, Role, Team, User

P = ParamSpec("P")

LAST_TEAM = "last_team"
"""Session key: the slug of the team whose page was opened last, where "/" leads."""


class TeamRequest(HttpRequest):
    """A request of a signed-in member for one of the team's pages."""

    user: User
    team: Team
    member: Membership


TeamView = Callable[Concatenate[TeamRequest, P], HttpResponseBase]


def team_page(*roles: Role) -> Callable[[TeamView[P]], Callable[..., HttpResponseBase]]:
    """The page needs a member holding one of `roles`, any member where none is named."""

    def decorate(view: TeamView[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, team: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member = membership(cast(User, request.user), team)
            if roles and not any(member.holds(role) for role in roles):
                names = " or ".join(str(role.label).lower() for role in roles)
                raise PermissionDenied(
                    f"This page is for the role {names}. An admin of {member.team} can give it to you."
                )
            scoped = cast(TeamRequest, request)
            scoped.team, scoped.member = member.team, member
            if request.session.get(LAST_TEAM) != team:
                request.session[LAST_TEAM] = team
            return view(scoped, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]  # read by the permission matrix
        return guarded

    return decorate


def membership(user: User, slug: str) -> Membership:
    """The user's open membership in the team called `slug`. Raises Http404 without saying which is missing."""
    try:
        return Membership.objects.select_related("team", "user").get(
            team__slug=slug, user=user, ended_at__isnull=True, user__is_active=True
        )
    except Membership.DoesNotExist:
        raise Http404("There is no such page in your teams.") from None
