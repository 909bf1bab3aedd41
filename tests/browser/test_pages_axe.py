"""Every page in Chromium, wide and narrow, light and dark: nothing serious for axe, nothing scrolls sideways.

The list is the table of tests/pages.py, so a new page is looked at as soon as it has its line there. The admin
site's pages are Django's own and not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from django.urls import reverse
from playwright.sync_api import Page as Tab

from tests.browser.conftest import Visit
from tests.browser.installation import Installation
from tests.pages import ELSEWHERE, TEAM, Page

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SLUG = "harbour-trust"
PAGES = {name: page for name, page in {**TEAM, **ELSEWHERE}.items() if page.shown and ":" not in name}
READERS = {
    "calendar": "author",
    "posts": "author",
    "post": "author",
    "review": "reviewer",
    "log-entry": "auditor",
}
"""Who looks, where somebody else than an admin sees more."""
WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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

THINGS = """
import json
from accounts import invitations
from accounts.models import Membership, User
from gate.models import Submission
from ledger.models import Entry
from platforms import sandbox
from scheduler.models import Post

team = Membership.objects.filter(is_admin=True).latest("pk").team
admin = Membership.objects.get(team=team, is_admin=True)
_, link = invitations.invite(by=admin, email="axe@harbour.example", roles=["author"])
User.objects.filter(pk=admin.user_id).update(is_superuser=True)  # runs the installation, too
print(json.dumps({
    "post": Post.objects.get(title="Meet the crew").pk,
    "draft": Post.objects.get(title="Winter opening").pk,
    "submission": Submission.objects.get(title="Beach clean-up results").pk,
    "channel": team.channels.order_by("pk").first().pk,
    "entry": Entry.objects.filter(team_id=team.pk, kind="delivery.sent").latest("index").index,
    "member": team.members.get(is_auditor=True).pk,
    "token": link.rstrip("/").rpartition("/")[2],
    "bluesky": "bluesky", "version": 1, "uid": "0", "key": "set-password",
}))
"""


@pytest.fixture(scope="module")
def things(product: Installation) -> dict[str, Any]:
    """What stands in the addresses."""
    found: dict[str, Any] = json.loads(product.ask(THINGS).splitlines()[-1])
    return found


def reader(name: str, page: Page) -> str:
    """Who opens it: "" is nobody."""
    if page.is_of_a_team:
        return READERS.get(name) or next(
            role for role in ("admin", "author", "reviewer") if role in page.roles
        )
    return {"anybody": "", "person": "author", "operator": "admin"}[page.who]


def address(name: str, page: Page, things: dict[str, Any]) -> str:
    start = [SLUG] if page.is_of_a_team else []
    return reverse(name, args=[*start, *(things[thing] for thing in page.args.split())])


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(name: str, window: Visit, things: dict[str, Any]) -> None:
    tab = window(reader(name, PAGES[name]))
    where = address(name, PAGES[name], things)
    tab.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})  # the one before it left the window narrow
    tab.goto(where, wait_until="load")
    assert tab.url.endswith(where), "it led elsewhere"
    tab.wait_for_function(RESTS)
    tab.evaluate(AT_ONCE)
    tab.evaluate(Axe().axe_script)

    found = []
    for width, height in WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": height})
        if tab.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"):
            found.append(f"{width}: scrolls sideways because of {widest(tab)}")
        for scheme in SCHEMES:
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
