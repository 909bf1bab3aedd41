"""A signed-in session with an AT Protocol server (PDS), for app passwords.

An access token lives about two hours and is renewed with a refresh token, which is exchanged each time.
When that is no longer taken, the app password signs in anew; only when that fails too is the sign-in gone.
Specification: https://atproto.com/specs/xrpc (authentication).
"""

from collections.abc import Mapping
from typing import Any

from platforms import http
from platforms.base import Credentials, PublishError

_SIGNED_OUT = {
    "AccountDeactivated",
    "AccountTakedown",
    "AuthFactorTokenRequired",
    "AuthMissing",
    "AuthenticationRequired",
    "ExpiredToken",
    "InvalidToken",
    "RepoDeactivated",
    "RepoTakendown",
}
_RENEWABLE = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}


def error_name(answer: http.Answer) -> str:
    return str(answer.object().get("error", ""))


def refused(answer: http.Answer, doing: str, *, creates: bool = False) -> PublishError:
    """As http.refused, knowing the protocol's names for a sign-in that is no longer good."""
    error = http.refused(answer, doing, creates=creates)
    error.needs_reconnect = error.permanent and (error.needs_reconnect or error_name(answer) in _SIGNED_OUT)
    return error


def create_session(instance: str, identifier: str, app_password: str) -> http.Answer:
    body = {"identifier": identifier, "password": app_password}
    return http.call(
        "POST", f"{instance}/xrpc/com.atproto.server.createSession", json=body, hide=(app_password,)
    )


class Session:
    """Calls for one account. Keeps what it renews in Credentials.save."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._secrets = dict(credentials.secrets)

    def call(self, method: str, name: str, *, creates: bool = False, **content: Any) -> http.Answer:
        """One call by its lexicon name, with the session renewed if need be. Raises PublishError."""
        if not self._secrets.get("access"):
            self._renew()
        answer = self._call(method, name, creates=creates, **content)
        if answer.status in (400, 401) and error_name(answer) in _RENEWABLE:
            self._renew()  # Who signs is looked at before anything is done, so nothing has been done.
            answer = self._call(method, name, creates=creates, **content)
        return answer

    def _call(self, method: str, name: str, **content: Any) -> http.Answer:
        return http.call(method, self._url(name), token=self._secrets["access"], **content)

    def _url(self, name: str) -> str:
        return f"{self._credentials.instance}/xrpc/{name}"

    def _renew(self) -> None:
        """Raises PublishError; one that does not say needs_reconnect leaves the sign-in as it was."""
        refresh = self._secrets.get("refresh", "")
        if refresh:
            answer = http.call("POST", self._url("com.atproto.server.refreshSession"), token=refresh)
            if answer.ok:
                return self._keep(answer.object())
            if answer.status not in (400, 401, 403):
                raise refused(answer, "renew the session")
        self._sign_in_again()

    def _sign_in_again(self) -> None:
        password = self._secrets.get("app_password", "")
        if not password:
            raise PublishError("The sign-in has expired.", permanent=True, needs_reconnect=True)
        answer = create_session(self._credentials.instance, self._credentials.account_id, password)
        if not answer.ok:
            error = refused(answer, "accept the app password")
            error.needs_reconnect = error.permanent
            raise error
        self._keep(answer.object())

    def _keep(self, session: Mapping[str, Any]) -> None:
        """Keep the new tokens; a token that the server left out does not replace one we have."""
        new = {"access": session.get("accessJwt"), "refresh": session.get("refreshJwt")}
        if not new["access"]:
            raise PublishError("The server opened a session without a token.")
        self._secrets.update({name: str(value) for name, value in new.items() if value})
        if self._credentials.save:
            self._credentials.save(dict(self._secrets))
