"""Writing, reviewing and reading the log without a mouse: keys alone, from page to page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Visit
from tests.browser.installation import Installation
from tests.browser.steps import TEAM

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("product")]

MOST_TABS = 90
ORDER = "() => new Intl.DateTimeFormat(navigator.language).formatToParts().map(part => part.type)"
HOURS = "() => new Intl.DateTimeFormat(navigator.language, {hour: 'numeric'}).resolvedOptions().hourCycle"
"""How the browser of this machine wants dates and times typed."""
FOCUSED = """() => {
    const on = document.activeElement;
    const words = on.ariaLabel || on.labels?.[0]?.textContent || on.textContent || "";
    return [words.replace(/\\s+/g, " ").trim(), on.type === "radio" ? on.name : ""];
}"""


def test_write_review_and_look_it_up_with_keys_alone(product: Installation, visit: Visit) -> None:
    title = steps.unique("Rope course")
    author = visit("author")
    writes(author, title)
    steps.wait_until(author, "Checks finished", seconds=60)

    reviewer = visit("reviewer")
    reviews(reviewer, title)
    expect(reviewer.get_by_text(f"Countersigned: {title}")).to_be_visible()

    auditor = visit("auditor")
    looks_it_up(auditor, title)
    expect(auditor.locator(".log-verdict")).to_be_visible()


def writes(page: Page, title: str) -> None:
    """Everything on the compose page in its own order, with Tab, Space and letters."""
    page.goto(f"{TEAM}/calendar/")
    press(page, "g n", f"{TEAM}/compose/")
    tab_to(page, r"harbour-trust$")
    page.keyboard.press("Space")
    expect(page.get_by_role("tab", name=re.compile("harbour-trust$")).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    tab_to(page, r"^Text$")
    page.keyboard.type("Learn three knots on Saturday, with a rope of your own.")
    for question in ("relationship", "ai", "states_fact", "people"):
        tab_to(page, "", name=question)
        page.keyboard.press("Space")  # the first answer: nobody, no
    due = steps.next_minute() + timedelta(days=1)
    tab_to(page, "^Date$")
    page.keyboard.type(date_keys(page, due))
    tab_to(page, "^Time$")
    page.keyboard.type(f"{due:%H%M}" if page.evaluate(HOURS) == "h23" else f"{due:%I%M%p}")
    tab_to(page, "^Name in the calendar")
    page.keyboard.type(title)
    tab_to(page, "^Submit for review")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/posts/\d+/$"))


def reviews(page: Page, title: str) -> None:
    """Down the queue to the post, a number for each question, and a capital A."""
    page.goto(f"{TEAM}/calendar/")
    press(page, "g r", f"{TEAM}/review/")
    for _ in range(page.locator("[data-row]").count()):
        page.keyboard.press("j")
        if focused(page)[0] == title:
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/review/\d+/$"))
    for number in range(page.locator("[data-answer]").count()):
        page.keyboard.press(str(number + 1))
    page.keyboard.press("A")


def looks_it_up(page: Page, title: str) -> None:
    """A slash to search, j to the first entry, v to verify its story."""
    page.goto(f"{TEAM}/calendar/")
    press(page, "g l", f"{TEAM}/log/")
    page.keyboard.press("/")
    page.keyboard.type(title)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/log/\d+/$"))
    page.keyboard.press("v")


def press(page: Page, keys: str, leads_to: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)
    page.wait_for_url(f"**{leads_to}")


def date_keys(page: Page, day: datetime) -> str:
    """The digits of a date in the order in which this browser's date field takes them."""
    digits = {"day": f"{day:%d}", "month": f"{day:%m}", "year": f"{day:%Y}"}
    return "".join(digits.get(part, "") for part in page.evaluate(ORDER))


def tab_to(page: Page, words: str, *, name: str = "") -> None:
    """Press Tab until what has the focus is called so, or is a radio button of this name."""
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found, radio = focused(page)
        if (name and radio == name) or (words and re.search(words, found)):
            return
        seen.append(found or radio)
    pytest.fail(f"Tab never came to {words or name}; it came to {seen}")


def focused(page: Page) -> tuple[str, str]:
    words, radio = page.evaluate(FOCUSED)
    return str(words), str(radio)
