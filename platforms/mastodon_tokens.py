"""What a server with Mastodon's API gives to sign in with, and its renewal.

Mastodon's own tokens do not end. Other servers with its API (Pleroma, Akkoma) say when theirs does, and give a
refresh token to get the next one with (OAuth 2, RFC 6749, sections 5 and 6).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from oauthlib.common import urldecode
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from platforms import http
from platforms.base import Credentials, PublishError, Secrets, Term

_REFUSED = (400, 401, 403)
NO_TOKEN = (ValueError, TypeError, AttributeError)
"""What oauthlib raises on an answer that is JSON and no object."""
_ENDED = "The sign-in has ended, and the server gave nothing to renew it with."


def kept(token: Mapping[str, Any]) -> dict[str, str]:
    """What to seal of a token answer: nothing that it left empty."""
    secrets = {name: token.get(name) for name in ("access_token", "refresh_token")}
    found = {name: value for name, value in secrets.items() if isinstance(value, str) and value}
    seconds = token.get("expires_in")
    if type(seconds) is int and 0 < seconds < 10**9:
        found |= {"expires_in": str(seconds), "issued_at": str(int(datetime.now(UTC).timestamp()))}
    return found


def sign_in_term(secrets: Secrets) -> Term | None:
    """From when we got the token, by our clock."""
    if not secrets.get("refresh_token") or not secrets.get("expires_in"):
        return None
    begins = datetime.fromtimestamp(int(secrets["issued_at"]), UTC)
    return Term(begins, begins + timedelta(seconds=int(secrets["expires_in"])))


def renew(credentials: Credentials) -> None:
    """Raises PublishError; needs_reconnect where the server refuses the refresh token."""
    credentials.renew(lambda secrets: _exchange(credentials.instance, secrets))


def _exchange(instance: str, secrets: Secrets) -> Secrets:
    if not secrets.get("refresh_token"):
        raise PublishError(_ENDED, permanent=True, needs_reconnect=True)
    client = WebApplicationClient(secrets["client_id"])
    body = client.prepare_refresh_body(
        refresh_token=secrets["refresh_token"],
        client_id=secrets["client_id"],
        client_secret=secrets["client_secret"],
    )
    answer = http.call(
        "POST",
        f"{instance}/oauth/token",
        data=dict(urldecode(body)),
        hide=(secrets["refresh_token"], secrets["client_secret"]),
    )
    if not answer.ok:
        raise _refused(answer)
    token = _parsed(client, answer)
    if "access_token" not in token:
        raise PublishError(f"{answer.host} answered without a token.")
    return token


def _parsed(client: WebApplicationClient, answer: http.Answer) -> Secrets:
    """What there is to keep; nothing of an answer in another form, whose words may quote."""
    try:
        return kept(client.parse_request_body_response(answer.body.decode(errors="replace")))
    except (OAuth2Error, *NO_TOKEN):
        return {}


def _refused(answer: http.Answer) -> PublishError:
    """Only an OAuth error is a refusal of the grant, whatever it is called (Pleroma says "Invalid credentials");
    anything else is the server's trouble, and is asked again later."""
    error = http.refused(answer, "renew the sign-in")
    said = isinstance(answer.object().get("error"), str)
    error.permanent = error.needs_reconnect = answer.status in _REFUSED and said
    return error
