"""Names of hosts: which are the same, which shorten links, and which look like another."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import idna
import regex

from gate.checks.fold import fold
from gate.checks.lookalikes import LOOKALIKES

SHORTENERS = (
    "bit.ly", "bitly.com", "j.mp", "tinyurl.com", "t.co", "goo.gl", "g.co", "ow.ly", "buff.ly", "is.gd", "v.gd",
    "t.ly", "cutt.ly", "rebrand.ly", "rb.gy", "shorturl.at", "shorturl.com", "short.io", "tiny.cc", "bl.ink",
    "lnkd.in", "trib.al", "dlvr.it", "hubs.ly", "hubs.la", "ift.tt", "snip.ly", "soo.gd", "s.id", "clck.ru", "vk.cc",
    "qr.ae", "adf.ly", "ouo.io", "shorte.st", "bc.vc", "u.to", "x.gd", "tny.im", "kutt.it", "linktr.ee", "short.gy",
    "urlz.fr", "lc.cx", "migre.me", "encurtador.com.br", "acortar.link", "t1p.de", "kurzelinks.de",
)  # fmt: skip
"""Hosts on which anybody can hide any address. Linktree is a page of links, which hides as much."""
SAME_OWNER = frozenset(
    {
        ("youtu.be", "www.youtube.com"), ("youtu.be", "youtube.com"), ("youtu.be", "m.youtube.com"),
        ("redd.it", "www.reddit.com"), ("wa.me", "api.whatsapp.com"), ("fb.me", "www.facebook.com"),
        ("fb.watch", "www.facebook.com"), ("spoti.fi", "open.spotify.com"), ("instagr.am", "www.instagram.com"),
        ("git.io", "github.com"), ("t.me", "telegram.me"), ("twitter.com", "x.com"), ("flic.kr", "www.flickr.com"),
    }
)  # fmt: skip
"""Short names that lead to their owner's own pages only, and what those are."""

_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}\Z")
_LATIN = regex.compile(r"\p{Latin}")
_OTHER = regex.compile(r"[^\p{Latin}\p{Common}\p{Inherited}]")
_TOGETHER = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}]")
"""Scripts that are written with Latin letters among them (Unicode Technical Standard 39, highly restrictive)."""
_AT_HOME = {
    "ł": ("pl",), "ø": ("dk", "no", "fo", "gl"), "ı": ("tr", "az"), "đ": ("vn", "hr", "rs", "ba", "me", "si"),
    "ð": ("is", "fo"), "þ": ("is",), "ħ": ("mt",), "ŋ": ("no", "se", "fi"), "ŧ": ("no", "se", "fi"), "ə": ("az",),
    "ɛ": ("gh", "tg", "bj"), "ɔ": ("gh", "tg", "bj"), "ɖ": ("tg", "bj"), "ƒ": ("gh", "tg"),
}  # fmt: skip
"""Latin letters that look like others, and the domains of countries whose languages are written with them."""


def named(line: str) -> str:
    """A host from a setting, in its ASCII form. Raises ValueError for what is none."""
    host = ascii_of(line.strip().lower().removeprefix("*.").rstrip("."))
    if not _NAME.match(host):
        raise ValueError(f"“{line}” is not the name of a host, such as example.org.")
    return host


def own_shortener(line: str) -> None:
    """Raises ValueError for what is no host, and for a shortener that hides anybody's address. One below it may be
    the organisation's own."""
    if named(line).removeprefix("www.") in SHORTENERS:
        raise ValueError(f"Anybody can shorten an address with “{line}”: name hosts that are yours alone.")


def ascii_of(host: str) -> str:
    """The form in which name services know a host; the host itself where it has none."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return host.lower()


def is_in(host: str, names: Iterable[str]) -> bool:
    """Whether the host, or a domain that it belongs to, is named."""
    known = ascii_of(host)
    return any(known == name or known.endswith(f".{name}") for name in names)


def same_site(one: str, two: str) -> bool:
    """The same host but for "www.", or one of them below the other."""
    a, b = (ascii_of(each).removeprefix("www.") for each in (one, two))
    return a == b or a.endswith(f".{b}") or b.endswith(f".{a}")


def disguise(host: str) -> str:
    """Why a reader may take the host for another, in a sentence; "" where nothing speaks for it."""
    if _is_number(host):
        return "A number stands where the name of a host is expected, so readers cannot tell whose it is."
    shown = [_decoded(label) for label in host.split(".")]
    if any(_mixes(label) for label in shown):
        return "The host mixes alphabets, so that it looks like another one."
    if any(_passes_for_latin(label) for label in shown):
        return "The host is written with letters of another alphabet that look like Latin ones."
    if letter := _unusual(shown):
        return f"The host has a letter that looks like another one: “{letter}”."
    if any(label.startswith("xn--") for label in host.split(".")):
        return "The host is in a coded form (xn--), which readers cannot read."
    return ""


def _is_number(host: str) -> bool:
    """Also the forms that browsers take for an address: 0x7f.1, 2130706433."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return bool(re.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", host))
    return True


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def _mixes(label: str) -> bool:
    return bool(_LATIN.search(label) and _OTHER.search(_TOGETHER.sub("", label)))


def _passes_for_latin(label: str) -> bool:
    return (
        bool(_OTHER.search(label)) and all(c.isascii() for c in fold(label).text) and bool(fold(label).text)
    )


def _unusual(shown: list[str]) -> str:
    """The first Latin letter that looks like one of a to z and is not of that country's own; "" for none. Letters with
    accents are none: names in many languages have them."""
    letters = (
        c for label in shown for c in label if not c.isascii() and _LATIN.match(c) and ord(c) in LOOKALIKES
    )
    return next((c for c in letters if shown[-1] not in _AT_HOME.get(c, ())), "")
