"""The sign-in side of the Mastodon test server, on oauthlib's own server: codes work once, the redirect must
be the registered one, and a code that was asked for with a challenge needs its verifier.

Tokens do not end, as Mastodon's. With Settings.token_seconds they do and come with a refresh token, which is good for
one use: a second use ends the whole sign-in, as RFC 9700, 4.14.2 recommends."""

import json
import secrets
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from oauthlib import oauth2
from oauthlib.common import Request


@dataclass
class Grant:
    """A refresh token. Those that came of one sign-in have one `family`."""

    account: str
    scopes: list[str]
    client_id: str
    family: str
    access: str
    used: bool = False


class Registry(oauth2.RequestValidator):
    """Apps, codes and tokens. `tokens` maps a token to (account name, scopes), `ends` to the monotonic time of its
    end. `refreshes` counts what was renewed, `reuses` how often a used refresh token came again."""

    def __init__(self) -> None:
        self.apps: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, tuple[str, set[str]]] = {}
        self.ends: dict[str, float] = {}
        self.grants: dict[str, Grant] = {}
        self.refreshes = self.reuses = 0

    def register(self, name: str, redirect_uri: str, scopes: str) -> dict[str, Any]:
        app = {
            "id": str(len(self.apps) + 1),
            "name": name,
            "client_id": secrets.token_urlsafe(24),
            "client_secret": secrets.token_urlsafe(24),
            "redirect_uri": redirect_uri,
            "scopes": scopes.split() or ["read"],
        }
        self.apps[app["client_id"]] = app
        return app

    def revoke(self, account: str) -> None:
        self.tokens = {token: owner for token, owner in self.tokens.items() if owner[0] != account}
        self.grants = {token: grant for token, grant in self.grants.items() if grant.account != account}

    def owner(self, token: str) -> tuple[str, set[str]] | None:
        """Whose token it is, while it is good."""
        return self.tokens.get(token) if self.ends.get(token, float("inf")) > time.monotonic() else None

    def expire(self) -> None:
        """Time passes: every access token that ends has ended."""
        self.ends = dict.fromkeys(self.ends, 0.0)

    def sign_in(self, account: str, scopes: str, seconds: int) -> dict[str, str]:
        """What a client would keep after signing in, without the way there."""
        app = self.register("Countersign", "https://countersign.example/", scopes)
        request = SimpleNamespace(user=account, scopes=scopes.split(), client_id=app["client_id"])
        token = {"access_token": secrets.token_urlsafe(24), "refresh_token": secrets.token_urlsafe(24)}
        self.save_bearer_token({**token, "expires_in": seconds}, request)
        given = {"expires_in": str(seconds), "issued_at": str(int(time.time()))}
        return {**token, **given, "client_id": app["client_id"], "client_secret": app["client_secret"]}

    # What oauthlib asks. Its parameters beyond the first are not needed here.

    def validate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        return client_id in self.apps

    def validate_redirect_uri(self, client_id: str, uri: str, *_: Any, **__: Any) -> bool:
        return uri == self.apps[client_id]["redirect_uri"]

    def get_default_redirect_uri(self, client_id: str, *_: Any, **__: Any) -> str:
        return str(self.apps[client_id]["redirect_uri"])

    def validate_scopes(self, client_id: str, scopes: list[str], *_: Any, **__: Any) -> bool:
        return set(scopes) <= set(self.apps[client_id]["scopes"])

    def get_default_scopes(self, client_id: str, *_: Any, **__: Any) -> list[str]:
        return ["read"]

    def validate_response_type(self, client_id: str, response_type: str, *_: Any, **__: Any) -> bool:
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return False

    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any, *_: Any) -> None:
        self.codes[code["code"]] = {
            "client_id": client_id,
            "redirect_uri": request.redirect_uri,
            "scopes": request.scopes,
            "account": request.user,
            "challenge": request.code_challenge,
            "method": request.code_challenge_method,
        }

    def client_authentication_required(self, request: Any, *_: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *_: Any) -> bool:
        app = self.apps.get(request.client_id or "")
        request.client = SimpleNamespace(client_id=request.client_id)
        return app is not None and secrets.compare_digest(app["client_secret"], request.client_secret or "")

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *_: Any) -> bool:
        known = self.codes.get(code)
        if known is None or known["client_id"] != client_id:
            return False
        request.scopes, request.user = known["scopes"], known["account"]
        return True

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        return self.codes[code]["challenge"]  # type: ignore[no-any-return]

    def get_code_challenge_method(self, code: str, request: Any) -> str | None:
        return self.codes[code]["method"]  # type: ignore[no-any-return]

    def confirm_redirect_uri(self, client_id: str, code: str, uri: str, *_: Any, **__: Any) -> bool:
        return bool(self.codes[code]["redirect_uri"] == uri)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *_: Any) -> None:
        del self.codes[code]

    def validate_grant_type(self, client_id: str, grant_type: str, *_: Any, **__: Any) -> bool:
        return grant_type in ("authorization_code", "refresh_token")

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *_: Any) -> bool:
        grant = self.grants.get(refresh_token)
        if grant is None or grant.client_id != client.client_id:
            return False
        if grant.used:
            self.reuses += 1
            self._end(grant.family)
            return False
        grant.used = True
        self.refreshes += 1
        request.user, request.family = grant.account, grant.family
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *_: Any, **__: Any) -> list[str]:
        return self.grants[refresh_token].scopes

    def save_bearer_token(self, token: dict[str, Any], request: Any, *_: Any) -> None:
        access = token["access_token"]
        self.tokens[access] = (request.user, set(request.scopes))
        if "refresh_token" in token:
            family = getattr(request, "family", "") or secrets.token_hex(4)
            self.ends[access] = time.monotonic() + token["expires_in"]
            self.grants[token["refresh_token"]] = Grant(
                request.user, list(request.scopes), request.client_id, family, access
            )

    def _end(self, family: str) -> None:
        ended = {token: grant for token, grant in self.grants.items() if grant.family == family}
        for token, grant in ended.items():
            del self.grants[token]
            self.tokens.pop(grant.access, None)


