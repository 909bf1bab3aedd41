"""Plots as SVG, drawn on the server: plain shapes with classes, so that they follow the page's colours, light and dark,
under a content security policy that forbids inline styles (libraries for charts write those, or draw with scripts).

Each plot says in words what it shows (<title>, <desc>); the page has the same numbers as a table.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH = 360
"""Units; text has 13 of them, so a plot is to be shown at 360 px or wider."""
ROW, LABEL_ROOM = 34, 18
COLUMN_HEIGHT = 150
EDGE = 24
"""No label of a column stands nearer to the side with its middle, so that "24 Aug" is not cut off."""


def stacked_bars(
    title: str, rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], *, unit: str = ""
) -> SafeString:
    """Horizontal bars. `rows`: label, and its pieces as (class, number), drawn from left to right."""
    most = max((sum(n for _, n in pieces) for _, pieces in rows), default=0) or 1
    height = max(len(rows), 1) * ROW
    bars = format_html_join("", "{}", ((_bar(i, row, most),) for i, row in enumerate(rows)))
    words = "; ".join(f"{label}: {sum(n for _, n in pieces)}" for label, pieces in rows)
    return _plot(title, f"{words} {unit}".strip(), height, bars)


def _bar(index: int, row: tuple[str, Sequence[tuple[str, int]]], most: int) -> SafeString:
    label, pieces = row
    top = index * ROW
    room = WIDTH - 44
    drawn, at = [], 0.0
    for name, number in pieces:
        width = room * number / most
        if number:
            drawn.append((name, f"{at:.1f}", top + LABEL_ROOM, f"{max(width, 1.5):.1f}"))
        at += width
    return format_html(
        '<text x="0" y="{}">{}</text>{}<text class="n" x="{}" y="{}">{}</text>',
        top + 13,
        label,
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="10" rx="2"/>', drawn),
        f"{at + 6:.1f}",
        top + LABEL_ROOM + 10,
        sum(n for _, n in pieces),
    )


def columns(title: str, bars: Sequence[tuple[str, float, str]], *, every: int = 1) -> SafeString:
    """Vertical bars: label below, height, number above ("" for none). `every`: which labels are written."""
    most = max((height for _, height, _ in bars), default=0) or 1
    step = WIDTH / max(len(bars), 1)
    drawn = format_html_join(
        "",
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="2"/>'
        '<text class="n mid" x="{}" y="{}">{}</text>',
        (
            (
                f"{i * step + step * 0.12:.1f}",
                f"{_top(height, most):.1f}",
                f"{step * 0.76:.1f}",
                f"{max(COLUMN_HEIGHT - _top(height, most), 1):.1f}",
                f"{(i + 0.5) * step:.1f}",
                f"{_top(height, most) - 5:.1f}",
                number,
            )
            for i, (_, height, number) in enumerate(bars)
        ),
    )
    labels = format_html_join(
        "",
        '<text class="mid" x="{}" y="{}">{}</text>',
        (
            (f"{min(max((i + 0.5) * step, EDGE), WIDTH - EDGE):.1f}", COLUMN_HEIGHT + 18, label)
            for i, (label, _, _) in enumerate(bars)
            if i % every == 0
        ),
    )
    base = format_html('<line x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, COLUMN_HEIGHT, COLUMN_HEIGHT)
    words = "; ".join(f"{label}: {number or f'{height:g}'}" for label, height, number in bars)
    return _plot(title, words, COLUMN_HEIGHT + 24, format_html("{}{}{}", drawn, base, labels))


def _top(height: float, most: float) -> float:
    return COLUMN_HEIGHT - (COLUMN_HEIGHT - 22) * height / most


def _plot(title: str, words: str, height: int, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" xmlns="http://www.w3.org/2000/svg">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        WIDTH,
        height,
        title,
        words,
        inside,
    )
