"""The code of conduct: to read, to acknowledge and, for admins, to change; and what the checks look for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import clean
from accounts.access import TeamRequest, team_page
from accounts.models import Membership, Role, Team
from gate import policy, rendering
from gate.checks import registry
from gate.checks.base import Check
from gate.errors import GateError, NotAllowed, WrongState
from gate.forms import CheckSettingsForm, ConductForm
from gate.models import ConductVersion

VERSIONS = 50
"""How many versions the page lists; the log has them all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause with the checks that guard it, or the text between clauses."""

    block: rendering.Block
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Reader:
    """A member, and when this member acknowledged the version."""

    member: Membership
    at: datetime | None


@team_page()
def policy_page(request: TeamRequest) -> HttpResponse:
    """The version in force."""
    return _show(request, policy.current(request.team))


@team_page()
def version(request: TeamRequest, number: int) -> HttpResponse:
    """One version, older ones too, with what it changed."""
    return _show(request, get_object_or_404(ConductVersion, team=request.team, number=number))


@team_page()
def acknowledge(request: TeamRequest) -> HttpResponse:
    """This member agrees to the version that was read, and goes back to where they came from."""
    if request.method != "POST":
        return redirect("policy", request.team.slug)
    read = clean.number(request.POST.get("number", ""))
    try:
        policy.acknowledge(team=request.team, user=request.user, number=-1 if read is None else read)
    except WrongState as error:
        return _show(request, policy.current(request.team), problem=error.message, status=409)
    messages.success(request, "Thank you. Your acknowledgement is recorded.")
    to = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(to) if safe else redirect("policy", request.team.slug)


@team_page(Role.ADMIN)
def edit(request: TeamRequest) -> HttpResponse:
    """Write, look at the preview and the difference, publish."""
    in_force = policy.current(request.team)
    if request.method != "POST":
        return _editor(request, in_force, ConductForm.of(in_force))
    form = ConductForm(request.POST)
    if not form.is_valid():
        return _editor(request, in_force, form, status=422)
    said = form.cleaned_data
    if "publish" not in request.POST:
        return _editor(request, in_force, form, preview=True)
    number = clean.number(request.POST.get("number", ""))
    try:
        made = policy.publish(member=request.member, written_from=-1 if number is None else number, **said)
    except WrongState as error:
        form.add_error(None, error.message)
        return _editor(request, policy.current(request.team), form, preview=True, status=409)
    except GateError as error:
        form.add_error(None, error.message)
        return _editor(request, in_force, form, status=403 if isinstance(error, NotAllowed) else 422)
    messages.success(
        request, f"Version {made.number} is in force. Everybody is asked to read and acknowledge it."
    )
    return redirect("policy", request.team.slug)


@team_page(Role.ADMIN)
def check_settings(request: TeamRequest) -> HttpResponse:
    """What the checks look for: countries, public contacts, the word list, and what an unknown result counts as."""
    form = (
        CheckSettingsForm(request.POST)
        if request.method == "POST"
        else CheckSettingsForm.of(policy.current(request.team))
    )
    if request.method == "POST" and form.is_valid():
        try:
            policy.change_settings(member=request.member, settings=form.settings)
        except GateError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, "Saved. The checks work by this from the next post on.")
            return redirect("check-settings", request.team.slug)
    context = {"form": form, "checks": registry.all_checks(), "nav_current": "policy"}
    return render(request, "gate/check_settings.html", context, status=422 if form.errors else 200)


def _show(
    request: TeamRequest, shown: ConductVersion, *, problem: str = "", status: int = 200
) -> HttpResponse:
    versions = list(
        ConductVersion.objects.filter(team=request.team)
        .select_related("published_by")
        .defer("text")
        .order_by("-number")[:VERSIONS]
    )
    mine = policy.acknowledgements(shown).filter(user=request.user).order_by("pk").last()
    context = {
        "shown": shown,
        "in_force": versions[0].number == shown.number,
        "newest": versions[0].number,
        "pieces": pieces(shown.text),
        "versions": versions,
        "before": ConductVersion.objects.filter(team=request.team, number=shown.number - 1).first(),
        "mine": mine,
        "problem": problem,
        "next": request.POST.get("next", request.GET.get("next", "")),
        "readers": _readers(request.team, shown) if _may_see_readers(request.member) else None,
        "nav_current": "policy",
    }
    return render(request, "gate/policy.html", context, status=status)


def pieces(text: str) -> list[Piece]:
    """The text in its order, each clause with the checks that cite it."""
    guards: dict[str, list[Check]] = {}
    for check in registry.all_checks():
        guards.setdefault(check.clause, []).append(check)
    return [Piece(block, guards.get(block.id, [])) for block in rendering.blocks(text)]


def _may_see_readers(member: Membership) -> bool:
    return member.is_admin or member.is_auditor or member.is_reviewer


def _readers(team: Team, shown: ConductVersion) -> dict[str, Any]:
    """Every member, those who have not acknowledged first."""
    said = dict(policy.acknowledgements(shown).order_by("at").values_list("user_id", "at"))
    members = team.members.filter(ended_at__isnull=True).select_related("user").order_by("user__name", "pk")
    rows = [Reader(member, said.get(member.user_id)) for member in members]
    rows.sort(key=lambda reader: reader.at is not None)
    return {"rows": rows, "done": sum(r.at is not None for r in rows), "all": len(rows)}


def _editor(
    request: TeamRequest,
    in_force: ConductVersion,
    form: ConductForm,
    *,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form, which from now on starts from the version in force; with `preview` the page that it would make."""
    text = form["text"].value() or ""
    context = {
        "form": form,
        "in_force": in_force,
        "preview": pieces(text) if preview else None,
        "text": text,
        "nav_current": "policy",
    }
    return render(request, "gate/policy_edit.html", context, status=status)
