"""The one HTTP client of the platforms.

Every call has time limits, follows no redirect, reads a limited answer and goes through the guard
(platforms/guard.py). What goes wrong becomes a PublishError that tells the truth about whether the request
may have arrived, and that never carries a secret: no text of a lower exception is passed on, since those
quote headers and addresses, and what a server says is searched for the secrets that were sent to it.
"""

import json as jsonlib
import logging
import math
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import idna
import requests
from requests_hardened.ip_filter import InvalidIPAddress

from platforms import guard
from platforms.base import ConnectError, PublishError
from platforms.refusals import Table, meaning

LONGEST_WAIT = 86_400.0
_WORDS = 200
_ADDRESS = re.compile(r"@?[\w.-]+@(?P<host>[^@/\s]+)\Z")

# At level DEBUG these two write requests, codes and tokens down in full.
for _name in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_name).setLevel(logging.INFO)


def configure(*, allow_loopback: bool, user_agent: str) -> None:
    """Called once at start. `allow_loopback` is for development and tests: servers on this machine may then
    be connected, over plain http too; other private addresses stay closed."""
    guard.settings.allow_loopback = allow_loopback
    guard.settings.user_agent = user_agent
    if allow_loopback:
        # oauthlib refuses http by itself, and has no other switch. Where http may lead is the guard's matter.
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    else:
        os.environ.pop("OAUTHLIB_INSECURE_TRANSPORT", None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. The body may hold tokens, so it is not shown."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    host: str
    hide: tuple[str, ...] = field(default=(), repr=False)
    moved_to: str = field(default="", repr=False)
    """Where a redirect would lead, as the server wrote it. Nobody has followed it."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object, or an empty one where it is none."""
        value = self.json()
        return value if isinstance(value, dict) else {}

    def words(self) -> str:
        """What the server says about an error, in one short line: JSON, HTML and plain text were all seen."""
        return masked(_one_line(_message(self)), self.hide)


def call(
    method: str,
    url: str,
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    data: bytes | Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    hide: tuple[str, ...] = (),
    creates: bool = False,
    read_seconds: float = guard.READ_SECONDS,
    most: guard.Most = guard.PLATFORMS,
) -> Answer:
    """One request, whatever its status. `token` is sent as a bearer; `hide` names further secrets in it.
    `creates`: a lost answer may mean that a post is out. Raises PublishError when there is no answer."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    guard.connected.set(False)
    try:
        with guard.protect(requests.Session(), most) as session:
            response = session.request(
                method,
                url,
                headers=sent,
                params=params,
                json=json,
                data=data,
                files=files,
                allow_redirects=False,
                timeout=(min(guard.CONNECT_SECONDS, read_seconds), read_seconds),
            )
    except (requests.RequestException, OSError, ValueError) as error:
        failure = unanswered(error, host, creates=creates)
    else:
        hidden = tuple(secret for secret in (token, *hide) if secret)
        headers_ = guard.lowered(response.headers)
        moved_to = headers_.pop(guard.MOVED.lower(), "")
        return Answer(response.status_code, headers_, response.content, host, hidden, moved_to)
    raise failure  # Out here the lower exception, which quotes headers, is not even its context.


class NotPublic(PublishError):
    """The name leads to this machine or into its network, and nothing was asked there."""


class NameUnknown(PublishError):
    """There is no such name, or nobody here who could be asked for it (getaddrinfo: EAI_NONAME)."""


def unanswered(error: Exception, host: str, *, creates: bool) -> PublishError:
    """The PublishError for a call without an answer. Reads guard.connected: call it in the same context."""
    if guard.connected.get():
        return PublishError(_broken(error, host), maybe_sent=creates)
    if isinstance(error, InvalidIPAddress):
        return NotPublic(f"{host} is not on the public internet.", permanent=True)
    if isinstance(error, requests.exceptions.SSLError):
        return PublishError(f"No secure connection to {host}: its certificate is not valid.")
    if isinstance(error, requests.Timeout):
        return PublishError(f"{host} could not be reached in time.")
    if isinstance(error, requests.ConnectionError):
        kind = NameUnknown if _no_such_name(error) else PublishError
        return kind(f"{host} could not be reached.")
    return PublishError(f"The request to {host} could not be made.", permanent=True)


def _no_such_name(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror):
            return error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None))
        error = error.__cause__ or error.__context__
    return False


def _broken(error: Exception, host: str) -> str:
    if isinstance(error, guard.AnswerTooLarge):
        return f"{host} answered more than we read."
    if isinstance(error, requests.Timeout):
        return f"{host} did not answer in time."
    return f"{host} broke the connection before it answered."


def refused(
    answer: Answer, doing: str, *, creates: bool = False, table: Table = (), name: str = ""
) -> PublishError:
    """The PublishError for a status other than 2xx. `doing` completes "<host> did not <doing>"; `table` has what the
    platform's refusals mean, `name` is the protocol's own name of this one. A server that acted before it answered can
    say 5xx, 408 (a proxy lost patience), 303 (see what there is) or what its platform calls unclear."""
    row = meaning(table, answer.status, name, answer.words())
    wait = retry_after(answer.headers)
    if answer.status == 429:
        return PublishError(_said(answer, doing), retry_after=wait, account_waits=True)
    if answer.status >= 500 or answer.status in (303, 408) or (row and row.unclear):
        return PublishError(_said(answer, doing), maybe_sent=creates, retry_after=wait)
    if row is None:
        return PublishError(_said(answer, doing), permanent=True, needs_reconnect=answer.status == 401)
    return PublishError(
        _said(answer, doing, row.do),
        permanent=row.permanent,
        retry_after=None if row.permanent else wait,
        needs_reconnect=row.needs_reconnect,
    )


def _said(answer: Answer, doing: str, do: str = "") -> str:
    """What happened, what the server says about it, and what to do: three sentences at most."""
    message = f"{answer.host} did not {doing} ({answer.status})"
    if words := answer.words():
        message += f": {words}"
    return f"{message.rstrip('.')}. {do}" if do else message


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait, from Retry-After (RFC 9110) or the rate limit's reset; None where nothing is said.
    A reset is seconds from now (IETF draft), seconds since 1970 (Bluesky) or an ISO time (Mastodon). The server's own
    Date counts as now: our clock may have been set an hour off."""
    now = now or _time(headers.get("date", "")) or datetime.now(UTC)
    for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset"):
        seconds = _seconds(headers.get(name, ""), now)
        if seconds is not None and not math.isnan(seconds):
            return min(max(seconds, 1.0), LONGEST_WAIT)
    return None


def _seconds(value: str, now: datetime) -> float | None:
    try:
        number = float(value)
    except ValueError:
        at = _time(value)
        return (at - now).total_seconds() if at else None
    return number - now.timestamp() if number > 1_000_000_000 else number


def _time(value: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = parse(value)
        except (ValueError, TypeError, IndexError):
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def masked(text: str, secrets: tuple[str, ...]) -> str:
    """The text with every secret replaced."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "•••")
    return text


def _message(answer: Answer) -> str:
    said = answer.object()
    for name in ("error_description", "message", "error"):
        if isinstance(said.get(name), str) and said[name]:
            return str(said[name])
    text = answer.body[:20_000].decode(errors="replace")
    if "<" in text:
        text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
        text = unescape(re.sub(r"<[^>]*>", " ", text))
    return text


def _one_line(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"


def normalise_instance(text: str) -> str:
    """The address of a server that a person named: "mastodon.social", "https://x.example/" or
    "@me@x.example" become "https://x.example". Raises ConnectError, in words for that person."""
    text = text.strip()
    if "://" not in text:
        match = _ADDRESS.match(text)
        text = "https://" + (match["host"] if match else text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConnectError(f"“{text[:80]}” is not the address of a server.") from error
    if parts.username is not None or parts.password is not None:
        raise ConnectError("Leave out user name and password: only the server's address is needed.")
    if parts.scheme not in ("https", "http"):
        raise ConnectError("The server's address must start with https://.")
    host = _host(host)
    _check(host, port, secure=parts.scheme == "https")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _host(host: str) -> str:
    host = host.rstrip(".").lower()
    if not host:
        raise ConnectError("Name a server, for example mastodon.social.")
    try:
        return host if ":" in host or host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ConnectError(f"“{host[:80]}” is not the name of a server.") from error


def _check(host: str, port: int | None, *, secure: bool) -> None:
    if not secure and not guard.settings.allow_loopback:
        raise ConnectError("The server's address must start with https://.")
    if not re.fullmatch(r"[a-z0-9._:-]{1,253}", host):
        raise ConnectError(f"“{host[:80]}” is not the name of a server.")
    try:
        guard.check_host(host, port or (443 if secure else 80), secure=secure)
    except InvalidIPAddress as error:
        raise ConnectError(
            f"{host} is not on the public internet"
            + ("." if secure else " and plain http is for this machine only.")
        ) from error
    except (requests.RequestException, ValueError) as error:
        raise ConnectError(f"There is no server {host}. Check the spelling.") from error
