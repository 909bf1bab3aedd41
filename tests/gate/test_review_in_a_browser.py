"""The review page in Chromium: keys, dialogs, marks, and approve waiting for every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from gate import runner, services
from gate.models import Decision, Submission
from tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
State = Submission.State


def is_error(said: ConsoleMessage) -> bool:
    """Chromium also calls a refused form (422) an error; here it is an answer."""
    return said.type == "error" and "status of 422" not in said.text


@pytest.fixture
def open_as(browser: Browser, live_server: Any, desk: SimpleNamespace) -> Iterator[Any]:
    """open_as("reviewer", "review/") opens a page of the team; whatever the console calls an error fails the test."""
    contexts, errors = [], list[str]()

    def open_(who: str, rest: str, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        session = getattr(desk, f"{who}_browser").cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        context.on("console", lambda said: errors.append(said.text) if is_error(said) else None)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.goto(f"/t/{desk.team.slug}/{rest}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def test_a_clean_post_is_cleared_with_the_keyboard_alone(desk: SimpleNamespace, open_as: Any) -> None:
    first = make.examined(desk.author, desk.channel, text="The first one, about ropes.")
    second = make.examined(desk.author, desk.channel, text="The second one, about sails.")
    page = open_as("reviewer", "review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(first.title)
    expect(page.locator("[data-waiting]")).to_contain_text("1 question")
    page.keyboard.press("1")
    expect(page.locator("[data-waiting]")).to_have_text("Every question is answered.")
    page.keyboard.press("a")
    expect(page.locator("h1")).to_have_text(second.title)
    first.refresh_from_db()
    assert first.state == State.APPROVED


def test_approve_waits_for_every_answer(desk: SimpleNamespace, open_as: Any) -> None:
    declared = {**make.GOOD, "states_fact": "yes"}
    submission = make.examined(desk.author, desk.channel, declarations=declared)
    page = open_as("reviewer", f"review/{submission.pk}/")
    approve = page.get_by_role("button", name="Approve and next")
    expect(approve).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("a")
    approve.click(force=True)
    expect(page.locator("#toasts")).to_contain_text("2 questions")
    expect(page.locator("[data-answer]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-answer]").first.check()
    expect(approve).to_have_attribute("aria-disabled", "true")
    page.locator("[data-answer]").last.check()
    expect(approve).to_have_attribute("aria-disabled", "false")
    page.locator("[data-answer]").last.uncheck()
    expect(approve).to_have_attribute("aria-disabled", "true")
    assert not Decision.objects.exists()


def test_rejecting_asks_for_clause_and_reason_first(desk: SimpleNamespace, open_as: Any) -> None:
    submission = make.examined(desk.author, desk.channel)
    page = open_as("reviewer", f"review/{submission.pk}/")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reject this post")
    send = dialog.get_by_role("button", name="Reject")
    send.click()
    expect(dialog.get_by_label("Clause of the code of conduct")).to_be_focused()
    dialog.get_by_label("Clause of the code of conduct").select_option("1.1")
    send.click()
    expect(dialog.get_by_label("Why")).to_be_focused()
    page.keyboard.type("It mocks people.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".verdict")).to_contain_text("It mocks people.")
    assert Decision.objects.get().clause == "1.1"


def test_keys_start_a_review_and_ask_for_changes(desk: SimpleNamespace, open_as: Any) -> None:
    submission = make.examined(desk.author, desk.channel)
    page = open_as("reviewer", f"review/{submission.pk}/")
    page.keyboard.press("e")
    expect(page.get_by_text("claimed by you until")).to_be_visible()
    page.keyboard.press("c")
    page.get_by_role("dialog", name="Ask for changes").get_by_label("What should change").fill(
        "Shorter, please"
    )
    page.get_by_role("dialog").get_by_role("button", name="Ask for changes").click()
    expect(page.locator(".verdict")).to_contain_text("Shorter, please")


def test_a_finding_leads_to_its_mark_behind_another_tab_and_back(desk: SimpleNamespace, open_as: Any) -> None:
    other = make.channel(desk.team, "Harbour Kids")
    own = {desk.channel.pk: (None, {}), other.pk: (["Write to jo.private@example.org now."], {})}
    submission = make.examined(desk.author, desk.channel, other, variants=own)
    finding = submission.findings.get(level="blocks")
    page = open_as("reviewer", f"review/{submission.pk}/")
    expect(page.locator("#channel-1")).to_be_hidden()
    page.locator(f'a[href="#mark-{finding.pk}"]').click()
    expect(page.locator("#channel-1")).to_be_visible()
    page.locator("#channel-1 a.marked").click()
    expect(page.locator(f"#finding-{finding.pk}")).to_have_class("finding blocks on")


def test_the_page_opens_by_itself_when_the_checks_are_done(desk: SimpleNamespace, open_as: Any) -> None:
    submission = make.submitted(desk.author, desk.channel)
    page = open_as("reviewer", f"review/{submission.pk}/")
    expect(page.locator("#checking")).to_be_visible()
    runner.run(submission.pk)
    expect(page.locator("[data-waiting]")).to_be_visible(timeout=10_000)


def test_without_script_all_of_it_works(desk: SimpleNamespace, open_as: Any) -> None:
    other = make.channel(desk.team, "Harbour Kids")
    own = {desk.channel.pk: (None, {}), other.pk: (["Only for the kids."], {})}
    submission = make.examined(desk.author, desk.channel, other, variants=own)
    page = open_as("reviewer", f"review/{submission.pk}/", java_script_enabled=False)
    expect(page.get_by_text("Only for the kids.")).to_be_visible()
    page.get_by_role("link", name="Reject").click()
    page.get_by_label("Why").fill("Half a reason")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("1 answer missing")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Countersigned", exact=True)).to_be_visible()
    assert Decision.objects.get().kind == "approve"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_serious_finding_of_axe_and_nothing_scrolls_sideways(
    desk: SimpleNamespace, open_as: Any, width: int, scheme: str
) -> None:
    blocked = make.examined(desk.author, desk.channel, text=f"Write to jo.private@example.org, {'x' * 200}")
    waiting = make.examined(desk.author, desk.channel, text="Waits, with ropes.")
    services.comment(submission_id=waiting.pk, member=desk.author, text="y" * 300)
    done = make.approve(make.examined(desk.author, desk.channel, text="Out, with sails."), desk.second)
    look: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    paths = [f"review/{each.pk}/" for each in (blocked, waiting, done)]
    for path in [*paths, f"review/{waiting.pk}/?ask=reject"]:
        page = open_as("reviewer", path, **look)
        found = Axe().run(page).response["violations"]
        assert [(path, f["id"]) for f in found if f["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if path == f"review/{waiting.pk}/":
            for words in ("Approve", "Approve and next"):
                shown = page.locator(".decide button", has_text=re.compile(rf"^{words}( a)?$"))
                expect(shown).to_be_in_viewport(ratio=1)
        page.context.close()


def test_two_people_override_a_block_and_approve_it(desk: SimpleNamespace, open_as: Any) -> None:
    settings_of = {"word-list": {"words": ["sails: blocks"]}, "review": {"two_after_override": True}}
    make.set_checks(desk.team, settings_of)
    submission = make.examined(desk.author, desk.channel, text="It is about sails.")
    pages = [open_as(who, f"review/{submission.pk}/") for who in ("reviewer", "second")]
    for page in pages:
        page.reload()
        page.locator(".override summary").click()
        page.get_by_label("Why it does not stand in the way").fill("The word is on our own sign.")
        if page is pages[0]:
            assert Axe().run(page).response["violations"] == []
        page.keyboard.press("Control+Enter")
        expect(page.locator(".override")).to_contain_text("The word is on our own sign.")
    for page, said in zip(pages, ("1 of 2 approvals, by you", "Rosa"), strict=True):
        page.reload()
        page.keyboard.press("1")
        page.keyboard.press("A")
        expect(page.locator("#approvals, .verdict")).to_contain_text(said)
    submission.refresh_from_db()
    assert submission.state == State.APPROVED
    own = open_as("auditor", "self-check/")
    own.get_by_label("Your text").fill("We set sails at noon, says ana@example.org.")
    own.get_by_role("button", name="Look at it").click()
    expect(own.locator("mark.blocks").last).to_have_text("ana@example.org")
    assert Axe().run(own).response["violations"] == []
