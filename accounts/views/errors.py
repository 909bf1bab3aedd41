"""Answers to requests that Django refuses before a view sees them."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views import csrf

MEGABYTE = 1024 * 1024
SIGNED_OUT = (
    "You are signed out. What you typed stands on this page: sign in in another tab, then save again."
)
SIGNED_IN_ANEW = (
    "The sign-in changed since this page was opened, so nothing was done. What you typed stands on this page: save "
    "it again, or copy it and reload the page."
)
UNSENT = (
    "You were signed out, so what you sent was not kept here. Go back in your browser before you sign in: it may have "
    "kept what you wrote. Copy it then."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; or 413 with the limit in words, where there was too much in a form."""
    if isinstance(exception, RequestDataTooBig):
        return too_much(request, f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE} MB of text")
    if isinstance(exception, TooManyFieldsSent):
        return too_much(request, f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields")
    if isinstance(exception, TooManyFilesSent):
        return too_much(request, f"{settings.DATA_UPLOAD_MAX_NUMBER_FILES} files")
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def too_much(request: HttpRequest, most: str) -> HttpResponse:
    return render(request, "413.html", {"most": most}, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403 with the page for it. htmx gets 401 with words, so that the page stays as it is."""
    return not_signed_in(SIGNED_IN_ANEW) if by_htmx(request) else csrf.csrf_failure(request, reason)


def by_htmx(request: HttpRequest) -> bool:
    """Whether a page asks for a part of itself. Also for what is refused before django_htmx has seen the request."""
    return request.headers.get("HX-Request") == "true"


def not_signed_in(words: str) -> HttpResponse:
    """What htmx swaps nowhere: static/app.js shows the words, and what was typed stays on the page."""
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=HTTPStatus.UNAUTHORIZED)
