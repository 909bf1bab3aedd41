"""Web addresses in a text, also those that no platform makes a link of, with the place where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import regex

from gate.checks.texts import texts
from gate.content import Content
from platforms.links import without_punctuation

# Platforms make a link also where a letter without case stands before it, as in Japanese, or "_" (twitter-text's
# validUrlPrecedingChars). A backslash ends a host for a browser, and the address for platforms. Another address begins
# within the host, and within the path behind what no path holds: "https://a.example/x。https://b.example" are two.
_FULL = re.compile(
    r"(?<![A-Za-z0-9@])https?://(?:(?!(?<![A-Za-z0-9@])https?://)[^\s<>\"\\/?#])+"
    r"(?P<rest>[/?#](?:(?!(?<=[^!-~]|[(){}^`])https?://)[^\s<>\"\\])*)?",
    re.IGNORECASE,
)
_HOST = regex.compile(r"[\p{L}\p{M}\p{N}._-]+|[0-9a-f:.]*:[0-9a-f:.]*", regex.IGNORECASE)
_ENDS_HOST = regex.compile(r"[\p{L}\p{M}\p{N}\[\]/]")
_NAME = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
_BARE = re.compile(
    # Country codes are words as well ("Come.in"): they count behind www. or before a path.
    rf"(?:(?<![\w@/.:#&=?%-])|(?<=[\u0530-\u1dff\u2c00-\U0010ffff]))"
    rf"(?:{_NAME}(?:com|org|net|edu|gov|info)(?![a-z0-9_@-]|\.[a-z0-9])(?:[/?#][^\s<>\"]*)?"
    rf"|www\.{_NAME}[a-z]{{2,24}}(?![a-z0-9_@-]|\.[a-z0-9])(?:[/?#][^\s<>\"]*)?"
    rf"|{_NAME}[a-z]{{2,24}}/[^\s<>\"]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """text[start:end]. `url` has a scheme, also where the text has none (`bare`)."""

    start: int
    end: int
    url: str
    bare: bool = False

    @property
    def parts(self) -> SplitResult | None:
        """None for what is no address of anything: "https://[" and the like."""
        return split(self.url)

    @property
    def host(self) -> str:
        """Empty where there is none, or one with signs that no host has: browsers and platforms end it at others."""
        host = host_of(self.url)
        return host if _HOST.fullmatch(host) else ""


def addresses(text: str) -> Iterator[Address]:
    """In the order of the text."""
    full = [_full(match) for match in _FULL.finditer(text)]
    taken = bytearray(len(text))
    for each in full:
        taken[each.start : each.end] = b"\1" * (each.end - each.start)
    bare = [_bare(match) for match in _BARE.finditer(text) if not taken[match.start()]]
    yield from sorted([*full, *bare], key=lambda each: each.start)


def urls(content: Content) -> list[str]:
    """The distinct addresses that a reader could be led to, in order; those with a user name are left out, since
    whoever opens one signs in."""
    found = (address for text in texts(content) for address in addresses(text.text) if not address.bare)
    return list(dict.fromkeys(a.url for a in found if a.parts and "@" not in a.parts.netloc and a.host))


def split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises where it is no number
    except ValueError:
        return None
    return parts


def host_of(url: str) -> str:
    """The host in lower case and as it is typed; "" where there is none."""
    parts = split(url)
    return (parts.hostname or "").rstrip(".") if parts else ""


def _full(match: re.Match[str]) -> Address:
    address = match[0]
    if not match["rest"]:  # any other sign behind the host, a "。" or an emoji, ends it everywhere
        end = len(address)
        while not _ENDS_HOST.match(address, end - 1):
            end -= 1
        address = address[:end]
    url = without_punctuation(address)
    return Address(match.start(), match.start() + len(url), url)


def _bare(match: re.Match[str]) -> Address:
    name = without_punctuation(match[0])
    return Address(match.start(), match.start() + len(name), f"https://{name}", bare=True)
