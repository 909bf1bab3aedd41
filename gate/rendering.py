"""The code of conduct as a page: its Markdown rendered and cleaned, clause by clause.

A team's admins write the text, so it is treated like any other input: rendered, then cut down to the elements
that a text needs. Nothing in it can run, load or imitate the page around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import markdown
import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString

from gate.conduct import CLAUSE, HEADING

MOST_LINES = 1_500
MOST_WORK = 1_000_000
"""Of `_work`: less than 200 ms. A paragraph of 2,000 characters with twenty links is some 50,000."""
_SLOW = re.compile(r"[\[<`]|^ *(?:=+|-+) *$", re.MULTILINE)
"""What the Markdown library looks for an end to in all that follows in the paragraph, again each time."""
_MARK = re.compile(r"[\[*_>\\&]")
_APART = re.compile(r"\n[ \t]*\n")
TANGLED = (
    f"The text has more than {MOST_LINES:,} lines, or a paragraph with so many brackets and other marks that "
    "pages with it would be slow. Shorten it, or part long paragraphs by blank lines."
)
_TAGS = {
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
}


@dataclass(frozen=True, slots=True)
class Block:
    """A clause, or (without an id) what stands between clauses: headings and introductions."""

    html: SafeString
    id: str = ""
    title: str = ""


def render(text: str) -> SafeString:
    """Markdown as HTML that is safe on our own pages, whoever wrote it. What is tangled stays as it was written."""
    return _plain(text) if is_tangled(text) else _html(_library(), text)


def blocks(text: str) -> list[Block]:
    """The text in its order, cut as `conduct.parse` cuts it: a clause ends at the next heading."""
    if is_tangled(text):
        return [_block(_plain, heading, body) for heading, body in cut(text)]
    return [_block(partial(_html, _library()), heading, body) for heading, body in cut(text)]


def titles(text: str) -> list[tuple[str, str]]:
    """Number and title of each clause, in the order of the text."""
    found = (CLAUSE.match(heading) for heading, _ in cut(text))
    return [(clause["id"], clause["title"]) for clause in found if clause]


def is_tangled(text: str) -> bool:
    """Whether the Markdown library would need more than a moment for it."""
    return len(text.splitlines()) > MOST_LINES or _work(text) > MOST_WORK


def _work(text: str) -> int:
    """Characters that are looked at again and again, as measured; an end of HTML is looked for in all of the text."""
    within = sum(len(paragraph) * len(_SLOW.findall(paragraph)) for paragraph in _APART.split(text))
    return within + len(text) * text.count("<") // 10 + 200 * len(_MARK.findall(text))


def _library() -> markdown.Markdown:
    """One for all blocks of a text: making it takes longer than most blocks do."""
    return markdown.Markdown(extensions=["sane_lists", "tables"], output_format="html")


def _html(library: markdown.Markdown, text: str) -> SafeString:
    cleaned = nh3.clean(
        library.reset().convert(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return SafeString(cleaned)


def _plain(text: str) -> SafeString:
    return format_html("<pre>{}</pre>", text)


def cut(text: str) -> Iterator[tuple[str, str]]:
    """(heading line or "", what follows it up to the next one)."""
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if not HEADING.match(line):
            lines.append(line)
            continue
        if heading or any(each.strip() for each in lines):
            yield heading, "\n".join(lines)
        heading, lines = line, []
    if heading or any(each.strip() for each in lines):
        yield heading, "\n".join(lines)


def _block(shown: Callable[[str], SafeString], heading: str, body: str) -> Block:
    clause = CLAUSE.match(heading)
    if clause:
        return Block(shown(body), clause["id"], clause["title"])
    return Block(shown(f"{heading}\n\n{body}"))
