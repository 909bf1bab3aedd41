"""What a server says, made fit to be kept and shown: names, ids, addresses.

A server is somebody else's. A NUL stops PostgreSQL, half a surrogate pair stops UTF-8, marks that turn the writing
direction make a text look like another one, and an address may be one that runs a script when it is opened.
"""

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

from platforms import guard

LONGEST_ID = 500
LONGEST_NAME = 255
LONGEST_ADDRESS = 2000
_UNFIT = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def name(value: object) -> str:
    """A person's or an account's name in one line. What joins emoji stays; what turns the direction goes."""
    text = _TURNING.sub("", "".join(" " if _is_unfit(c) else c for c in str(value)))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def identifier(value: object) -> str:
    """An id, without what no id has."""
    return "".join(c for c in str(value) if c.isprintable())[:LONGEST_ID]


def address(value: object) -> str:
    """A web address that is safe as a link; "" for every other: https, or http on this machine where that is
    allowed, and without a user name, which makes one host look like another."""
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS or not value.isprintable() or " " in value:
        return ""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port  # reading the port raises where it is no number
    except ValueError:
        return ""
    if not host or "@" in parts.netloc:
        return ""
    secure = parts.scheme == "https"
    here = parts.scheme == "http" and guard.settings.allow_loopback and is_here(host)
    return value if secure or here else ""


def _is_unfit(character: str) -> bool:
    return unicodedata.category(character) in _UNFIT


def is_here(host: str) -> bool:
    """Whether the host is this machine by its own name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
