"""The places of findings in a text: in the preview, and behind the text box, where the text stands as it was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import regex
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from gate.checks.base import Finding, Level
from gate.content import normalise

MEANING: Final = {Level.BLOCKS: "blocks", Level.ATTEST: "", Level.ADVISES: "advice"}
LINKED: Final = regex.compile(
    r"https?://\S+[^\s.,;:!?)\]}'\"”’]|(?<![\p{L}\p{N}_/@])[@#][\p{L}\p{N}_][\p{L}\p{N}_.@-]*[\p{L}\p{N}_]"
)
Marks = list[tuple[int, int, str]]
"""Code points from, to, and the class of what is marked."""


def of(found: Iterable[Finding]) -> Marks:
    """Blocks before questions before advice, so that the graver one wins where two overlap."""
    rank = {Level.BLOCKS: 0, Level.ATTEST: 1, Level.ADVISES: 2}
    ordered = sorted(found, key=lambda f: rank[f.level])
    kept: Marks = []
    for f in ordered:
        start, end = f.span.start, f.span.end
        if f.span.field != "text" or start >= end or any(start < e and s < end for s, e, _ in kept):
            continue
        kept.append((start, end, MEANING[f.level]))
    return kept


def marked(text: str, marks: Marks, *, links: bool = True) -> SafeString:
    """The text as HTML with the marked places in <mark>; where marks overlap, the first one counts."""
    out: list[SafeString] = []
    at = 0
    for start, end, meaning in sorted(marks):
        if start < at or end <= start or end > len(text):
            continue
        out += [
            _plain(text[at:start], links),
            format_html('<mark class="{}">{}</mark>', meaning, text[start:end]),
        ]
        at = end
    return format_html_join("", "{}", ((piece,) for piece in [*out, _plain(text[at:], links)]))


def moved(marks: Marks, text: str, raw: str) -> Marks:
    """Marks of the normalised text on the text as typed, from which blanks and signs were taken away before."""
    if not marks or raw.startswith(text):
        return marks
    places = _places(text, raw)
    return [(places[start][0], places[end - 1][1], meaning) for start, end, meaning in marks if places]


def _places(text: str, raw: str) -> list[tuple[int, int]]:
    """For each code point of the normalised text, from where to where it stands in the text as typed.

    It goes sign by sign, since composing reaches no further: what does not come next in the normalised text is what
    was taken away. Empty where that does not lead to the end of the text: no mark is better than a wrong one.
    """
    places: list[tuple[int, int]] = []
    for sign in regex.finditer(r"\X", raw):
        # Between two letters that compose with nothing, a blank is none at the end of a line and stays.
        kept = normalise(f"q{sign.group()}q")[1:-1]
        if text.startswith(kept, len(places)):
            places += [sign.span()] * len(kept)
    return places if len(places) == len(text) else []


def _plain(text: str, links: bool) -> SafeString:
    if not links:
        return escape(text)
    out, at = [], 0
    for match in LINKED.finditer(text):
        out.append(
            (escape(text[at : match.start()]), format_html('<span class="tag">{}</span>', match.group()))
        )
        at = match.end()
    return format_html_join("", "{}{}", out) + escape(text[at:])
