"""Rich text of the AT Protocol: which bytes of a text are a link, a tag or a mention.

Lexicon app.bsky.richtext.facet: ranges are bytes of the UTF-8 text, end exclusive. Links and tags depend on
the text alone; a mention names an account, which the caller says.
"""

from collections.abc import Callable, Iterator
from typing import Any

import regex

from platforms.links import links
from platforms.rules import graphemes

_TAG = regex.compile(r"(?<![^\s(])[#＃](?!\uFE0F)(\S+)")
_MENTION = regex.compile(
    r"(?<![^\s(])@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?![\w-])",
    regex.IGNORECASE,
)
_TRAILING = regex.compile(r"[\p{P}\p{S}]+\Z")
_TAG_GRAPHEMES = 64
"""Lexicon app.bsky.richtext.facet#tag: maxGraphemes."""

Resolve = Callable[[str], str | None]
"""A handle to its DID, or None where there is no such account."""


def handles(text: str) -> tuple[str, ...]:
    """The handles in a text, each once, in its order: without the @, in lower case."""
    return tuple(dict.fromkeys(match[1].lower() for match in _MENTION.finditer(text)))


def facets(text: str, resolve: Resolve) -> list[dict[str, Any]]:
    """The facets of a text, in its order. A handle without an account stays plain text."""
    found = sorted([*_links(text), *_tags(text), *_mentions(text, resolve)], key=lambda f: f[0])
    return [_facet(text, start, end, feature) for start, end, feature in found]


Found = tuple[int, int, dict[str, str]]


def _links(text: str) -> Iterator[Found]:
    for start, end in links(text):
        yield start, end, _feature("link", uri=text[start:end])


def _tags(text: str) -> Iterator[Found]:
    for match in _TAG.finditer(text):
        tag = _TRAILING.sub("", match[1])
        if tag and not tag.isdecimal() and graphemes(tag) <= _TAG_GRAPHEMES and "#" not in tag:
            yield match.start(), match.start(1) + len(tag), _feature("tag", tag=tag)


def _mentions(text: str, resolve: Resolve) -> Iterator[Found]:
    for match in _MENTION.finditer(text):
        if did := resolve(match[1].lower()):
            yield match.start(), match.end(), _feature("mention", did=did)


def _feature(kind: str, **value: str) -> dict[str, str]:
    return {"$type": f"app.bsky.richtext.facet#{kind}", **value}


def _facet(text: str, start: int, end: int, feature: dict[str, str]) -> dict[str, Any]:
    first = len(text[:start].encode())
    return {
        "index": {"byteStart": first, "byteEnd": first + len(text[start:end].encode())},
        "features": [feature],
    }
