"""Stopping and resuming a team's sending."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import TeamRequest, team_page
from accounts.models import Role
from gate.errors import GateError
from gate.models import Submission
from scheduler import pauses
from scheduler.models import Delivery
from scheduler.views.answers import say, status_of


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
    try:
        pauses.resume(by=request.user, member=request.member)
    except GateError as error:
        say(request, error)
        return redirect("pause", request.team.slug)
    messages.success(request, "Sending goes on. What is due goes out if it is still inside its time window.")
    return redirect("calendar", request.team.slug)


def _page(request: TeamRequest, context: dict[str, str], status: int = 200) -> HttpResponse:
    waiting = Delivery.objects.filter(
        team=request.team, state=Delivery.State.WAITING, submission__state=Submission.State.APPROVED
    ).order_by("due_at")
    soon = list(waiting.select_related("post", "channel")[:5])
    mine = request.team.pauses.filter(ended_at__isnull=True).select_related("by").first()
    return render(request, "scheduler/pause.html", {**context, "soon": soon, "mine": mine}, status=status)
