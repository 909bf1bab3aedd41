"""The team's channels: connected accounts, their health, connecting and disconnecting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from accounts import channels
from accounts.access import TeamRequest, team_page
from accounts.errors import AccountsError, NotAllowed
from accounts.forms import BlueskyForm, MastodonForm, SandboxForm, refuse
from accounts.models import Channel, Role
from accounts.views import mastodon
from platforms import registry
from platforms.base import ConnectError, PublishError

WORDS = {
    "sandbox": "A pretend account on this machine. Works like a real one, and nothing leaves the house.",
    "bluesky": "With the account's handle and an app password.",
    "mastodon": "You sign in at the account's own server, which then lets us publish.",
}
"""What connecting takes, by platform; a platform that is not here cannot be connected yet."""

_FORMS: dict[str, type[forms.Form]] = {
    "sandbox": SandboxForm,
    "bluesky": BlueskyForm,
    "mastodon": MastodonForm,
}


@team_page()
def channel_list(request: TeamRequest) -> HttpResponse:
    return _page(request)


@team_page(Role.ADMIN)
@sensitive_post_parameters("app_password")
def connect(request: TeamRequest, platform: str) -> HttpResponse:
    if platform not in _FORMS:
        raise Http404("That platform cannot be connected.")
    return _sign_in(request, platform, None)


@team_page(Role.ADMIN)
@sensitive_post_parameters("app_password")
def reconnect(request: TeamRequest, pk: int) -> HttpResponse:
    """The same account, signed in to anew; another account is refused by name."""
    channel = get_object_or_404(Channel, pk=pk, team=request.team)
    return _sign_in(request, channel.platform, channel)


@team_page(Role.ADMIN)
def disconnect(request: TeamRequest, pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel.objects.select_related("connected_by"), pk=pk, team=request.team)
    if request.method != "POST":
        return render(
            request, "accounts/channel_disconnect.html", {"channel": channel, "nav_current": "channels"}
        )
    return _act(request, lambda: channels.disconnect(member=request.member, channel_id=channel.pk), _gone)


@team_page(Role.ADMIN)
def check(request: TeamRequest, pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel, pk=pk, team=request.team)
    if request.method != "POST":
        return redirect("channels", request.team.slug)
    return _act(request, lambda: channels.check(member=request.member, channel=channel), _checked)


def _sign_in(request: TeamRequest, platform: str, channel: Channel | None) -> HttpResponse:
    form = _FORMS[platform](request.POST or None, initial=_known(channel))
    if form.is_valid():
        try:
            return _connect(request, platform, channel, form.cleaned_data)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except ConnectError as error:
            refuse(form, error, field=_beside(platform))
        except AccountsError as error:
            refuse(form, error)
    context = {
        "platform": registry.get(platform),
        "words": WORDS[platform],
        "channel": channel,
        "form": form,
        "nav_current": "channels",
    }
    return render(request, "accounts/channel_connect.html", context, status=422 if form.errors else 200)


def _connect(
    request: TeamRequest, platform: str, channel: Channel | None, given: dict[str, Any]
) -> HttpResponse:
    if platform == "mastodon":
        return mastodon.start(request, given["server"], channel)
    service = channels.connect_sandbox if platform == "sandbox" else channels.connect_bluesky
    made = service(member=request.member, channel=channel, **given)
    messages.success(request, f"{made} is connected.")
    return redirect("channels", request.team.slug)


def _known(channel: Channel | None) -> dict[str, str]:
    """What a form to reconnect starts with."""
    if channel is None:
        return {}
    return {"name": channel.name, "handle": channel.handle.lstrip("@"), "server": channel.instance}


def _beside(platform: str) -> str:
    """The field that a refusal is about: servers were checked before, so it is the sign-in."""
    return {"sandbox": "name", "bluesky": "app_password", "mastodon": "server"}[platform]


def _act(
    request: TeamRequest, service: Callable[[], Channel], words: Callable[[TeamRequest, Channel], None]
) -> HttpResponse:
    """One service call of a button in the list; a refusal is shown above the list."""
    try:
        words(request, service())
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except AccountsError as error:
        messages.error(request, error.message)
        return _page(request, status=error.status)
    except PublishError as error:
        messages.warning(request, f"It could not be checked now: {error.message}")
    return redirect("channels", request.team.slug)


def _gone(request: TeamRequest, channel: Channel) -> None:
    messages.success(request, f"{channel} is disconnected. Its credentials were deleted here.")


def _checked(request: TeamRequest, channel: Channel) -> None:
    if channel.health == Channel.Health.CONNECTED:
        messages.success(request, f"{channel} answers: the sign-in is good.")
    else:
        messages.warning(request, f"{channel}: {channel.health_reason}")


def _page(request: TeamRequest, *, status: int = 200) -> HttpResponse:
    every = list(request.team.channels.select_related("connected_by").order_by("platform", "handle"))
    offers = [{"platform": registry.get(slug), "words": words} for slug, words in WORDS.items()]
    context = {
        "channels": [c for c in every if c.is_usable],
        "former": [c for c in every if not c.is_usable],
        "offers": offers,
        "nav_current": "channels",
    }
    return render(request, "accounts/channels.html", context, status=status)
