"""The text of a web page, as somebody reads it: without markup, scripts and styles, block by block.

One pass from left to right, so that no page takes longer than its size: a tree of 300,000 nested elements, or as many
comments that do not end, keeps a parser that builds or looks back busy for minutes. What it gives is text, escaped
wherever it is shown. It knows nothing of styles: text that a page hides is in it, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MARK: Final = re.compile(r"<(?=[a-zA-Z/!?])")
"""Any other one is text (HTML Standard, 13.2.5.6)."""
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)")
_UNSEEN: Final = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "head"}
)
"""Their content is no text of the page. (The title is in the head; it is read before that is left out.)"""
_IN_HEAD: Final = frozenset(
    {"title", "meta", "link", "base", "script", "style", "template", "noscript", "object", "head"}
)
_RAW: Final = frozenset({"script", "style", "textarea", "title", "iframe", "noscript", "xmp"})
"""Up to their own end tag there are no tags in them (HTML Standard, 13.2.5)."""
_BREAKS: Final = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset "
        "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol optgroup option "
        "p pre search section select summary table tbody td tfoot th thead tr ul",
    )
)
"""What browsers show as blocks, rows, cells and choices."""
_TOO_LARGE: Final = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")
"""No character has such a number, and Python converts no number of thousands of digits."""


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    text: str


def read(markup: str) -> Page:
    """Title and text of a page."""
    pieces, title, unseen = list[str](), "", list[str]()
    in_title = False
    for kind, value in _tokens(markup):
        if kind == "text":
            if in_title:
                title = title or _line(_plain(value))
            elif not unseen:
                pieces.append(_plain(value))
            continue
        in_title = kind == "start" and value == "title" and unseen in ([], ["head"])
        _step(unseen, kind, value)
        if value in _BREAKS:
            pieces.append("\n")
    return Page(title, _lines("".join(pieces)))


def _step(unseen: list[str], kind: str, name: str) -> None:
    """Goes into and out of what is not seen. What has no place in the head ends it, also where it was not closed."""
    if kind == "start" and unseen == ["head"] and name not in _IN_HEAD:
        unseen.clear()
    if kind == "start" and name in _UNSEEN and (not unseen or unseen[-1] == name or unseen == ["head"]):
        unseen.append(name)
    elif kind == "end" and unseen and unseen[-1] == name:
        unseen.pop()


def _tokens(markup: str) -> Iterator[tuple[str, str]]:
    """("text", ...), ("start", name) and ("end", name). What is not ended goes on to the end of the page."""
    at, lower = 0, markup.lower()
    if len(lower) != len(markup):  # a few letters have longer lower ones; places must stay
        lower = "".join(c.lower() if c.isascii() else c for c in markup)
    while at < len(markup):
        found = _MARK.search(markup, at)
        mark = found.start() if found else len(markup)
        if mark > at:
            yield "text", markup[at:mark]
        if not found:
            return
        tag = _TAG.match(markup, mark)
        if tag is None:
            at = _past(markup, mark)
            continue
        name = tag["name"].lower()
        yield ("end" if tag["end"] else "start"), name
        at = _end_of_tag(markup, tag.end())
        if not tag["end"] and name in _RAW:
            close = lower.find(f"</{name}", at)
            close = len(markup) if close < 0 else close
            yield "text", markup[at:close]
            at = close


def _past(markup: str, mark: int) -> int:
    """Where it goes on after a comment, a declaration or the end of nothing."""
    if markup.startswith("<!--", mark):
        end, long = markup.find("-->", mark + 4), 3
    else:
        end, long = markup.find(">", mark), 1
    return len(markup) if end < 0 else end + long


def _end_of_tag(markup: str, at: int) -> int:
    """Behind the ">" of a tag; one in a quoted value is not it."""
    while at < len(markup):
        character = markup[at]
        if character == ">":
            return at + 1
        if character == "=":
            quoted = at + 1
            while quoted < len(markup) and markup[quoted] in " \t\r\n\f":
                quoted += 1
            if quoted < len(markup) and markup[quoted] in "\"'":
                end = markup.find(markup[quoted], quoted + 1)
                at = len(markup) if end < 0 else end + 1
                continue
        at += 1
    return at


def _plain(text: str) -> str:
    return html.unescape(_TOO_LARGE.sub("\ufffd", text))


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    """Blanks run together, lines without anything left out."""
    return "\n".join(line for raw in text.split("\n") if (line := _line(raw)))
