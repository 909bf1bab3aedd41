"""The guard around every connection: where it may go, how long it may take, how much may come back.

Instance addresses are typed in by people, so a name may lead to this machine or its network (server-side
request forgery). A look-up that is checked and then made again can be answered differently the second time.
Here the name is looked up once, the address is checked and the connection is made to that very address;
certificate and SNI still use the name (requests-hardened, IPFilterAdapter). On top of it: site-local IPv6
addresses and those that hold an IPv4 address are refused, and plain http reaches loopback only.
"""

import ipaddress
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

import requests
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
ANSWER_SECONDS = 120.0
"""A server that takes or sends byte after byte is given up after this, however regular it is. Counted from the
connection on; that itself takes CONNECT_SECONDS twice at most, TLS included."""
ANSWER_BYTES = 5_000_000

_TRANSLATED = tuple(
    ipaddress.IPv6Network(network)
    for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)
"""IPv6 that is another way to write IPv4: compatible, mapped, NAT64 (RFC 6052, 8215), Teredo, 6to4. A gateway would
go on to the IPv4 address inside, which may be a private one. No server of today is reached by these alone, so they
are refused whatever is inside."""


MOVED = "X-Countersign-Location"
"""Our own name for the header Location, which nothing below us follows."""


class AnswerTooLarge(requests.RequestException):
    """The answer exceeds ANSWER_BYTES, or takes longer than ANSWER_SECONDS."""


@dataclass(frozen=True, slots=True)
class Most:
    """How much one answer may hold and how long it may take; the platforms' own limits where nothing is said.
    cut: what goes beyond the size is left unread, where it would be an error otherwise."""

    size: int | None = None
    seconds: float | None = None
    cut: bool = False


PLATFORMS = Most()


@dataclass(slots=True)
class _Settings:
    allow_loopback: bool = False
    user_agent: str = "Countersign"


settings = _Settings()

connected: ContextVar[bool] = ContextVar("connected", default=False)
"""Whether the current call has got as far as a working connection. Before that nothing can have been sent:
this is what tells "certainly not sent" from "perhaps sent" without guessing from error classes."""


class _Deadline:
    """Shuts a call's connection down when its time is over, which wakes whatever waits for it. Time limits of the
    socket cannot do this: they begin anew with every byte. As a context it raises AnswerTooLarge at its end, in
    place of what the call made of that: an answer without a length would look complete."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        self._over = False

    def start(self, connection: socket.socket) -> None:
        self._timer = threading.Timer(self._seconds, self._shut, [connection])
        self._timer.daemon = True
        self._timer.start()

    def _shut(self, connection: socket.socket) -> None:
        self._over = True
        with suppress(OSError):  # closed already
            # Past SSLSocket.shutdown, which would let the reader go on in plain text.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._over:
            raise AnswerTooLarge


_deadline: ContextVar[_Deadline] = ContextVar("_deadline")


def _has_connected(connection: Any) -> None:
    connected.set(True)
    _deadline.get().start(connection)


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _has_connected(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _has_connected(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class GuardedAdapter(IPFilterAdapter):  # type: ignore[misc]  # requests-hardened carries no types
    """Pins, limits and times every call of the session it is mounted on."""

    def __init__(self, *, secure: bool, allow_loopback: bool, most: Most) -> None:
        super().__init__(is_https_proto=secure, allow_loopback=allow_loopback)
        self._secure = secure
        self._most = most

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The pinned address of the request, checked. Raises InvalidIPAddress."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        _refuse_unless_public(host["host"], allow_loopback=self._allow_loopback, secure=self._secure)
        return host, pool

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send with a time limit whether or not one was asked for, and read at most ANSWER_BYTES. No redirect
        is followed: an answer that names no other place is none, and what it named is in MOVED. Each call has a
        connection of its own, since it is the connecting that `connected` and the deadline go by."""
        options["timeout"] = options.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        options["stream"] = True
        with _Deadline(self._most.seconds or ANSWER_SECONDS) as deadline:
            _deadline.set(deadline)
            try:
                response: requests.Response = super().send(request, **options)
                response._content = _body(response, self._most)
            finally:
                self.close()
        response.headers[MOVED] = response.headers.pop("Location", "")
        response._content_consumed = True  # type: ignore[attr-defined]  # what Response.content itself sets
        return response


def protect(session: requests.Session, most: Most = PLATFORMS) -> requests.Session:
    """Put the guard on a session. Nothing is taken from the environment (proxies, .netrc)."""
    session.trust_env = False
    session.headers["User-Agent"] = settings.user_agent
    allow = settings.allow_loopback
    session.mount("https://", GuardedAdapter(secure=True, allow_loopback=allow, most=most))
    session.mount("http://", GuardedAdapter(secure=False, allow_loopback=allow, most=most))
    return session


def check_host(host: str, port: int, *, secure: bool) -> None:
    """Look the name up and check where it leads. Raises InvalidIPAddress, or requests.ConnectionError and
    ValueError for a name that is not there or is no name. A courtesy to the person who types it: each later
    call checks again, on the address it really uses."""
    allow = settings.allow_loopback
    _refuse_unless_public(filter_host(host, port, allow_loopback=allow), allow_loopback=allow, secure=secure)


def _refuse_unless_public(host: str, *, allow_loopback: bool, secure: bool) -> None:
    address = ipaddress.ip_address(host.strip("[]"))
    if address.is_loopback and allow_loopback:
        return
    if not secure or not _is_public(address):
        raise InvalidIPAddress(address)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if not address.is_global or address.is_reserved or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return not (address.is_site_local or any(address in network for network in _TRANSLATED))


def _body(response: requests.Response, limits: Most) -> bytes:
    """The body, decoded, as far as it stays within the limits. Raises AnswerTooLarge."""
    body = bytearray()
    most = limits.size or ANSWER_BYTES
    with response:
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > most and limits.cut:
                return bytes(body[:most])
            if len(body) > most:
                raise AnswerTooLarge
    return bytes(body)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
