"""What a sandbox account has published, as its readers would see it, and failures to rehearse on it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Channel, Role
from gate.errors import GateError, Incomplete
from platforms import sandbox
from platforms.base import PublishError
from platforms.rehearsal import Fault, Kind
from platforms.sandbox import StoredPost
from scheduler import rehearsals
from scheduler.models import Delivery
from scheduler.views.answers import say, status_of

PAGE: Final = 20
MOST_SKIPPED: Final = 1_000_000

TYPES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)
"""How the formats that the sandbox takes begin."""


class RehearsalForm(forms.Form):
    """One failure to rehearse."""

    kind = forms.ChoiceField(
        label="What should go wrong",
        choices=[(kind.value, words) for kind, (words, _) in rehearsals.WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what should go wrong.", "invalid_choice": "Choose one of these."},
    )
    retry_after = forms.IntegerField(
        label="Come back after, in seconds",
        min_value=1,
        max_value=rehearsals.LONGEST_WAIT,
        initial=60,
        required=False,
        help_text="For “Too many requests” only.",
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A published post, and the delivery that it came from; None for one that this installation did not send."""

    post: StoredPost
    delivery: Delivery | None


@team_page()
@require_GET
def published(request: TeamRequest, pk: int) -> HttpResponse:
    """What the account's readers see, newest first."""
    return _page(request, _channel(request, pk), RehearsalForm())


@team_page()
@require_GET
def media(request: TeamRequest, pk: int, sha256: str) -> HttpResponseBase:
    """The bytes of a published image of this account, and of no other."""
    channel = _channel(request, pk)
    try:
        path = sandbox.media_file(rehearsals.folder(channel), channel.account_id, sha256)
    except PublishError as error:
        raise Http404(error.message) from None
    file = path.open("rb")
    kind = _type_of(file.read(16))
    file.seek(0)
    response = FileResponse(file, content_type=kind or "application/octet-stream", as_attachment=kind is None)
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@team_page(Role.ADMIN)
@require_POST
def rehearse(request: TeamRequest, pk: int) -> HttpResponse:
    """Asks for one failure, withdraws the sign-in, or gives it back."""
    channel, form = _channel(request, pk), RehearsalForm(request.POST)
    action = request.POST.get("action", "ask")
    if action == "ask" and not form.is_valid():
        return _page(request, channel, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        words = _do(request, channel, action, form)
    except GateError as error:
        say(request, error)
        return _page(request, channel, RehearsalForm(), status_of(error))
    messages.success(request, words)
    return redirect("sandbox", request.team.slug, channel.pk)


def _do(request: TeamRequest, channel: Channel, action: str, form: RehearsalForm) -> str:
    """Says what was done. Raises GateError."""
    if action == "revoke":
        rehearsals.revoke(channel=channel, member=request.member)
        return (
            "The sign-in is withdrawn. The next post to this channel is held until the channel works again."
        )
    if action == "restore":
        rehearsals.restore(channel=channel, member=request.member)
        return (
            "The sign-in is good again. If the channel still needs attention, check it on the channels' page."
        )
    if action != "ask":
        raise Incomplete("Choose a failure, or withdraw the sign-in or give it back. Nothing was changed.")
    kind = Kind(form.cleaned_data["kind"])
    rehearsals.ask(
        channel=channel, member=request.member, kind=kind, retry_after=form.cleaned_data["retry_after"] or 60
    )
    return f"Asked for, once: {rehearsals.WORDS[kind][0].lower()}. It is in the publish log as a rehearsal."


def _page(request: TeamRequest, channel: Channel, form: RehearsalForm, status: int = 200) -> HttpResponse:
    skip = min(number(request.GET.get("skip", "")) or 0, MOST_SKIPPED)
    try:
        found = sandbox.posts(rehearsals.folder(channel), channel.account_id, limit=PAGE + 1, skip=skip)
    except PublishError as error:
        return render(
            request,
            "sandbox/gone.html",
            {"channel": channel, "error": error.message, "nav_current": "channels"},
        )
    here = reverse("sandbox", args=[request.team.slug, channel.pk])
    newer = max(0, skip - PAGE)
    context = {
        "channel": channel,
        "posts": _with_deliveries(channel, found[:PAGE]),
        "older_url": f"{here}?skip={skip + PAGE}" if len(found) > PAGE else None,
        "newer_url": (f"{here}?skip={newer}" if newer else here) if skip else None,
        "form": form,
        "choices": [(kind, *words) for kind, words in rehearsals.WORDS.items()],
        "waiting": [_words(fault) for fault in rehearsals.waiting(channel)],
        "revoked": rehearsals.is_revoked(channel),
        "nav_current": "channels",
    }
    return render(request, "sandbox/sandbox.html", context, status=status)


def _with_deliveries(channel: Channel, posts: list[StoredPost]) -> list[Shown]:
    """One query: the sandbox names each file by the key of the delivery that it came from."""
    rows = Delivery.objects.filter(channel=channel, key__in=[post.key for post in posts])
    by_key = {row.key: row for row in rows.select_related("post")}
    return [Shown(post, by_key.get(post.key)) for post in posts]


def _words(fault: Fault) -> dict[str, Any]:
    return {"words": rehearsals.WORDS[fault.kind][0], "seconds": fault.retry_after}


def _channel(request: TeamRequest, pk: int) -> Channel:
    """A sandbox channel of the team, connected or not: what it published stays readable."""
    return get_object_or_404(Channel, pk=pk, team=request.team, platform="sandbox")


def _type_of(start: bytes) -> str | None:
    """The image's type by how its bytes begin; None for anything else, which is never shown in a page."""
    return next((kind for begin, kind in TYPES if start.startswith(begin)), None)
