"""The team's page: who is in it, who is invited, how it plans."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts import invitations, sealing, services
from accounts.access import TeamRequest, team_page
from accounts.errors import AccountsError, Closed, NotAllowed
from accounts.forms import InviteForm, RolesForm, TeamForm, refuse
from accounts.models import Invitation, Membership, Role, Team
from accounts.paging import newest_first

_LINK = "invitation_link"
"""Session key of a link that has not been shown yet, sealed: the link is a key to the team."""


@team_page()
def team(request: TeamRequest) -> HttpResponse:
    return _page(request)


@team_page(Role.ADMIN)
def invite(request: TeamRequest) -> HttpResponse:
    """Invites somebody; the team's page then shows the link, once."""
    if request.method != "POST":
        return redirect("team", request.team.slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            made, link = invitations.invite(by=request.member, **form.cleaned_data)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except AccountsError as error:
            refuse(form, error)
        else:
            request.session[_LINK] = sealing.seal({"link": link, "email": made.email}).decode()
            return redirect("team", request.team.slug)
    return _page(request, status=422, invite_form=form)


@team_page(Role.ADMIN)
def revoke(request: TeamRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("team", request.team.slug)
    invitation = get_object_or_404(Invitation, pk=pk, team=request.team)
    try:
        invitations.revoke_invitation(by=request.member, invitation_id=invitation.pk)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Closed as error:
        messages.error(request, error.message)
        return _page(request, status=error.status)
    messages.success(
        request, f"The invitation of {invitation.email} was withdrawn: its link no longer works."
    )
    return redirect("team", request.team.slug)


@team_page(Role.ADMIN)
def settings_(request: TeamRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("team", request.team.slug)
    form = TeamForm(request.POST)
    if form.is_valid():
        try:
            services.update_team(member=request.member, **form.cleaned_data)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except AccountsError as error:
            refuse(form, error)
        else:
            messages.success(request, "The team's settings were saved.")
            return redirect("team", request.team.slug)
    return _page(request, status=422, team_form=form)


@team_page(Role.ADMIN)
def member(request: TeamRequest, pk: int) -> HttpResponse:
    """The roles of one member."""
    about = get_object_or_404(Membership.objects.select_related("user"), pk=pk, team=request.team)
    form = RolesForm(request.POST) if request.method == "POST" else RolesForm.of(about)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_roles(by=request.member, member_id=about.pk, **form.cleaned_data)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except Closed as error:
            messages.error(request, error.message)
            return redirect("team", request.team.slug)
        except AccountsError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{about.user} is now {changed.role_names.lower()}.")
            return redirect("team", request.team.slug)
    return render(
        request,
        "accounts/member.html",
        {"about": about, "form": form, "nav_current": "team"},
        status=422 if form.errors else 200,
    )


@team_page()
def member_end(request: TeamRequest, pk: int) -> HttpResponse:
    """Leaving the team, or being taken out of it by an admin."""
    about = get_object_or_404(Membership.objects.select_related("user"), pk=pk, team=request.team)
    leaves = about.pk == request.member.pk
    if not leaves and not request.member.is_admin:
        raise PermissionDenied(f"Only an admin of {request.team} can take somebody out of it.")
    problem, status = "", 200
    if request.method == "POST":
        try:
            services.end_membership(by=request.member, member_id=about.pk)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except AccountsError as error:
            problem, status = error.message, error.status
        else:
            who = "You are" if leaves else f"{about.user} is"
            messages.success(
                request, f"{who} no longer in {request.team}. What was done stays in its history."
            )
            return redirect("/") if leaves else redirect("team", request.team.slug)
    context = {"about": about, "leaves": leaves, "problem": problem, "nav_current": "team"}
    return render(request, "accounts/member_end.html", context, status=status)


def _page(request: TeamRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    of, now = request.team, timezone.now()
    context = {
        "members": of.members.filter(ended_at__isnull=True)
        .select_related("user")
        .order_by("user__name", "pk"),
        "former": newest_first(
            of.members.filter(ended_at__isnull=False).select_related("user"), request, size=20, prefix="left_"
        ),
        "nav_current": "team",
        "invitation_days": settings.INVITATION_DAYS,
    }
    if request.member.is_admin:
        context |= _for_admins(request, of, Q(accepted_at=None, revoked_at=None, expires_at__gt=now))
    return render(request, "accounts/team.html", {**context, **forms}, status=status)


def _for_admins(request: TeamRequest, of: Team, is_open: Q) -> dict[str, Any]:
    every = of.invitations.select_related("invited_by", "accepted_by")
    return {
        "invitations": every.filter(is_open).order_by("-pk"),
        "past": newest_first(every.exclude(is_open), request, size=20, prefix="invited_"),
        "invite_form": InviteForm(initial={"roles": [Role.AUTHOR.value]}),
        "team_form": TeamForm.of(of),
        "shown_once": _take_link(request),
    }


def _take_link(request: TeamRequest) -> dict[str, str] | None:
    sealed = request.session.pop(_LINK, "")
    try:
        return sealing.unseal(sealed.encode()) if sealed else None
    except sealing.SealBroken:
        return None
