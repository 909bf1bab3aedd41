"""What happens to every request before a view sees it: its size, its text, and a place for its team; and
what happens to the words of somebody who is no longer signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from accounts.clean import clean_all, number
from accounts.views.errors import SIGNED_OUT, UNSENT, by_htmx, not_signed_in, too_much

Respond = Callable[[HttpRequest], HttpResponse]


class SizeMiddleware:
    """Refuses a body that says it is larger than anything the product takes, before a byte of it is read.

    It stands before everything that reads a form. A body without a length is none: WSGI servers give no bytes then.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        if number(said, most=settings.REQUEST_MAX_BYTES) is None:
            most = f"{settings.REQUEST_MAX_BYTES // 1_000_000} MB"
            return too_much(request, most)
        return self.get_response(request)


class CleanMiddleware:
    """Takes control characters out of all text of forms and queries. It runs after the CSRF check, which is the first
    to read a form and knows what to say when a browser breaks off in the middle of it."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: Any, kwargs: Any) -> None:
        clean_all(request.GET)
        clean_all(request.POST)


class TeamMiddleware:
    """Puts the team of the address on the request, for templates of pages that are not the team's own (errors):
    `request.team` and `request.member` are None until `team_page` has found a membership."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.team = request.member = None  # type: ignore[attr-defined]  # see accounts.access.TeamRequest
        return self.get_response(request)


class SignedOutMiddleware:
    """Where a view sends to the sign-in page: htmx would put that page into the one that asked, so it is told in words;
    and whoever sent a form hears on the sign-in page that it was not kept. It stands behind the messages."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _asks_to_sign_in(response):
            return response
        if by_htmx(request):
            return not_signed_in(SIGNED_OUT)
        if request.method == "POST":
            messages.warning(request, UNSENT)
        return response


def _asks_to_sign_in(response: HttpResponse) -> bool:
    """As `login_required` does it, with the way back; others lead there when all is done."""
    to = urlsplit(response.headers.get("Location", ""))
    return to.path == resolve_url(settings.LOGIN_URL) and "next" in parse_qs(to.query)
