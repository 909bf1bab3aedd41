"""Every page in Chromium, wide and narrow, light and dark: nothing serious for axe, nothing scrolls sideways.

The list is that of tests/browser/tour.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Page as Tab

from tests.browser import tour
from tests.browser.conftest import Visit
from tests.browser.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("product")]

EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast"]}
AT_ONCE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, ::before, ::after { transition: none !important }");
    document.adoptedStyleSheets.push(sheet);
}"""
"""Colours fade from one scheme to the other; half-way they are nobody's choice."""
RESTS = """() => document.getAnimations().every(each => each.effect.getComputedTiming().iterations !== Infinity)"""
"""Once it is loaded, nothing moves without end: that keeps a processor busy, and a reader from reading."""
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def things(product: Installation) -> dict[str, Any]:
    return tour.things(product)


@pytest.mark.parametrize("name", tour.PAGES)
def test_everybody_can_read_it(name: str, window: Visit, things: dict[str, Any]) -> None:
    tab = window(tour.reader(name, tour.PAGES[name]))
    where = tour.address(name, tour.PAGES[name], things)
    tab.set_viewport_size(
        {"width": 1280, "height": tour.WIDTHS[1280]}
    )  # the one before it left the window narrow
    tab.goto(where, wait_until="load")
    assert tab.url.endswith(where), "it led elsewhere"
    tab.wait_for_function(RESTS)
    tab.evaluate(AT_ONCE)
    tab.evaluate(Axe().axe_script)

    found = []
    for width, height in tour.WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": height})
        if tab.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"):
            found.append(f"{width}: scrolls sideways because of {widest(tab)}")
        for scheme in tour.SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            whole = (width == 1280) == (scheme == "light")  # everything once at each width, colours always
            found += [
                f"{width} {scheme}: {each}" for each in violations(tab, EVERYTHING if whole else COLOURS)
            ]
    assert not found, "\n".join(found)


def violations(tab: Tab, options: dict[str, Any]) -> Iterator[str]:
    """What axe calls serious or critical, with the place and what is wrong there."""
    result = tab.evaluate("options => axe.run(document, options)", options)
    for violation in result["violations"]:
        if violation["impact"] in SERIOUS:
            for node in violation["nodes"]:
                why = " ".join(node["failureSummary"].split())
                yield f"{violation['id']} at {' '.join(map(str, node['target']))}: {why}"


def widest(tab: Tab) -> str:
    """What reaches out of the window on the right."""
    return str(
        tab.evaluate(
            """() => [...document.querySelectorAll("main *")]
                .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
                .slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" and ")"""
        )
    )
