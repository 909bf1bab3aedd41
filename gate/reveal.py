"""Hidden characters as something to see: a reviewer reads what is stored, not what it pretends to be.

Each is replaced by its code point, so that an override turns nothing on our pages.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from gate import invisible

Hidden = Mapping[int, str]
"""Hidden characters by their code point in a text."""


def of(text: str) -> Hidden:
    """The hidden characters of a whole text: what is needed for an emoji shows only beside its neighbours."""
    return {each.at: each.character for each in invisible.hidden(text)}


def piece(text: str, at: int, hidden: Hidden) -> SafeString:
    """A piece of a text that begins at its code point `at`, as HTML."""
    out: list[tuple[SafeString]] = []
    start = 0
    for place in sorted(p - at for p in hidden if at <= p < at + len(text)):
        out += [(format_html("{}", text[start:place]),), (token(text[place]),)]
        start = place + 1
    return format_html_join("", "{}", [*out, (format_html("{}", text[start:]),)])


def html(value: str) -> SafeString:
    """A whole text, or HTML that was made of one and has no hidden character in its tags."""
    escaped = conditional_escape(value)
    out, start = [], 0
    for at, character in of(escaped).items():
        out += [escaped[start:at], token(character)]
        start = at + 1
    # The pieces of what was escaped already, with tokens of our own between them.
    return SafeString("".join([*out, escaped[start:]]))


def token(character: str) -> SafeString:
    name = invisible.called(character)
    return format_html(
        '<span class="unseen" title="{}">{}</span>',
        f"Readers do not see this{f': {name}' if name else ''}",
        invisible.code_point(character),
    )
