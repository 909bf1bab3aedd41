"""House rules of the templates: nothing inline that the content security policy would refuse, error pages
that need nothing, sizes and colours from the tokens."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts.templatetags import ui

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static").glob("*.css"))
INLINE = re.compile(r"""<[^>]*?\s(style|on[a-z]+)\s*=\s*["']|<style\b|href=["']javascript:""", re.I)
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", re.I)
ICON = re.compile(r"""{%\s*icon\s+["']([\w-]+)["'](?:\s+\d+(?:\s+["'](\w+)["'])?)?""")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_inline(path: Path) -> None:
    text = path.read_text()
    assert INLINE.search(text) is None
    assert SCRIPT.search(text) is None


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_icon_exists(path: Path) -> None:
    for icon, style in ICON.findall(path.read_text()):
        assert ui.icon(icon, 20, style or "outline").startswith("<svg")


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
def test_error_pages_need_no_context(code: str) -> None:
    html = render_to_string(f"{code}.html")
    assert "<h1>" in html
    assert 'href="/"' in html


def test_lock_out_says_how_long() -> None:
    html = render_to_string(
        "lockout.html",
        {"username": "rosa@harbour.example", "failure_limit": 8, "cooloff_timedelta": timedelta(minutes=15)},
        request=RequestFactory().get("/"),
    )
    assert "rosa@harbour.example" in html
    assert "15 minutes" in html


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_no_text_under_thirteen_pixels(path: Path) -> None:
    sizes = re.findall(r"font(?:-size)?:\s*(?:[\w .]*?\s)?(\.?\d*\.?\d+)(rem|px)", path.read_text())
    pixels = [float(size) * (16 if unit == "rem" else 1) for size, unit in sizes]
    assert [size for size in pixels if size < 13] == []


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_colours_come_from_tokens(path: Path) -> None:
    """Both themes follow from the tokens; a colour written elsewhere would be right in one of them only."""
    text = re.sub(r"@layer tokens \{.*?\n\}", "", path.read_text(), flags=re.S)
    text = re.sub(r"@media print \{.*?\n\}", "", text, flags=re.S)
    allowed = re.compile(r"light-dark\([^;]*\)|\.qr \{[^}]*\}")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;,) ])", allowed.sub("", text)) == []
