"""Stopping a team's sending, and resuming: what is due is shown, and decided on as it was shown."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import TeamRequest, team_page
from accounts.models import Role
from gate.errors import GateError
from gate.models import Submission
from scheduler import pauses, resuming
from scheduler.models import Delivery, Pause
from scheduler.resuming import Then
from scheduler.views.answers import say, status_of

SHOWN: Final = 200
"""Posts of each list; what is decided on is all of them, and the page says how many more there are."""


@team_page(Role.ADMIN, Role.REVIEWER)
@require_http_methods(["GET", "POST"])
def pause(request: TeamRequest) -> HttpResponse:
    """Stops everything of this team, with a reason that everybody sees."""
    context = {"reason": request.POST.get("reason", ""), "nav_current": "calendar"}
    if request.method == "POST":
        try:
            pauses.pause(by=request.user, reason=context["reason"], member=request.member)
        except GateError as error:
            return _page(request, {**context, "error": error.message}, status_of(error))
        messages.success(
            request, "Sending is paused. What is on its way at this moment finishes and is recorded."
        )
        return redirect("calendar", request.team.slug)
    return _page(request, context)


@team_page(Role.ADMIN, Role.REVIEWER)
@require_POST
def resume(request: TeamRequest) -> HttpResponse:
    """Ends the pause with what the person decided about the posts that the page listed."""
    chosen = request.POST.get("then", "")
    then = Then(chosen) if chosen in Then.values else None
    try:
        done = resuming.resume(
            by=request.user, member=request.member, then=then, seen=request.POST.get("seen")
        )
    except resuming.NotDecided as error:
        return _page(request, {"undecided": error.message, "nav_current": "calendar"}, status_of(error))
    except GateError as error:
        say(request, error)
        return redirect("pause", request.team.slug)
    messages.success(request, _went_on(then, done.missed))
    return redirect("calendar", request.team.slug)


def _went_on(then: Then | None, missed: int) -> str:
    if then is Then.MISS and missed:
        posts = "One post that was due was" if missed == 1 else f"{missed} posts that were due were"
        return f"Sending goes on. {posts} missed; the authors hear, and can choose other times."
    return "Sending goes on. What is due goes out, the longest overdue first."


def _page(request: TeamRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    waiting = Delivery.objects.filter(
        team=request.team, state=Delivery.State.WAITING, submission__state=Submission.State.APPROVED
    ).order_by("due_at")
    mine = request.team.pauses.filter(ended_at__isnull=True).select_related("by").first()
    everybody = Pause.objects.filter(team=None, ended_at__isnull=True).select_related("by").first()
    context |= {"mine": mine, "everybody": everybody}
    if mine:
        context |= _meanwhile(mine)
    else:
        context["soon"] = list(waiting.select_related("post", "channel")[:5])
    return render(request, "scheduler/pause.html", context, status=status)


def _meanwhile(pause: Pause) -> dict[str, Any]:
    """What ending it decides about, and what its windows have run out for."""
    now = timezone.now()
    found = resuming.meanwhile(pause, now)
    missed = resuming.missed_since(pause, now).select_related("post", "channel")[:SHOWN]
    posts = {row.post_id: row for row in missed}
    return {
        "due": found.due[:SHOWN],
        "due_count": len(found.due),
        "due_more": max(0, len(found.due) - SHOWN),
        "digest": found.digest,
        "missed": list(posts.values()),
        "missed_count": found.missed,
        "missed_more": max(0, found.missed - len(posts)),
    }
