"""The way to a Mastodon server's sign-in page and back (OAuth 2, code flow with PKCE).

Between the two the state and the verifier wait in the person's session, for one use.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts import channels
from accounts.access import TeamRequest, membership, team_page
from accounts.errors import AccountsError, NotAllowed
from accounts.models import Channel, Role, User
from platforms.base import ConnectError

_STARTED = "mastodon_sign_in"


def start(request: TeamRequest, server: str, channel: Channel | None) -> HttpResponse:
    """Prepares the sign-in and shows where it leads. Raises NotAllowed, ConnectError."""
    started = channels.start_mastodon(member=request.member, server=server)
    request.session[_STARTED] = {
        **started,
        "team": request.team.slug,
        "channel": channel.pk if channel else None,
    }
    return redirect("mastodon-leave", request.team.slug)


@never_cache
@team_page(Role.ADMIN)
def leave(request: TeamRequest) -> HttpResponse:
    """A link to the server. A page of its own, since a form may not lead out of the house: the content
    security policy lets forms go to ourselves alone, redirects included."""
    started = request.session.get(_STARTED)
    if not started or started["team"] != request.team.slug:
        return redirect("channel-connect", request.team.slug, "mastodon")
    host = started["instance"].partition("://")[2]
    context = {"url": started["url"], "host": host, "nav_current": "channels"}
    return render(request, "accounts/mastodon_leave.html", context)


@never_cache
@login_required
def callback(request: HttpRequest) -> HttpResponse:
    """Where the server sends the person back to, with a code or with a refusal."""
    started: dict[str, Any] | None = request.session.pop(_STARTED, None)
    if not started:
        messages.error(request, "This sign-in was not started here, or it was used already. Start again.")
        return redirect("home")
    member = membership(cast(User, request.user), started["team"])
    channel = Channel.objects.filter(pk=started["channel"], team=member.team_id).first()
    try:
        made = channels.finish_mastodon(
            member=member,
            started=started,
            code=request.GET.get("code", ""),
            state=request.GET.get("state", ""),
            channel=channel,
        )
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except (ConnectError, AccountsError) as error:
        messages.error(request, error.message)
        if channel:
            return redirect("channel-reconnect", member.team.slug, channel.pk)
        return redirect("channel-connect", member.team.slug, "mastodon")
    messages.success(request, f"{made} is connected.")
    return redirect("channels", member.team.slug)
