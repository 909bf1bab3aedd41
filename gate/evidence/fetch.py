"""Fetching a page that somebody names: every step of the way through the guard (platforms/guard.py)."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from gate.errors import Incomplete
from gate.evidence import kinds
from platforms import guard, http
from platforms.base import PublishError

LARGEST: Final = 10_000_000
"""Bytes of a page or a file."""
SECONDS: Final = 20.0
"""For the whole way, redirects and all."""
REDIRECTS: Final = 5
LONGEST_ADDRESS: Final = 2000
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final = {"Accept": "text/html, application/xhtml+xml, text/plain, application/pdf, image/*;q=0.8"}
_KEPT: Final = "Nothing was stored; what you typed is still here."
_INSTEAD: Final = "Save what it shows as a PDF or a picture, and add that file."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: `data` is what the server sent, decompressed; `final_url` where the address led."""

    url: str
    final_url: str
    data: bytes
    content_type: str


def fetch(address: str) -> Fetched:
    """Raises Incomplete, in words for the person who typed the address."""
    url = typed(address)
    answer, final = _follow(url)
    if not answer.ok:
        raise Incomplete(f"{_said(answer)} {_KEPT} Check the address in a browser. {_INSTEAD}")
    if not answer.body:
        raise Incomplete(f"{answer.host} sent an empty page. {_KEPT} {_INSTEAD}")
    content_type = kinds.of(answer.body, answer.headers.get("content-type", ""))
    if not content_type:
        said = answer.headers.get("content-type", "").partition(";")[0].strip()[:60] or "an unknown kind"
        raise Incomplete(
            f"{answer.host} sent something that is no page, text, PDF or picture ({said}). {_KEPT} {_INSTEAD}"
        )
    return Fetched(url, final, answer.body, content_type)


def _follow(url: str) -> tuple[http.Answer, str]:
    end = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        answer = _one(url, end - time.monotonic())
        if answer.status not in _MOVED or not answer.moved_to:
            return answer, url
        url = _next(url, answer)
    raise Incomplete(
        f"The address leads on more than {REDIRECTS} times, and was given up. {_KEPT} {_INSTEAD}"
    )


def _one(url: str, left: float) -> http.Answer:
    if left <= 0:
        raise Incomplete(f"The page did not come within {SECONDS:.0f} seconds. {_KEPT} Try again. {_INSTEAD}")
    try:
        return http.call(
            "GET", url, headers=_HEADERS, read_seconds=min(left, 10.0), most=guard.Most(LARGEST, left)
        )
    except PublishError as error:
        limits = f"At most {LARGEST // 1_000_000} MB and {SECONDS:.0f} seconds are taken."
        raise Incomplete(f"{error.message} {limits} {_KEPT} {_INSTEAD}") from error


def _next(url: str, answer: http.Answer) -> str:
    moved_to = answer.moved_to
    with suppress(UnicodeError):  # what requests reads as Latin-1 is UTF-8 in truth
        moved_to = moved_to.encode("latin-1").decode("utf-8")
    try:
        return _checked(_joined(url, quote(moved_to, safe="%/:?#[]@!$&'()*+,;=~")))
    except ValueError as error:
        raise Incomplete(
            f"{answer.host} leads on to an address that may not be opened: {error} {_KEPT} {_INSTEAD}"
        ) from error


def _joined(url: str, moved_to: str) -> str:
    try:
        return urljoin(url, moved_to)
    except ValueError:
        raise ValueError("That is not the address of a page.") from None


def typed(address: str) -> str:
    """The address as it is fetched. Raises Incomplete."""
    text = address.strip()
    if not text:
        raise Incomplete("Give the address of the page.")
    try:
        return _checked(text if "://" in text else f"https://{text}")
    except ValueError as error:
        raise Incomplete(f"{error} {_KEPT}") from error


def _checked(url: str) -> str:
    """The address without its fragment, which never reaches a server. Raises ValueError, in words."""
    if len(url) > LONGEST_ADDRESS or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError(f"An address has at most {LONGEST_ADDRESS} characters and no blanks.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("That is not the address of a page.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("That is not the address of a page: it begins with https://.")
    if parts.scheme == "http" and not guard.settings.allow_loopback:
        raise ValueError(
            "The address must begin with https://: anybody on the way can change a page of http://."
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave out the user name and the password.")
    return urlunsplit(parts._replace(fragment=""))


def _said(answer: http.Answer) -> str:
    try:
        return f"{answer.host} answered {answer.status} ({HTTPStatus(answer.status).phrase.lower()})."
    except ValueError:
        return f"{answer.host} answered {answer.status}."
