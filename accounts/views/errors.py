"""Answers to requests that Django refuses before a view sees them."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

MEGABYTE = 1024 * 1024


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
