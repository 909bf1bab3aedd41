"""A signed-in session with an AT Protocol server (PDS), for app passwords.

An access token lives about two hours and is renewed with a refresh token, which is exchanged each time.
When that is no longer taken, the app password signs in anew; only when that fails too is the sign-in gone.
Specification: https://atproto.com/specs/xrpc (authentication).
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from platforms import atproto_refusals, http
from platforms.base import Credentials, PublishError, Secrets, Term

_REFUSED = (400, 401, 403)
"""Answers that say no to the sign-in itself."""
_RENEWABLE = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}


def error_name(answer: http.Answer) -> str:
    return str(answer.object().get("error", ""))


def refused(answer: http.Answer, doing: str, *, creates: bool = False) -> PublishError:
    """As http.refused, by the protocol's names of errors."""
    name = error_name(answer)
    return http.refused(answer, doing, creates=creates, table=atproto_refusals.TABLE, name=name)


def create_session(instance: str, identifier: str, app_password: str) -> http.Answer:
    body = {"identifier": identifier, "password": app_password}
    return http.call(
        "POST", f"{instance}/xrpc/com.atproto.server.createSession", json=body, hide=(app_password,)
    )


class Session:
    """Calls for one account. `require_ours` is asked again where a sign-in was renewed before a call, since that takes
    time: it raises PublishError where the caller may no longer create."""

    def __init__(self, credentials: Credentials, require_ours: Callable[[], None] = lambda: None) -> None:
        self._credentials = credentials
        self._require_ours = require_ours

    def call(self, method: str, name: str, *, creates: bool = False, **content: Any) -> http.Answer:
        """One call by its lexicon name, with the session renewed if need be. Raises PublishError."""
        if not self._credentials.secrets.get("access"):
            self._renew_and_go_on()
        answer = self._call(method, name, creates=creates, **content)
        if answer.status in (400, 401) and error_name(answer) in _RENEWABLE:
            self._renew_and_go_on()  # Who signs is looked at before anything is done, so nothing has been done.
            answer = self._call(method, name, creates=creates, **content)
        return answer

    def renew(self) -> None:
        """Raises PublishError; one that does not say needs_reconnect leaves the sign-in as it was."""
        self._credentials.renew(self._exchange)

    def _renew_and_go_on(self) -> None:
        self.renew()
        self._require_ours()

    def _call(self, method: str, name: str, **content: Any) -> http.Answer:
        return http.call(method, self._url(name), token=self._credentials.secrets["access"], **content)

    def _url(self, name: str) -> str:
        return f"{self._credentials.instance}/xrpc/{name}"

    def _exchange(self, secrets: Secrets) -> Secrets:
        if refresh := secrets.get("refresh", ""):
            answer = http.call("POST", self._url("com.atproto.server.refreshSession"), token=refresh)
            if answer.ok:
                return _tokens(answer)
            if answer.status not in _REFUSED:
                raise _trouble(answer, "renew the session")
        return self._sign_in_again(secrets)

    def _sign_in_again(self, secrets: Secrets) -> Secrets:
        password = secrets.get("app_password", "")
        if not password:
            raise PublishError("The sign-in has expired.", permanent=True, needs_reconnect=True)
        answer = create_session(self._credentials.instance, self._credentials.account_id, password)
        if answer.ok:
            return _tokens(answer)
        if answer.status not in _REFUSED:
            raise _trouble(answer, "open a session")
        error = refused(answer, "accept the app password")
        error.needs_reconnect = True
        raise error


def _tokens(answer: http.Answer) -> Secrets:
    session = answer.object()
    if not session.get("accessJwt"):
        raise PublishError("The server opened a session without a token.")
    return {"access": str(session["accessJwt"]), "refresh": str(session.get("refreshJwt") or "")}


def _trouble(answer: http.Answer, doing: str) -> PublishError:
    """Whatever is no refusal of the sign-in is the server's trouble: it is asked again later."""
    error = refused(answer, doing)
    error.permanent = error.needs_reconnect = False
    return error


def sign_in_term(secrets: Secrets) -> Term | None:
    """What the access token says of itself (a JWT, RFC 7519); None where it is none. Its signature is the server's
    matter: this only says when to ask for the next one."""
    try:
        payload = secrets["access"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Term(*(datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp")))
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, OSError):
        return None
