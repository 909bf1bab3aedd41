"""The code of conduct as a page: its Markdown rendered and cleaned, clause by clause.

A team's admins write the text, so it is treated like any other input: rendered, then cut down to the elements
that a text needs. Nothing in it can run, load or imitate the page around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import markdown
import nh3
from django.utils.safestring import SafeString

_HEADING = re.compile(r"^#{1,6}\s+")
_CLAUSE = re.compile(r"^###\s+(?P<id>\d+\.\d+)\s+(?P<title>\S.*?)\s*#*$")
_TAGS = frozenset(
    [
        "p",
        "br",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)


@dataclass(frozen=True, slots=True)
class Block:
    """A clause, or (without an id) what stands between clauses: headings and introductions."""

    html: SafeString
    id: str = ""
    title: str = ""


def render(text: str) -> SafeString:
    """Markdown as HTML that is safe on our own pages, whoever wrote it."""
    html = markdown.markdown(text, extensions=["sane_lists", "tables"], output_format="html")
    cleaned = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return SafeString(cleaned)


def blocks(text: str) -> list[Block]:
    """The text in its order, cut as `conduct.parse` cuts it: a clause ends at the next heading."""
    return [_block(heading, body) for heading, body in cut(text)]


def cut(text: str) -> Iterator[tuple[str, str]]:
    """(heading line or "", what follows it up to the next one)."""
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if not _HEADING.match(line):
            lines.append(line)
            continue
        if heading or any(each.strip() for each in lines):
            yield heading, "\n".join(lines)
        heading, lines = line, []
    if heading or any(each.strip() for each in lines):
        yield heading, "\n".join(lines)


def _block(heading: str, body: str) -> Block:
    clause = _CLAUSE.match(heading)
    if clause:
        return Block(render(body), clause["id"], clause["title"])
    return Block(render(f"{heading}\n\n{body}"))
