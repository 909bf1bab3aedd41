"""The code of conduct: to read, with what its checks look for, and to acknowledge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import clean
from accounts.access import TeamRequest, team_page
from accounts.models import Membership
from gate import acknowledged, policy, rendering, setting_words, text_changes
from gate.errors import WrongState
from gate.models import ConductVersion

VERSIONS = 50
"""How many versions the page lists; the log has them all."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A clause with the checks that guard it, or the text between clauses."""

    block: rendering.Block
    guards: list[setting_words.Guard]


@dataclass(frozen=True, slots=True)
class Row:
    """A version in the list. `standing`: "in force", "to come", "overtaken" by a newer one before its time, or ""."""

    version: ConductVersion
    standing: str


@team_page()
def policy_page(request: TeamRequest) -> HttpResponse:
    """The version in force."""
    return _show(request, policy.current(request.team))


@team_page()
def version(request: TeamRequest, number: int) -> HttpResponse:
    """One version, older ones and those to come too, with what it changed."""
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
    return redirect(back_to(request) or policy.address(request.team))


def back_to(request: HttpRequest) -> str:
    """Where the person wanted to go, "" where nothing was said or it is none of our addresses."""
    to = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return to if safe else ""


def _show(
    request: TeamRequest, shown: ConductVersion, *, problem: str = "", status: int = 200
) -> HttpResponse:
    team = request.team
    in_force = policy.current(team)
    coming = policy.coming(in_force)
    before = ConductVersion.objects.filter(team=team, number=shown.number - 1).first()
    context = {
        "shown": shown,
        "in_force": in_force,
        "standing": standing_of(shown, in_force, coming),
        "coming": [each for each in coming if each != shown],
        "pieces": pieces(shown.text, shown.settings),
        "rest": unplaced(shown.text, shown.settings),
        "review": setting_words.review(shown.settings),
        "versions": versions_of(in_force, coming),
        "before": before,
        "changed": text_changes.between(before.text, shown.text) if before else [],
        "settings_changed": setting_words.differences(before.settings, shown.settings) if before else [],
        "mine": policy.acknowledgements(shown).filter(user=request.user).order_by("pk").last(),
        "problem": problem,
        "next": back_to(request),
        "readers": acknowledged.of(shown) if _looks_after_it(request.member) else None,
        "nav_current": "policy",
    }
    return render(request, "gate/policy.html", context, status=status)


def _looks_after_it(member: Membership) -> bool:
    return any(member.holds(role) for role in acknowledged.LOOK_AFTER_IT)


def standing_of(shown: ConductVersion, in_force: ConductVersion, coming: list[ConductVersion]) -> str:
    """As in Row."""
    return _standing(shown, in_force, coming, policy.overtaken(shown.team_id))


def _standing(
    version: ConductVersion,
    in_force: ConductVersion,
    coming: list[ConductVersion],
    overtaken: Collection[int],
) -> str:
    if version.number == in_force.number:
        return "in force"
    if version in coming:
        return "to come"
    return "overtaken" if version.number > in_force.number or version.number in overtaken else ""


def versions_of(in_force: ConductVersion, coming: list[ConductVersion]) -> list[Row]:
    """The newest versions and how each stands, newest first."""
    versions = ConductVersion.objects.filter(team_id=in_force.team_id).select_related("published_by")
    newest = versions.defer("text", "settings").order_by("-number")[:VERSIONS]
    overtaken = policy.overtaken(in_force.team_id)
    return [Row(each, _standing(each, in_force, coming, overtaken)) for each in newest]


def pieces(text: str, settings: policy.Settings) -> list[Piece]:
    """The text in its order, each clause with the checks that cite it and what was set for them."""
    guards = setting_words.guards(settings)
    return [Piece(block, guards.get(block.id, [])) for block in rendering.blocks(text)]


def unplaced(text: str, settings: policy.Settings) -> list[setting_words.Guard]:
    """The checks of clauses that this text does not have, as one from before an update may not: they run as well."""
    there = {number for number, _ in rendering.titles(text)}
    found = setting_words.guards(settings)
    return [g for clause, each in found.items() if clause not in there for g in each if not g.elsewhere]
