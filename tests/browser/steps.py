"""What people do in the pages, step by step, for the tests that walk the whole way."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

TEAM = "/t/harbour-trust"
ZONE = ZoneInfo("Europe/Lisbon")
AHEAD = timedelta(seconds=25)
"""How far away the due time is at least: long enough for a checked and reviewed post, short enough to wait for."""
OUT_AFTER = 60
"""Seconds after its time within which a post must be out, on a machine that does much else."""
LOOK_AGAIN_MS = 2000
ANSWERS = {
    "Does anybody gain": "Nobody",
    "made with AI": "No",
    "state a fact": "Yes",
    "be recognised": "Nobody",
}
EVIDENCE = "The tide office's own table, page 4"


def unique(name: str) -> str:
    """A title that no other post has; no digits, which a check may take for a card number."""
    return f"{name} {''.join(secrets.choice('bcdfghjkmnpqrstvwxz') for _ in range(10))}"


def next_minute() -> datetime:
    """The next full minute that is not too near, as the team's clocks show it."""
    at = datetime.now(ZONE) + AHEAD
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def write(
    page: Page, *, text: str, title: str, channels: Sequence[str], image: bytes | None = None, alt: str = ""
) -> None:
    """Fill in the compose page: everything but the time."""
    page.goto(f"{TEAM}/compose/")
    chosen = page.get_by_role("group", name="Goes to")
    for box in chosen.get_by_role("checkbox").all():
        box.set_checked(False)
    for channel in channels:
        chosen.get_by_role("checkbox", name=re.compile(rf"{re.escape(channel)}$")).check()
        expect(page.get_by_role("tab", name=re.compile(rf"{re.escape(channel)}$")).first).to_be_visible()
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.get_by_label("Name in the calendar").fill(title)
    for question, answer in ANSWERS.items():
        group = page.get_by_role("group", name=re.compile(question))
        group.get_by_role("radio", name=answer, exact=True).check()
    page.get_by_label("Where can a reader check it?").fill(EVIDENCE)
    if image is not None:
        page.get_by_label("Add images").set_input_files(
            {"name": "tide.png", "mimeType": "image/png", "buffer": image}
        )
        page.get_by_label("What does this image show?").fill(alt)


def submit(page: Page, due: datetime) -> str:
    """Set the time, hand it in, and return the address of the post's page."""
    page.get_by_label("Date", exact=True).fill(f"{due:%Y-%m-%d}")
    page.get_by_label("Time", exact=True).fill(f"{due:%H:%M}")
    page.get_by_role("button", name="Submit for review").click()
    page.wait_for_url(re.compile(r"/posts/\d+/$"))
    return page.url


def approve(page: Page, title: str) -> None:
    """The reviewer finds it in the queue, answers what the checks ask, and countersigns."""
    page.goto(f"{TEAM}/review/")
    page.get_by_role("link", name=title).click()
    button = page.get_by_role("button", name="Approve", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    for question in page.get_by_label("Findings").get_by_role("checkbox").all():
        question.check()
    expect(button).to_have_attribute("aria-disabled", "false")
    button.click()
    expect(page.get_by_text("Countersigned:").first).to_be_visible()


def seconds_until(due: datetime) -> int:
    return max(0, int(due.timestamp() - time.time()))


def wait_until(page: Page, words: str, *, seconds: int) -> None:
    """Reload the page, as somebody who waits does, until it shows the words."""
    deadline = datetime.now(ZONE) + timedelta(seconds=seconds)
    while not page.get_by_text(words).first.is_visible():
        if datetime.now(ZONE) > deadline:
            expect(page.get_by_text(words).first).to_be_visible(timeout=1)
        page.wait_for_timeout(LOOK_AGAIN_MS)
        page.reload()
