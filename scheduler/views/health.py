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

from ledger import services as ledger
from scheduler.models import Beat

PARTS: Final = ("dispatcher", "gate", "publish")
"""What must show that it lives: the dispatcher, and the two clusters through it."""

OLDEST_BEAT: Final = timedelta(seconds=60)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The web server answers. Touches no database, so that a slow one does not get the server restarted."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether posts are sent: 503 where the database does not answer, or a part has been silent for a minute."""
    try:
        report = _report(timezone.now())
    except DatabaseError:
        report = {"ready": False, "database": "does not answer"}
    return JsonResponse(report, status=HTTPStatus.OK if report["ready"] else HTTPStatus.SERVICE_UNAVAILABLE)


def _report(now: datetime) -> dict[str, Any]:
    beats = dict(Beat.objects.filter(name__in=PARTS).values_list("name", "at"))
    checkpoint = ledger.latest_checkpoint()
    parts = {name: _part(beats.get(name), now) for name in PARTS}
    return {
        "ready": all(part["ok"] for part in parts.values()),
        "database": "answers",
        "parts": parts,
        "checkpoint_age_seconds": _age(checkpoint.at, now) if checkpoint else None,
    }


def _part(at: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "ok": at is not None and now - at <= OLDEST_BEAT,
        "beat_age_seconds": None if at is None else _age(at, now),
    }


def _age(at: datetime, now: datetime) -> float:
    return round(max(0.0, (now - at).total_seconds()), 1)
