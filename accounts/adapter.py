"""How allauth behaves here: nobody signs up without an invitation, and a lock-out counts the address."""

import logging
from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

logger = logging.getLogger(__name__)
QUIET = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


TOO_MANY_CODES = (
    "Too many wrong codes. Wait five minutes, then try again; after fifty in a day it takes until the next. "
    "Where you did not type them, somebody knows your password: change it."
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": TOO_MANY_CODES,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by django-axes, for one address from one place. Allauth would count them for the
        address alone, so that anybody could shut anybody else out; its limit is left to the second factor, which
        nobody reaches without the password."""

    def post_login(self, request: HttpRequest, user: Any, **said: Any) -> HttpResponse:
        """Whoever wants to a team's page passes the start page, which may have something to ask before."""
        answer: HttpResponse = super().post_login(request, user, **said)
        if isinstance(answer, HttpResponseRedirect) and answer.url.startswith("/t/"):
            start = resolve_url(settings.LOGIN_REDIRECT_URL)
            return HttpResponseRedirect(f"{start}?{urlencode({'next': answer.url})}")
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is down is said on the page instead of ending it."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # smtplib's errors are OSErrors
            logger.warning("A message of the sign-in pages could not be sent (%s).", type(error).__name__)
            messages.error(
                self.request, "The mail could not be sent just now. Nothing was changed; try again later."
            )

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **extra: Any
    ) -> None:
        """As allauth does, but for signing in and out: the page that follows shows it."""
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *args, **extra)


def axes_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """The address that a failed sign-in was for; allauth calls it `login` in the form, `email` in credentials."""
    given = credentials or {}
    name = given.get("email") or given.get("username") or given.get("login")
    if not name and request is not None:
        name = request.POST.get("login", "")
    return str(name or "").strip().lower()


def client_ip(request: HttpRequest) -> str:
    """Whose failed sign-ins are counted together: the address our own proxy saw, which it wrote last; without a proxy
    of ours the header is anybody's to write, and the connection's own address counts."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rsplit(",", 1)[-1].strip() or str(request.META.get("REMOTE_ADDR", ""))
