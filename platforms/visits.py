"""Where an address leads, as a reader's browser would find out: redirect after redirect, each through the guard.

A page that leads on by itself (platforms/refresh.py) counts as a redirect; what its scripts do is not known.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from urllib.parse import urljoin, urlsplit

from platforms import foreign, guard, http
from platforms.base import PublishError
from platforms.refresh import refreshed_to

logger = logging.getLogger(__name__)

MOST_HOPS = 10
BYTES = 16_384
MOST_CHARACTERS = 2_000
"""Of an address: a redirect to a longer one is not followed."""
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
ALWAYS_THERE = "example.com"
"""A name that the name service of the internet always knows (RFC 2606, 3): where it is unknown too, it is this machine
that cannot ask."""


class End(StrEnum):
    """How a visit ended: at a page, where there certainly is none, or nobody knows."""

    REACHED = "reached"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Visit:
    """`hops`: every address on the way, the one that was asked for first. `why`: why no page was reached, in words.

    Plain http is asked for over https: what it answers on the way could be anybody's. A page that is not there over
    https may be there without, so that nobody knows.
    """

    hops: tuple[str, ...]
    end: End
    why: str = ""

    @property
    def final(self) -> str:
        return self.hops[-1]


def visit(url: str, *, seconds: float) -> Visit:
    """Follows an address for so long, redirects included. Raises nothing: what could not be found out is UNKNOWN."""
    hops = [url]
    end = monotonic() + seconds
    try:
        while True:
            asked = _secure(hops[-1])
            answer = _ask(asked, end)
            there = _led_to(asked, answer)
            if not there:
                return _arrived(tuple(hops), answer.status, as_named=asked == hops[-1])
            if len(hops) > MOST_HOPS:
                return Visit(tuple(hops), End.UNKNOWN, f"it leads on more than {MOST_HOPS} times")
            hops.append(there)
    except _NoAddress as error:
        return Visit(tuple(hops), End.BROKEN, str(error))
    except http.NotPublic:
        return Visit(tuple(hops), End.BROKEN, f"{_host(hops[-1])} is not on the public internet")
    except http.NameUnknown:
        return _unnamed(tuple(hops))
    except PublishError as error:
        return Visit(tuple(hops), End.UNKNOWN, error.message.rstrip("."))
    except Exception:  # an address is anybody's text, and a server says anything: not known is always true
        logger.exception("An address could not be followed")
        return Visit(tuple(hops), End.UNKNOWN, "it could not be followed")


class _NoAddress(ValueError):
    """A redirect to what no browser opens."""


def _ask(url: str, end: float) -> http.Answer:
    """GET, as a reader's browser asks: a server may answer HEAD with a page and lead everybody else on. Raises
    PublishError."""
    left = end - monotonic()
    if left <= 0:
        raise PublishError("It took too long.")
    most = guard.Most(size=BYTES, seconds=left, cut=True)
    return http.call("GET", url, headers={"Accept": "text/html,*/*"}, read_seconds=left, most=most)


def _led_to(here: str, answer: http.Answer) -> str:
    """Where the answer leads on to; "" for a page that stays, or that only loads itself anew. Raises _NoAddress."""
    if answer.status in REDIRECTS and answer.moved_to:
        return _next(here, answer.moved_to)
    written, base = refreshed_to(answer) if answer.ok else ("", "")
    there = _next(urljoin(here, base), written) if written else ""
    return there if there and _secure(there) != here.partition("#")[0] else ""


def _next(here: str, elsewhere: str) -> str:
    """The address that a redirect names, without its fragment. Raises _NoAddress."""
    there = urljoin(here, elsewhere.strip()).partition("#")[0]
    parts = urlsplit(there)
    known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if not known or len(there) > MOST_CHARACTERS:
        raise _NoAddress("it leads on to what is no web address")
    return there


def _secure(url: str) -> str:
    """The address to ask for: over https, unless it is a server of this machine and those are allowed."""
    parts = urlsplit(url)
    here = guard.settings.allow_loopback and foreign.is_here(parts.hostname or "")
    return url if parts.scheme == "https" or here else parts._replace(scheme="https").geturl()


def _arrived(hops: tuple[str, ...], status: int, *, as_named: bool) -> Visit:
    if 200 <= status < 300:
        return Visit(hops, End.REACHED)
    host = _host(hops[-1])
    if status in GONE and as_named:
        return Visit(hops, End.BROKEN, f"{host} has no such page ({status})")
    return Visit(hops, End.UNKNOWN, f"{host} does not show the page to us ({status})")


def _unnamed(hops: tuple[str, ...]) -> Visit:
    host = _host(hops[-1])
    if _can_ask():
        return Visit(hops, End.BROKEN, f"there is no server {host}")
    return Visit(hops, End.UNKNOWN, "this installation reaches no name service")


def _can_ask() -> bool:
    try:
        guard.check_host(ALWAYS_THERE, 443, secure=True)
    except Exception:
        return False
    return True


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
