"""What the scheduler's views have in common: fetching a team's post, and saying what went wrong."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import TeamRequest
from gate.errors import GateError, NotAcknowledged, NotAllowed, WrongState
from scheduler.imaging import ImageRefused
from scheduler.models import Post
from scheduler.when import WhenError

Refusal = GateError | WhenError | ImageRefused
REFUSALS = (GateError, WhenError, ImageRefused)


def team_post(request: TeamRequest, pk: int) -> Post:
    """One of the team's posts with everything its pages need; another team's is not there (404)."""
    rows = Post.objects.select_related("team", "author", "submission").prefetch_related(
        "variants__channel", "images", "editors__user"
    )
    return get_object_or_404(rows, pk=pk, team=request.team)


def status_of(error: Refusal) -> int:
    """The HTTP status that fits a refusal."""
    if isinstance(error, WrongState):
        return HTTPStatus.CONFLICT
    return HTTPStatus.FORBIDDEN if isinstance(error, NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY


def policy_url(request: TeamRequest, error: Refusal) -> str:
    """Where to go and read, where that is what is missing."""
    return reverse("policy", args=[request.team.slug]) if isinstance(error, NotAcknowledged) else ""


def back_to(request: TeamRequest, post: Post) -> HttpResponse:
    """To the page that the form came from, where it says so, else to the post."""
    to = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return redirect(to)
    return redirect("post", request.team.slug, post.pk)


def toast(error: Refusal) -> HttpResponse:
    """Nothing to swap in, and words in the corner: for what is done by dragging."""
    words = {"toast": {"text": error.message, "kind": "blocked"}}
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Trigger": json.dumps(words)})


def say(request: TeamRequest, error: Refusal) -> None:
    messages.error(request, error.message)
