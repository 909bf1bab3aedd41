"""Where an invitation's link leads."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import invitations
from accounts.access import LAST_TEAM
from accounts.errors import AccountsError, Closed
from accounts.forms import AcceptForm, refuse
from accounts.models import Invitation, Membership, User


@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows who invites to what; a POST accepts, as the signed-in person or as somebody new."""
    found = invitations.find(token)
    if found is None:
        return _closed(request, "There is no such invitation. Check that the link is complete.", 404)
    if not found.is_open:
        return _closed(request, invitations.why_closed(found), 410)
    if request.user.is_authenticated:
        return _as_member(request, found, token, request.user)
    return _as_new(request, found, token)


def _as_member(request: HttpRequest, found: Invitation, token: str, user: User) -> HttpResponse:
    if found.team.members.filter(user=user, ended_at__isnull=True).exists():
        words = f"You are a member of {found.team} as {user}. The invitation was not used."
        return _closed(request, words, 200, title="You are in already")
    if request.method == "POST":
        try:
            member = invitations.accept_as(token=token, user=user)
        except AccountsError as error:
            return _closed(request, error.message, error.status)
        return _welcome(request, member)
    return render(request, "accounts/invitation.html", {"invitation": found})


def _as_new(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    known = User.objects.filter(email__iexact=found.email).exists()
    form = AcceptForm(request.POST if request.method == "POST" and not known else None, email=found.email)
    if form.is_valid():
        try:
            member = invitations.accept_as_new(token=token, **form.cleaned_data)
        except Closed as error:
            return _closed(request, error.message, error.status)
        except AccountsError as error:
            refuse(form, error)
        else:
            perform_login(request, member.user, email_verification="none")
            return _welcome(request, member)
    context = {"invitation": found, "form": form, "known": known}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _welcome(request: HttpRequest, member: Membership) -> HttpResponse:
    request.session[LAST_TEAM] = member.team.slug
    messages.success(request, f"Welcome to {member.team}. Your roles: {member.role_names.lower()}.")
    return redirect("home")


def _closed(
    request: HttpRequest, words: str, status: int, title: str = "This link leads nowhere now"
) -> HttpResponse:
    return render(request, "accounts/invitation_closed.html", {"title": title, "words": words}, status=status)