class Provider:
    """/oauth/authorize and /oauth/token. Whoever is asked agrees, unless told to refuse."""

    def __init__(self, registry: Registry, token_seconds: int = 0) -> None:
        self._registry, self._endless = registry, not token_seconds
        self._server = oauth2.WebApplicationServer(registry, token_expires_in=token_seconds or None)

    def authorize(self, uri: str, account: str, refuse: bool) -> tuple[int, dict[str, str], bytes]:
        """The redirect back to the app, or 400 where it is not to be trusted."""
        try:
            scopes, asked = self._server.validate_authorization_request(uri)
            if asked.get("code_challenge") and asked["code_challenge_method"] != "S256":
                raise oauth2.InvalidRequestError("Only S256 is supported.", state=asked["state"])
            if refuse:
                raise oauth2.AccessDeniedError(state=asked["state"])
            asked["user"] = account
            headers, body, status = self._server.create_authorization_response(
                uri, scopes=scopes, credentials=asked
            )
            return status, dict(headers), (body or "").encode()
        except oauth2.FatalClientError as error:
            return 400, {"Content-Type": "text/plain"}, (error.description or error.error).encode()
        except oauth2.OAuth2Error as error:
            return 302, {"Location": error.in_uri(Request(uri).redirect_uri)}, b""

    def token(self, uri: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        given, text, status = self._server.create_token_response(uri, "POST", body, headers)
        answer = json.loads(text)
        if self._endless:
            for name in ("expires_in", "refresh_token"):
                answer.pop(name, None)
            self._registry.ends.pop(answer.get("access_token"), None)
        return status, {"Content-Type": given["Content-Type"]}, json.dumps(answer).encode()
