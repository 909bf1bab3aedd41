"""The publish log: the list, one entry with its story and its proof, verifying, exports.

Every member may read it; auditors and admins verify and export.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Role
from accounts.templatetags.ui import look
from ledger import exports, queries, services
from ledger.errors import LedgerBroken
from ledger.models import Checkpoint, Entry
from scheduler import beats, dispatcher, log_queries, log_verify, log_words
from scheduler.log_queries import LogFilters
from scheduler.log_verify import Verdict

EXPORTS: Final[dict[str, tuple[str, str]]] = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "jsonl": ("jsonl", "application/jsonl; charset=utf-8"),
    "bundle": ("bundle.jsonl", "application/jsonl; charset=utf-8"),
}
"""Format: the end of the file's name, and its type."""

PROOF_VERSION: Final = 1


@team_page()
@require_GET
def entries(request: TeamRequest) -> HttpResponse:
    """The team's entries, newest first, by the filters of the address."""
    return _list_page(request)


@team_page(Role.AUDITOR, Role.ADMIN)
@require_POST
def verify(request: TeamRequest) -> HttpResponse:
    """The same page of the list, verified. Changes nothing; a POST because it is work to do."""
    return _list_page(request, verifying=True)


@team_page()
@require_GET
def entry(request: TeamRequest, index: int) -> HttpResponse:
    """One entry: the story that it is a part of, what was hashed, and its proof."""
    return _entry_page(request, _entry(request, index))


@team_page(Role.AUDITOR, Role.ADMIN)
@require_POST
def verify_entry(request: TeamRequest, index: int) -> HttpResponse:
    """The entry's page, with its whole story verified."""
    return _entry_page(request, _entry(request, index), verifying=True)


