"""The whole way of a post, by three people in three browsers and with the real processes in between."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser import steps
from tests.browser.conftest import Visit
from tests.browser.installation import Installation
from tests.browser.steps import TEAM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.both_databases,
    pytest.mark.xdist_group("product"),
]

CHANNEL = "@harbour-trust"
ALT = "Water stands at the top step of the quay."


def test_a_post_goes_the_whole_way(product: Installation, visit: Visit) -> None:
    title = steps.unique("Spring tide")
    text = f"{title}: high water is at 14:20 on Friday. Come and see it from the quay."
    author, reviewer, auditor = visit("author"), visit("reviewer"), visit("auditor")

    steps.write(author, text=text, title=title, channels=[CHANNEL], image=make.picture(640, 400), alt=ALT)
    channel = author.get_by_role("checkbox", name=re.compile(f"{CHANNEL}$")).get_attribute("value")
    due = steps.next_minute()
    post = steps.submit(author, due)
    steps.wait_until(author, "Checks finished", seconds=60)
    cannot_approve_one_s_own(author, title)

    sandbox = f"{TEAM}/sandbox/{channel}/"
    auditor.goto(sandbox)
    expect(auditor.get_by_text(text)).to_have_count(0)
    steps.approve(reviewer, title)

    author.wait_for_timeout(steps.seconds_until(due) * 1000)
    steps.wait_until(author, "Published", seconds=steps.OUT_AFTER)
    assert author.url == post
    auditor.goto(sandbox)
    is_published(auditor, text, due)
    product.manage("ledger", "checkpoint")
    is_in_the_log(auditor, title)
    assert product.manage("ledger", "verify", check=False).returncode == 0


def cannot_approve_one_s_own(page: Page, title: str) -> None:
    """The author may look at the review page, and finds nothing there to decide with."""
    post = page.url
    page.goto(f"{TEAM}/review/")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    page.goto(post)


def is_published(page: Page, text: str, due: datetime) -> None:
    """What readers of the sandbox see: the words, and a picture that loads; and not before its time."""
    article = page.get_by_role("article").filter(has_text=text)
    expect(article).to_have_count(1)
    picture = article.get_by_role("img", name=ALT)
    picture.scroll_into_view_if_needed()
    page.wait_for_function(
        "image => image.complete && image.naturalWidth === 640", arg=picture.element_handle()
    )
    times = article.locator("time").evaluate_all("all => all.map(each => Date.parse(each.dateTime) / 1000)")
    assert due.timestamp() <= min(times)
    assert max(times) <= due.timestamp() + steps.OUT_AFTER


def is_in_the_log(page: Page, title: str) -> None:
    """The auditor finds the post by its name, opens its last entry, and verifies its story."""
    page.goto(f"{TEAM}/log/")
    page.get_by_role("searchbox").fill(title)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=title).first.click()
    story = page.get_by_role("region", name="The whole story")
    for who in ("Amara Obi", "Rosa Marín"):
        expect(story).to_contain_text(who)
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("This story verifies")).to_be_visible()
