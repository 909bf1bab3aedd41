"""How Mastodon counts a text, and what of a text is left in the HTML it shows."""

import re
import unicodedata
from html import unescape

from platforms.links import links
from platforms.rules import graphemes

URL_CHARACTERS = 23
"""What every address counts as where the server names no other number (characters_reserved_per_url)."""

_NAME = r"\w++(?:[.-]++\w++)*+"  # possessive: a long word must not be tried again from each of its letters
_MENTION = re.compile(rf"(?<![=/\w])@({_NAME})@{_NAME}")
_BREAK = re.compile(r"<(?:br|p)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")


def counted(text: str, url_characters: int = URL_CHARACTERS) -> int:
    """Length in graphemes; an address counts a fixed number, a remote mention only its name (Mastodon,
    StatusLengthValidator)."""
    for start, end in reversed(list(links(text))):
        text = text[:start] + "x" * url_characters + text[end:]
    return graphemes(_MENTION.sub(r"@\1", text))


def comparable(text: str) -> str:
    """A text so that what was sent equals what is shown: one kind of space, mentions without their domain."""
    text = _MENTION.sub(r"@\1", unicodedata.normalize("NFC", _INVISIBLE.sub("", text)))
    return " ".join(text.split())


def plain(html: str) -> str:
    """The text of a status's HTML, in the form that `comparable` gives. Addresses are shortened by style only,
    so their text is whole. Servers send escaped text and few tags; the patterns take time in proportion to
    the length of anything else too, which html.parser does not."""
    return comparable(unescape(_TAG.sub("", _BREAK.sub("\n", html))))
