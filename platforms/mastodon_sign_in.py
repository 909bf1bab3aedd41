"""Connecting an account of a server with Mastodon's API: the app is registered at the server that a person
names, which then sends the person back with a code (OAuth 2, RFC 6749; PKCE, RFC 7636).

https://docs.joinmastodon.org/client/authorized/
"""

import hmac
from collections.abc import Mapping
from typing import Any

import requests
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from requests_oauthlib import OAuth2Session

from platforms import foreign, guard, http, mastodon_tokens
from platforms.base import Account, ConnectError, PublishError

SCOPES = "read:accounts read:statuses write:statuses write:media"
"""Who it is, what it published, publishing, images: nothing more. (`profile` would be narrower than
read:accounts, but servers before Mastodon 4.3 refuse an app that asks for it.)"""


def register_app(instance: str, redirect_uri: str) -> dict[str, str]:
    """Make ourselves known to a server: client_id and client_secret, to be kept for this server and this
    redirect_uri. Raises ConnectError."""
    instance = http.normalise_instance(instance)
    form = {
        "client_name": guard.settings.user_agent.partition("/")[0],
        "redirect_uris": redirect_uri,
        "scopes": SCOPES,
    }
    answer = _call("POST", f"{instance}/api/v1/apps", data=form)
    if not answer.ok:
        raise ConnectError(_not_mastodon(answer) or http.refused(answer, "register the app").message)
    said = answer.object()
    if not all(isinstance(said.get(name), str) for name in ("client_id", "client_secret")):
        raise ConnectError(f"{answer.host} does not speak Mastodon's API.")
    return {"client_id": said["client_id"], "client_secret": said["client_secret"]}


def authorization_url(instance: str, app: Mapping[str, str], redirect_uri: str) -> tuple[str, str, str]:
    """Where to send the person; the state to expect back; the code verifier, "" where the server offers no
    PKCE. The last two belong in the person's session. Raises ConnectError."""
    instance = http.normalise_instance(instance)
    client = WebApplicationClient(app["client_id"])
    verifier, challenge = "", {}
    if _offers_pkce(instance):
        verifier = client.create_code_verifier(64)
        challenge = {
            "code_challenge": client.create_code_challenge(verifier, "S256"),
            "code_challenge_method": "S256",
        }
    with OAuth2Session(client=client, redirect_uri=redirect_uri, scope=SCOPES.split()) as session:
        url, state = session.authorization_url(f"{instance}/oauth/authorize", **challenge)
    return url, state, verifier


def fetch_token(
    instance: str,
    app: Mapping[str, str],
    redirect_uri: str,
    *,
    code: str,
    state: str,
    expected_state: str,
    code_verifier: str = "",
) -> dict[str, str]:
    """The token for the code that came back, as it is kept. Raises ConnectError, also for a state that is not the one
    from authorization_url: then the answer is to a question that this person did not ask."""
    instance = http.normalise_instance(instance)
    if not expected_state or not hmac.compare_digest(state.encode(), expected_state.encode()):
        raise ConnectError("This sign-in was not started here. Start again.")
    if not code:
        raise ConnectError("The server sent no code: the sign-in was refused or cancelled.")
    token = mastodon_tokens.kept(_exchange(instance, app, redirect_uri, code, code_verifier))
    if "access_token" not in token:
        raise ConnectError("The server sent no token. Start again.")
    return token


def _exchange(
    instance: str, app: Mapping[str, str], redirect_uri: str, code: str, verifier: str
) -> dict[str, Any]:
    """The token call, through the guard like every other. No text of its errors is passed on: they quote."""
    host = instance.partition("://")[2]
    guard.connected.set(False)
    try:
        with OAuth2Session(app["client_id"], redirect_uri=redirect_uri) as session:
            guard.protect(session)
            token: dict[str, Any] = session.fetch_token(
                f"{instance}/oauth/token",
                code=code,
                client_secret=app["client_secret"],
                include_client_id=True,
                timeout=(guard.CONNECT_SECONDS, guard.READ_SECONDS),
                **({"code_verifier": verifier} if verifier else {}),
            )
        return token
    except OAuth2Error as error:
        message = f"{host} refused the sign-in ({error.error}). Start again."
    except (requests.RequestException, OSError, *mastodon_tokens.NO_TOKEN) as error:
        message = http.unanswered(error, host, creates=False).message
    raise ConnectError(message)


def connect(
    instance: str, app: Mapping[str, str], token: Mapping[str, str]
) -> tuple[Account, dict[str, str]]:
    """Whose token it is, what the server allows, and the secrets to seal. Raises ConnectError."""
    instance = http.normalise_instance(instance)
    answer = _call("GET", f"{instance}/api/v1/accounts/verify_credentials", token=token["access_token"])
    if not answer.ok:
        raise ConnectError(http.refused(answer, "say whose account this is").message)
    account = account_of(answer, instance, server_limits(instance))
    secrets = {**token, "client_id": app["client_id"], "client_secret": app["client_secret"]}
    return account, secrets


def account_of(answer: http.Answer, instance: str, limits: Mapping[str, Any]) -> Account:
    """The account that verify_credentials answered. Raises ConnectError where it is none."""
    said = answer.object()
    account_id, username = foreign.identifier(said.get("id") or ""), foreign.name(said.get("username") or "")
    if not account_id or not username:
        raise ConnectError(f"{answer.host} does not speak Mastodon's API.")
    return Account(
        account_id=account_id,
        handle=foreign.name(f"@{username}@{answer.host}"),
        name=foreign.name(said.get("display_name") or "") or username,
        instance=instance,
        limits=limits,
    )


def server_limits(instance: str) -> dict[str, Any]:
    """What the server says of itself, flat and checked; empty where it says nothing (an older server).
    https://docs.joinmastodon.org/entities/Instance/#configuration"""
    try:
        answer = http.call("GET", f"{instance}/api/v2/instance")
    except PublishError:
        return {}
    configuration = answer.object().get("configuration") if answer.ok else None
    configuration = configuration if isinstance(configuration, dict) else {}
    said: dict[str, Any] = {}
    for group in ("statuses", "media_attachments"):
        value = configuration.get(group)
        said |= value if isinstance(value, dict) else {}
    numbers = {name: said[name] for name in NUMBERS if type(said.get(name)) is int and 0 < said[name] < 10**9}
    types = said.get("supported_mime_types")
    kinds = [foreign.identifier(kind) for kind in types[:100]] if isinstance(types, list) else []
    return {**numbers, **({"supported_mime_types": kinds} if kinds else {})}


NUMBERS = (
    "max_characters",
    "max_media_attachments",
    "characters_reserved_per_url",
    "description_limit",
    "image_size_limit",
    "image_matrix_limit",
)


def _offers_pkce(instance: str) -> bool:
    answer = _call("GET", f"{instance}/.well-known/oauth-authorization-server")
    methods = answer.object().get("code_challenge_methods_supported") if answer.ok else None
    return isinstance(methods, list) and "S256" in methods


def _call(method: str, url: str, **content: Any) -> http.Answer:
    try:
        return http.call(method, url, **content)
    except PublishError as error:
        raise ConnectError(error.message) from None


def _not_mastodon(answer: http.Answer) -> str:
    return f"{answer.host} does not speak Mastodon's API." if answer.status in (404, 405) else ""
