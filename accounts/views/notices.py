"""What a person was told in this team."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.access import TeamRequest, team_page
from accounts.models import Notice
from accounts.paging import newest_first


@team_page()
def notices(request: TeamRequest) -> HttpResponse:
    mine = Notice.objects.filter(team=request.team, user=request.user)
    context = {
        "page": newest_first(mine, request),
        "unread": mine.filter(read_at__isnull=True).exists(),
        "nav_current": "notices",
    }
    return render(request, "accounts/notices.html", context)


@team_page()
def notice(request: TeamRequest, pk: int) -> HttpResponse:
    """Marks one as read and goes where it points. A GET, as mail programs do it: nothing else changes."""
    found = get_object_or_404(Notice, pk=pk, team=request.team, user=request.user)
    Notice.objects.filter(pk=found.pk, read_at__isnull=True).update(read_at=timezone.now())
    if found.url and url_has_allowed_host_and_scheme(found.url, allowed_hosts=None):
        return redirect(found.url)
    return redirect("notices", request.team.slug)


@team_page()
def read_all(request: TeamRequest) -> HttpResponse:
    if request.method == "POST":
        Notice.objects.filter(team=request.team, user=request.user, read_at__isnull=True).update(
            read_at=timezone.now()
        )
    return redirect("notices", request.team.slug)
