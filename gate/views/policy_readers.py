"""Who has acknowledged which version of the code of conduct: a page, a file, and a reminder."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import TeamRequest, team_page
from gate import acknowledged, policy
from gate.errors import GateError
from gate.models import ConductVersion
from gate.views.policy import standing_of, versions_of


@team_page(*acknowledged.LOOK_AFTER_IT)
def readers(request: TeamRequest, number: int) -> HttpResponse:
    """Everybody, those who have not acknowledged first."""
    shown = _version(request, number)
    in_force = policy.current(request.team)
    coming = policy.coming(in_force)
    standing = standing_of(shown, in_force, coming)
    last = acknowledged.reminded_at(shown)
    context = {
        "shown": shown,
        "standing": standing,
        "versions": versions_of(in_force, coming),
        "readers": acknowledged.of(shown),
        "open": standing in ("in force", "to come"),
        "reminded_at": last,
        "waits": bool(last and timezone.now() - last < acknowledged.REMIND_AGAIN),
        "nav_current": "policy",
    }
    return render(request, "gate/policy_readers.html", context)


@team_page(*acknowledged.LOOK_AFTER_IT)
def readers_csv(request: TeamRequest, number: int) -> HttpResponseBase:
    """The same as a file."""
    shown = _version(request, number)
    name = f"{request.team.slug}-conduct-{shown.number}-acknowledged.csv"
    lines = acknowledged.as_csv(acknowledged.of(shown))
    return HttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@team_page(*acknowledged.LOOK_AFTER_IT)
def remind(request: TeamRequest, number: int) -> HttpResponse:
    """Tells those who have not acknowledged it."""
    if request.method == "POST":
        try:
            told = acknowledged.remind(member=request.member, number=number)
        except GateError as error:
            messages.warning(request, error.message)
        else:
            messages.success(request, f"Reminded: {told} {'person' if told == 1 else 'people'}.")
    return redirect("policy-readers", request.team.slug, number)


def _version(request: TeamRequest, number: int) -> ConductVersion:
    return get_object_or_404(ConductVersion.objects.select_related("team"), team=request.team, number=number)
