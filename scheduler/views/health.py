"""Whether this installation lives (/healthz) and works (/readyz), for supervisors and load balancers.

Both are open to anybody who reaches the server, and tell nothing about teams, people or settings.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ledger import queries as ledger
from scheduler import beats
from scheduler.beats import LOADED, Part

UNSIGNED: Final = timedelta(minutes=5)
"""How old an entry may be that no checkpoint covers: one is signed every minute in which the log grew."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The web server answers. Touches no database, so that a slow one does not get the server restarted."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether posts are checked, sent and recorded: 503 where the database does not answer, no dispatcher or no
    cluster of a kind shows that it works, a gate has no model, or entries of the log wait for a checkpoint."""
    try:
        report = _report(timezone.now())
    except DatabaseError:
        report = {"ready": False, "database": "does not answer"}
    return JsonResponse(report, status=HTTPStatus.OK if report["ready"] else HTTPStatus.SERVICE_UNAVAILABLE)


def _report(now: datetime) -> dict[str, Any]:
    parts = beats.parts(now)
    told = {
        "parts": {name: _part(part) for name, part in parts.items()},
        "model": _model(parts["gate"]),
        "checkpoint": _checkpoint(now),
    }
    ready = told["model"]["ok"] and told["checkpoint"]["ok"] and all(p["ok"] for p in told["parts"].values())
    return {"ready": ready, "database": "answers", **told}


def _part(part: Part) -> dict[str, Any]:
    return {"ok": part.lives, "beat_age_seconds": _seconds(part.age), "instances": part.instances}


def _model(gate: Part) -> dict[str, Any]:
    """The reason why one could not be loaded may name paths: it is in the gate's log and in its row, not here."""
    said = [note for note in gate.notes if note]
    if not said:
        return {"ok": False, "loaded": "no gate cluster has said yet"}
    if not gate.has_model:
        return {"ok": False, "loaded": "a gate cluster could not load it; its log says why"}
    return {"ok": True, "loaded": "; ".join(sorted({note.removeprefix(LOADED) for note in said}))}


def _checkpoint(now: datetime) -> dict[str, Any]:
    signed_at, waits_since = ledger.checkpoint_times()
    waits = None if waits_since is None else now - waits_since
    age = None if signed_at is None else now - signed_at
    return {
        "ok": waits is None or waits <= UNSIGNED,
        "age_seconds": _seconds(age),
        "oldest_unsigned_entry_seconds": _seconds(waits),
    }


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else round(max(0.0, age.total_seconds()), 1)
