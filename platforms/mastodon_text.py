"""How Mastodon counts a text, and what of a text is left in the HTML it shows."""

import re
import unicodedata
from html.parser import HTMLParser

from platforms.links import links
from platforms.rules import graphemes

URL_CHARACTERS = 23
"""What every address counts as where the server names no other number (characters_reserved_per_url)."""

_MENTION = re.compile(r"(?<![=/\w])@(\w+(?:[\w.-]*\w)?)(?:@[\w.-]+\w)")
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
    """The text of a status's HTML, in the form that `comparable` gives."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return comparable("".join(reader.text))


class _Reader(HTMLParser):
    """Collects the text; addresses are shortened by style only, so their text is whole."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p"):
            self.text.append("\n")
