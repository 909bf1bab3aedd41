"""The team's library of evidence: look, add, renew, retire; and the snapshots, which are never shown as live pages."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.files import File
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import TeamRequest, team_page
from accounts.paging import newest_first
from gate.errors import GateError
from gate.evidence import kinds, library, reading, retired, services, shown, snapshots
from gate.evidence.forms import AddForm, RenewForm, RetireForm, ids
from gate.models import Evidence
from gate.views.review import status_of

TABS = {"usable": "Usable", "soon": "Expiring soon", "expired": "Expired", "retired": "Retired"}
_CHOICE = re.compile(r"[a-z0-9_-]{1,80}")


@team_page()
def listed(request: TeamRequest) -> HttpResponse:
    """Any member may look."""
    tab = request.GET.get("tab", "usable")
    tab = tab if tab in TABS else "usable"
    words = " ".join(request.GET.get("q", "").split())[:100]
    rows = _of_tab(request, tab)
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(final_url__icontains=word) | Q(quote__icontains=word))
    context = {
        "tab": tab,
        "tabs": TABS.items(),
        "words": words,
        "page": newest_first(rows.select_related("added_by"), request),
        "today": library.today(request.team),
        **_may(request),
    }
    return render(request, "gate/evidence.html", context)


def _of_tab(request: TeamRequest, tab: str) -> QuerySet[Evidence]:
    rows, today = library.current(request.team), library.today(request.team)
    if tab == "retired":
        return Evidence.objects.filter(team=request.team, retired_at__isnull=False, renewed_by=None)
    if tab == "expired":
        return rows.filter(expires_on__lt=today)
    if tab == "soon":
        return rows.filter(expires_on__gte=today, expires_on__lte=today + library.SOON)
    return rows.filter(Q(expires_on=None) | Q(expires_on__gte=today))


@team_page()
def piece(request: TeamRequest, pk: int) -> HttpResponse:
    """One snapshot: what it says, what cites it, how it came and what was there before and after."""
    return _piece_page(request, _fetched(request, pk))


@team_page(*services.MAY_ADD)
def add(request: TeamRequest) -> HttpResponse:
    """The form and its answer. Asked for by htmx: a fragment, and with it a box to tick for the claim that `for` names
    (the name of the box)."""
    choice = request.POST.get("for", request.GET.get("for", ""))
    choice = choice if _CHOICE.fullmatch(choice) else ""
    if request.method != "POST":
        return _add_page(request, AddForm.of(request.team, choice), choice, 200)
    form = AddForm(request.POST, request.FILES, auto_id=ids(choice))
    if not form.is_valid():
        return _add_page(request, form, choice, 422)
    try:
        made = _added(request, form)
    except GateError as error:
        form.add_error(None, error.message)
        return _add_page(request, form, choice, status_of(error))
    look = shown.opened(made)
    if request.htmx:  # type: ignore[attr-defined]  # set by django-htmx
        context = {"evidence": made, "look": look, "choice": choice or "evidence", "chosen": True}
        return render(request, "gate/_evidence_choice.html", context)
    _say(request, "Added", look)
    return redirect("evidence-piece", request.team.slug, made.pk)


def _added(request: TeamRequest, form: AddForm) -> Evidence:
    said, file = form.cleaned_data, form.upload
    words = {name: said[name] for name in ("quote", "title", "expires_on")}
    if file is not None:
        return services.add_file(
            member=request.member, data=file.read(), filename=file.name or "file", **words
        )
    return services.add_url(member=request.member, url=said["url"], **words)


def _add_page(request: TeamRequest, form: AddForm, choice: str, status: int) -> HttpResponse:
    inside = bool(request.htmx)  # type: ignore[attr-defined]  # set by django-htmx
    template = "gate/_evidence_form.html" if inside else "gate/evidence_add.html"
    return render(request, template, {"form": form, "choice": choice, **_may(request)}, status=status)


@team_page(*services.MAY_ADD)
def renew(request: TeamRequest, pk: int) -> HttpResponse:
    row = _fetched(request, pk)
    if request.method != "POST":
        return _renew_page(request, row, RenewForm.of(row), 200)
    form = RenewForm(request.POST, request.FILES, piece=row)
    if not form.is_valid():
        return _renew_page(request, row, form, 422)
    try:
        made = services.renew(evidence_id=row.pk, member=request.member, **_renewing(form))
    except GateError as error:
        form.add_error(None, error.message)
        return _renew_page(request, row, form, status_of(error))
    _say(request, "Renewed", shown.opened(made))
    return redirect("evidence-piece", request.team.slug, made.pk)


def _renewing(form: RenewForm) -> dict[str, Any]:
    file: File[bytes] | None = form.upload
    words = {name: form.cleaned_data[name] for name in ("quote", "expires_on")}
    return {**words, "data": file.read() if file else None, "filename": (file.name or "") if file else ""}


def _renew_page(request: TeamRequest, row: Evidence, form: RenewForm, status: int) -> HttpResponse:
    context = {"piece": row, "form": form, **_may(request)}
    return render(request, "gate/evidence_renew.html", context, status=status)


@team_page(*services.MAY_ADD)
def retire(request: TeamRequest, pk: int) -> HttpResponse:
    row = _fetched(request, pk)
    if request.method != "POST":
        return redirect("evidence-piece", request.team.slug, pk)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _piece_page(request, row, form, 422)
    try:
        services.retire(evidence_id=row.pk, member=request.member, reason=form.cleaned_data["reason"])
    except GateError as error:
        form.add_error(None, error.message)
        return _piece_page(request, row, form, status_of(error))
    messages.success(
        request,
        "Retired: no claim can cite it from now on. Posts that did keep it as it was; the people of those that are "
        "not done yet were told.",
    )
    return redirect("evidence-piece", request.team.slug, pk)


@team_page()
def snapshot(request: TeamRequest, pk: int) -> HttpResponse:
    """The text of a snapshot on a page of ours, escaped, with the passage marked."""
    row = _fetched(request, pk)
    read = reading.read(_bytes(row), row.content_type)
    place = read.find(row.quote) if row.quote else None
    text, is_whole = shown.whole(read, place)
    missing = bool(row.quote) and place is None
    context = {"piece": row, "read": read, "text": text, "whole": is_whole, "missing": missing}
    return render(request, "gate/evidence_text.html", {**context, **_may(request)})


@team_page()
def file(request: TeamRequest, pk: int) -> HttpResponse:
    """The bytes, hashed again as they are read: pictures to look at, everything else as a file to keep, so that nothing
    of somebody else's runs under our address."""
    row = _fetched(request, pk)
    data = _bytes(row)
    is_image = row.content_type in kinds.IMAGES
    response = HttpResponse(data, content_type=row.content_type if is_image else "application/octet-stream")
    how = "inline" if is_image else "attachment"
    response["Content-Disposition"] = (
        f'{how}; filename="evidence-{row.pk}{_ENDINGS[kinds.base(row.content_type)]}"'
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


_ENDINGS = {
    kinds.PAGE: ".html",
    kinds.TEXT: ".txt",
    kinds.PDF: ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
}


def _fetched(request: TeamRequest, pk: int) -> Evidence:
    """One of the team's pieces; another team's is not there (404)."""
    rows = Evidence.objects.select_related("team", "added_by", "retired_by", "renews")
    return get_object_or_404(rows, pk=pk, team=request.team)


def _bytes(row: Evidence) -> bytes:
    try:
        return snapshots.read(row)
    except snapshots.BytesBroken as error:
        raise Http404(f"{error} Restore it from a backup, or renew the evidence.") from error


def _piece_page(
    request: TeamRequest, row: Evidence, form: RetireForm | None = None, status: int = 200
) -> HttpResponse:
    chain = library.chain(row)
    context = {
        "piece": row,
        "look": shown.opened(row),
        "chain": chain[::-1],
        "newest": chain[-1],
        "uses": library.uses(row),
        "expired": library.has_expired(row, library.today(request.team)),
        "reason": retired.reason(row),
        "retire_form": form or RetireForm(),
        "asking": form is not None,
        **_may(request),
    }
    return render(request, "gate/evidence_piece.html", context, status=status)


def _may(request: TeamRequest) -> dict[str, Any]:
    return {"may_add": any(request.member.holds(r) for r in services.MAY_ADD), "nav_current": "evidence"}


def _say(request: TeamRequest, done: str, look: shown.Shown) -> None:
    tell = {"cleared": messages.success, "": messages.info}.get(look.tone, messages.warning)
    tell(request, f"{done}. {look.words}")
