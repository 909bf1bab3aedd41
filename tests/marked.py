"""Test files by the marks that stand in them: a stage of `script/test` that runs few of them reads no others."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from config.paths import ROOT

FOUND_BY_TEXT = ("live", "browser", "processes")


def files(*marks: str) -> list[str]:
    """Those in which one of these marks is named."""
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in paths if any(_names(path, mark) for mark in marks)]


def require_names(items: Iterable[pytest.Item]) -> None:
    """Raises pytest.UsageError for a test whose mark comes from elsewhere than its own file: no stage would run it."""
    for item in items:
        for mark in FOUND_BY_TEXT:
            if item.get_closest_marker(mark) and not _names(item.path, mark):
                raise pytest.UsageError(f"{item.nodeid} is marked {mark}, and its file does not say so.")


@cache
def _names(path: Path, mark: str) -> bool:
    return f"mark.{mark}" in path.read_text("utf-8")
