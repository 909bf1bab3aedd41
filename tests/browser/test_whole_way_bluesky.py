"""The whole way to a real Bluesky server, and what is there afterwards, read back from the server itself."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser import steps
from tests.browser.conftest import Visit
from tests.browser.installation import Installation
from tests.browser.steps import TEAM
from tests.servers.bsky import ACCOUNTS

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.live]

HANDLE = "alice.test"
ALT = "Two herring gulls on a bollard."


@pytest.fixture(scope="module")
def server() -> str:
    """A real Bluesky server (PDS) with the account alice.test. Skips where there is none."""
    url = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")
    try:
        requests.get(f"{url}/xrpc/com.atproto.server.describeServer", timeout=5).raise_for_status()
    except requests.RequestException:
        pytest.skip(f"No Bluesky server answers at {url}. Run script/test --live, which starts one.")
    return url


def test_what_was_countersigned_is_what_bluesky_has(product: Installation, visit: Visit, server: str) -> None:
    title = steps.unique("Gulls")
    text = f"{title}: the gull count is on our page. Café, naïve, 潮 and all."
    connect(visit("admin"), server)
    author, reviewer = visit("author"), visit("reviewer")

    steps.write(author, text=text, title=title, channels=[HANDLE], image=make.picture(800, 600), alt=ALT)
    due = steps.next_minute()
    steps.submit(author, due)
    steps.wait_until(author, "Checks finished", seconds=60)
    assert posts_of(server, text) == []
    steps.approve(reviewer, title)
    steps.wait_until(author, "Published", seconds=steps.seconds_until(due) + steps.OUT_AFTER)

    [record] = posts_of(server, text)
    [image] = record["value"]["embed"]["images"]
    assert record["value"]["text"] == text
    assert image["alt"] == ALT
    assert hashlib.sha256(blob(server, record, image)).hexdigest() == approved_digest(product, title)
    link = author.get_by_role("link", name=re.compile("bsky.app|alice"))
    expect(link.first).to_have_attribute("href", re.compile(record["uri"].rpartition("/")[2]))


def connect(page: Page, server: str) -> None:
    """An admin connects the account on the channels page."""
    page.goto(f"{TEAM}/channels/")
    page.get_by_role("link", name=re.compile("^Bluesky")).click()
    page.get_by_label("Handle").fill(HANDLE)
    page.get_by_label("App password").fill(ACCOUNTS[HANDLE])
    page.get_by_label("Server").fill(server)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("is connected.").first).to_be_visible()
    expect(page.get_by_role("region", name="Connected")).to_contain_text(HANDLE)


def posts_of(server: str, text: str) -> list[dict[str, Any]]:
    """What the server shows to anybody: the account's posts with this text."""
    answer = requests.get(
        f"{server}/xrpc/com.atproto.repo.listRecords",
        params={"repo": HANDLE, "collection": "app.bsky.feed.post", "limit": "100"},
        timeout=10,
    )
    answer.raise_for_status()
    return [record for record in answer.json()["records"] if record["value"]["text"] == text]


def blob(server: str, record: dict[str, Any], image: dict[str, Any]) -> bytes:
    """The bytes of the picture, as the server gives them to everybody."""
    answer = requests.get(
        f"{server}/xrpc/com.atproto.sync.getBlob",
        params={"did": record["uri"].split("/")[2], "cid": image["image"]["ref"]["$link"]},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.content


def approved_digest(product: Installation, title: str) -> str:
    """The SHA-256 of the one picture in the content that was countersigned."""
    return product.ask(
        "from gate.models import Submission\n"
        f"found = Submission.objects.get(title={title!r}, state='approved')\n"
        "print(*found.frozen.media())"
    )
