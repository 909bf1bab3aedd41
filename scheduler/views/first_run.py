"""The first page of a new installation, and the page that makes further teams."""

from __future__ import annotations

from typing import cast

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.access import LAST_TEAM
from accounts.errors import AccountsError, Closed
from accounts.forms import FirstRunForm, NewTeamForm, refuse
from accounts.models import User
from scheduler import teams


@never_cache
@sensitive_post_parameters("password")
def first_run(request: HttpRequest) -> HttpResponse:
    """Makes the first person and the first team; works while nobody has an account."""
    if not teams.is_new():
        return redirect("home")
    form = FirstRunForm(request.POST or None, initial={"zone": "UTC"})
    if form.is_valid():
        try:
            user, team = teams.set_up(**form.cleaned_data)
        except Closed as error:
            messages.error(request, error.message)
            return redirect("account_login")
        except AccountsError as error:
            refuse(form, error)
        else:
            perform_login(request, user, email_verification="none")
            request.session[LAST_TEAM] = team.slug
            messages.success(request, f"{team} is ready. Connect a channel, and invite who will countersign.")
            return redirect("channels", team.slug)
    return render(request, "first_run.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def new_team(request: HttpRequest) -> HttpResponse:
    """A further team, for those who run the installation."""
    user = cast(User, request.user)
    if not user.is_superuser:
        raise PermissionDenied("Only somebody who runs this installation can make a team.")
    form = NewTeamForm(request.POST or None, initial={"zone": "UTC"})
    if form.is_valid():
        try:
            team = teams.new_team(
                name=form.cleaned_data["team_name"], zone=form.cleaned_data["zone"], by=user
            )
        except AccountsError as error:
            refuse(form, error)
        else:
            messages.success(request, f"{team} is ready. You are its first admin.")
            return redirect("team", team.slug)
    return render(request, "new_team.html", {"form": form}, status=422 if form.errors else 200)
