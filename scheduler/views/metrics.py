"""/metrics for Prometheus: closed unless METRICS_TOKEN is set, and then for whoever shows it."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from scheduler.metrics import registry


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without a token in the settings, 401 for another one, 503 where the database does not answer."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _may(request.headers.get("Authorization", "")):
        return HttpResponse(
            "A bearer token is needed.\n",
            status=HTTPStatus.UNAUTHORIZED,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        text = encode(registry(timezone.now()))
    except DatabaseError:
        return HttpResponse(
            "The database does not answer.\n",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(text, content_type=content_type)


def _may(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    same = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return same and scheme.lower() == "bearer"