@team_page(Role.AUDITOR, Role.ADMIN)
@require_GET
def proof(request: TeamRequest, index: int) -> HttpResponse:
    """The exact leaf, its personal texts with their salts, its inclusion proof and the signed checkpoint: all that
    anybody needs to check this one entry (docs/verify.md has the formats)."""
    found = _entry(request, index)
    checkpoint = services.latest_checkpoint()
    if checkpoint is None or checkpoint.size <= found.index:
        messages.warning(request, "There is no proof yet: the next checkpoint will cover this entry.")
        return redirect("log-entry", request.team.slug, index)
    try:
        proved = services.proof(found, checkpoint)
    except LedgerBroken as error:
        messages.error(request, f"There is no proof: {error}.")
        return redirect("log-entry", request.team.slug, index)
    personal = {row.field: {"salt": row.salt, "text": row.text} for row in found.personal.all()}
    whole = {
        "type": "countersign-proof",
        "version": PROOF_VERSION,
        "leaf": found.leaf,
        "personal": personal,
        **proved,
    }
    response = JsonResponse(whole, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="entry-{found.index}-proof.json"'
    return response


@team_page(Role.AUDITOR, Role.ADMIN)
@require_GET
def export(request: TeamRequest, form: str) -> HttpResponseBase:
    """The log as a file, streamed: CSV and JSON Lines as filtered, or the whole of the team's as a bundle for the
    single-file verifier, which no filter may make incomplete."""
    if form not in EXPORTS:
        raise Http404("There is no such form of export.")
    try:
        lines = _lines(request, form)
    except (exports.EmptyLog, LedgerBroken, ImproperlyConfigured) as error:
        messages.error(request, f"Nothing was exported. {error}")
        return redirect("log", request.team.slug)
    ending, content_type = EXPORTS[form]
    today = timezone.now().astimezone(request.team.tz).date()
    name = f"{request.team.slug}-log-{today.isoformat()}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


def _lines(request: TeamRequest, form: str) -> Iterator[str]:
    if form == "bundle":
        return exports.bundle(request.team.pk)
    filters = LogFilters.from_query(request.GET)
    found = queries.stream(request.team.pk, **filters.of(request.team, log_queries.channels(request.team)))
    write: Callable[[Iterator[Entry]], Iterator[str]] = exports.as_csv if form == "csv" else exports.jsonl
    return write(found)


def _list_page(request: TeamRequest, *, verifying: bool = False) -> HttpResponse:
    filters, before = LogFilters.from_query(request.GET), number(request.GET.get("before", ""))
    channels = log_queries.channels(request.team)
    people = log_queries.people(request.team)
    page = log_queries.page(request.team, filters, before, channels)
    verdict = None
    if verifying:
        verdict = log_verify.verify(page.entries, team_id=request.team.pk, consecutive=not filters.is_set)
    here = reverse("log", args=[request.team.slug])
    context = {
        **_checkpoint(verdict),
        "rows": log_queries.rows(request.team, page.entries, channels, people),
        "filters": filters,
        "channels": channels,
        "people": people,
        "kinds": log_words.KINDS,
        "outcomes": [(outcome, look(outcome).label) for outcome in log_words.OUTCOMES],
        "older_url": f"{here}?{filters.query(before=page.older)}" if page.older is not None else None,
        "newest_url": f"{here}?{filters.query()}".rstrip("?") if before is not None else None,
        "query": filters.query(before=before),
        "kept": filters.query(),
        "verdict": verdict,
        **_may(request),
    }
    return render(request, "log/log.html", context)


def _entry(request: TeamRequest, index: int) -> Entry:
    try:
        return queries.entry(request.team.pk, index)
    except Entry.DoesNotExist:
        raise Http404("There is no such entry in your team's log.") from None


def _entry_page(request: TeamRequest, found: Entry, *, verifying: bool = False) -> HttpResponse:
    channels = log_queries.channels(request.team)
    row = log_queries.rows(request.team, [found], channels, log_queries.people(request.team))[0]
    story = log_queries.story(request.team, row)
    row = next(each for each in story.rows if each.entry.index == found.index)
    verdict = None
    if verifying:
        told = [each.entry for each in story.rows]
        verdict = log_verify.verify(told, team_id=request.team.pk, consecutive=False)
    older, newer = log_queries.neighbours(request.team, found.index)
    signed = _checkpoint(verdict)
    context = {
        **signed,
        **_proof(found, signed["checkpoint"]),
        "row": row,
        "story": story,
        "leaf": json.dumps(row.content, indent=2, ensure_ascii=False) if row.content else found.leaf,
        "verdict": verdict,
        "older": older,
        "newer": newer,
        **_may(request),
    }
    return render(request, "log/entry.html", context)


def _checkpoint(verdict: Verdict | None) -> dict[str, Any]:
    """The newest checkpoint, and what is wrong with its signature: checked each time that a page says so."""
    checkpoint = verdict.checkpoint if verdict else services.latest_checkpoint()
    return {
        "checkpoint": checkpoint,
        "checkpoint_problem": log_verify.signature(checkpoint) if checkpoint else "",
    }


def _proof(found: Entry, checkpoint: Checkpoint | None) -> dict[str, Any]:
    """The inclusion proof in the newest checkpoint; or that there is none yet, and in how many minutes it comes."""
    if checkpoint is None or checkpoint.size <= found.index:
        return {
            "every": ceil(dispatcher.CHECKPOINT_EVERY / timedelta(minutes=1)),
            "silent_since": _silent_since(),
        }
    try:
        return {"proof": services.proof(found, checkpoint)}
    except LedgerBroken as error:
        return {"proof_problem": str(error)}


def _silent_since() -> datetime | str | None:
    """When the dispatcher, which signs the checkpoints, was last seen; None where it is there."""
    now = timezone.now()
    part = beats.parts(now)["dispatcher"]
    if part.age is None:
        return "never"
    return None if part.lives else now - part.age


def _may(request: TeamRequest) -> dict[str, Any]:
    member = request.member
    return {"may_verify": member.is_auditor or member.is_admin, "nav_current": "log"}
