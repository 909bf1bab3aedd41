"""The compose page in Chromium: words typed while the page changes under them, and the warning before they are lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import APIResponse, Browser, ConsoleMessage, Dialog, Page, Route, expect

from accounts.models import Membership
from gate.models import Evidence
from scheduler import images
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = "The ferry sails at nine"
THEN = " from the old harbour, with ropes and sails for everybody who comes."


@pytest.fixture
def writing(browser: Browser, live_server: Any, author: Membership) -> Iterator[Page]:
    """The page of a new post; whatever the console calls an error fails the test, but for an edit that came second."""
    errors: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and "409 (Conflict)" not in said.text:
            errors.append(said.text)

    client = Client()
    client.force_login(author.user, "django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    context.on("console", heard)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    make.channel(author.team, "Harbour")
    make.channel(author.team, "Harbour Kids")
    page = context.new_page()
    page.goto(url("compose", author))
    yield page
    context.close()
    assert errors == []


def hold_swaps(page: Page) -> list[Route]:
    """Keeps the answers that bring a new editor back until the test lets them go."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/compose/", hold)
    return held


def wait_until(page: Page, what: Any) -> None:
    """Lets the page go on until something is so."""
    for _ in range(150):
        if what():
            return
        page.wait_for_timeout(100)
    raise AssertionError("It did not come to it within 15 seconds.")


def caret(page: Page, box: str) -> Any:
    return page.locator(box).evaluate(
        "b => [b === document.activeElement, b.selectionStart, b.selectionEnd, b.value.length]"
    )


def test_words_typed_while_a_channel_is_added_are_all_kept(writing: Page) -> None:
    held = hold_swaps(writing)
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").click()
    writing.keyboard.type(FIRST)
    wait_until(writing, lambda: held)
    held[0].continue_()
    writing.keyboard.type(THEN, delay=15)
    expect(writing.locator("#editor [role=tab]")).to_have_count(2)
    expect(writing.locator("#text-all-0")).to_have_value(FIRST + THEN)
    length = len(FIRST + THEN)
    assert caret(writing, "#text-all-0") == [True, length, length, length]
    wait_until(writing, lambda: Post.objects.filter(parts=[FIRST + THEN]).exists())
    expect(writing.locator("#saved")).to_contain_text("Saved")
    assert Post.objects.get().variants.count() == 1


def test_words_typed_at_once_after_ticking_are_all_kept(writing: Page) -> None:
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").click()
    writing.keyboard.type(FIRST + THEN, delay=5)
    expect(writing.locator("#editor [role=tab]")).to_have_count(2)
    expect(writing.locator("#text-all-0")).to_have_value(FIRST + THEN)
    wait_until(writing, lambda: Post.objects.filter(parts=[FIRST + THEN]).exists())


def test_two_channels_ticked_one_after_the_other_lose_nothing(writing: Page) -> None:
    held = hold_swaps(writing)
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").click()
    writing.keyboard.type(FIRST)
    writing.locator("fieldset.pick input").last.check()
    writing.locator("#text-all-0").click()
    writing.keyboard.press("End")
    writing.keyboard.type(THEN[:20])
    wait_until(writing, lambda: held)
    held[0].continue_()
    wait_until(writing, lambda: len(held) > 1)
    writing.keyboard.type(THEN[20:], delay=5)
    held[1].continue_()
    expect(writing.locator("#editor [role=tab]")).to_have_count(3)
    expect(writing.locator("#text-all-0")).to_have_value(FIRST + THEN)
    wait_until(writing, lambda: Post.objects.filter(parts=[FIRST + THEN]).exists())
    wait_until(writing, lambda: Post.objects.get().variants.count() == 2)


def test_claims_are_answered_beside_the_text_and_no_answer_is_lost_to_a_look(writing: Page) -> None:
    counted, other = "40 of 100 guests came by boat.", "Nobody has drowned here."
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").fill(f"Hello. {counted} {other}")
    claims = writing.locator("#claims .claim")
    expect(claims).to_have_count(1)
    expect(claims).to_contain_text(counted)

    writing.locator("#text-all-0").evaluate(
        "(b, w) => { b.focus(); b.setSelectionRange(b.value.indexOf(w), b.value.indexOf(w) + w.length); }",
        other,
    )
    writing.get_by_role("button", name="This is a claim").first.click()
    expect(claims).to_have_count(2)
    looks: list[Route] = []
    writing.route("**/compose/preview/", lambda route: route.continue_() if looks else looks.append(route))
    writing.locator("#text-all-0").press("End")
    writing.keyboard.type(" And so on.")
    wait_until(writing, lambda: looks)
    claims.nth(1).get_by_text("An opinion, no claim").click()
    looks[0].continue_()
    expect(claims.nth(1).get_by_label("An opinion, no claim")).to_be_checked()

    claims.first.get_by_text("There is evidence").click()
    claims.first.get_by_text("Add new evidence").click()
    sheet = {"name": "count.txt", "mimeType": "text/plain", "buffer": b"40 of 100 guests came by boat."}
    claims.first.locator("input[type=file]").set_input_files([sheet])  # type: ignore[list-item]
    claims.first.get_by_label("The passage that carries the claim").fill("Half of them came by train")
    claims.first.get_by_role("button", name="Fetch and keep it").click()
    expect(claims.first.get_by_label("count.txt")).to_be_checked()
    expect(writing.locator("#claims")).to_contain_text("All answered")
    expect(claims.first.get_by_text("The passage was not found in the snapshot")).to_be_visible()
    expect(claims.first.get_by_label("count.txt")).to_be_focused()
    expect(claims.first.get_by_text("Add new evidence")).to_be_visible()
    wait_until(writing, lambda: Evidence.objects.exists() and Post.objects.first() and _answers() == {
        counted: ("evidence", [Evidence.objects.get().pk]), other: ("opinion", []),
    })  # fmt: skip


def test_what_is_answered_or_typed_while_words_are_marked_is_kept(writing: Page) -> None:
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").fill(
        "40 of 100 guests came by boat. Nobody has drowned here. It is the best pier."
    )
    claims = writing.locator("#claims .claim")
    expect(claims).to_have_count(2)
    claims.first.get_by_text("There is evidence").click()
    claims.first.get_by_text("Add new evidence").click()
    claims.first.get_by_label("The passage that carries the claim").fill("40 of 100")
    writing.wait_for_load_state("networkidle")
    held: list[Route] = []
    writing.route(lambda asked: asked.endswith(("/compose/", "/edit/")), lambda route: held.append(route))
    writing.locator("#claim-words").fill("Nobody has drowned here.")
    writing.locator("#claim-words").press("Enter")
    wait_until(writing, lambda: held)
    claims.nth(1).get_by_text("An opinion, no claim").click()
    held[0].continue_()
    expect(claims).to_have_count(3)
    expect(claims.nth(2).get_by_label("An opinion, no claim")).to_be_checked()
    expect(claims.first.get_by_label("The passage that carries the claim")).to_have_value("40 of 100")
    expect(writing.locator("#claim-words")).to_have_value("")


def _answers() -> dict[str, tuple[str, list[int]]]:
    return {claim["text"]: (claim["stance"], claim["evidence"]) for claim in Post.objects.get().claims}


def test_leaving_with_words_that_are_not_saved_warns_and_once_saved_does_not(writing: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    writing.on("dialog", stay)
    writing.locator("#text-all-0").click()
    writing.keyboard.type(FIRST)
    writing.close(run_before_unload=True)
    wait_until(writing, lambda: asked)
    assert asked == ["beforeunload"]
    expect(writing.locator("#text-all-0")).to_have_value(FIRST)
    wait_until(writing, lambda: Post.objects.filter(parts=[FIRST]).exists())
    expect(writing.locator("#saved")).to_contain_text("Saved")
    context = writing.context
    writing.close(run_before_unload=True)
    other = context.new_page()
    wait_until(other, writing.is_closed)
    assert asked == ["beforeunload"]


def test_files_that_are_too_large_together_are_refused_before_they_are_sent(
    writing: Page, tmp_path: Path
) -> None:
    sent: list[str] = []
    writing.on("request", lambda request: sent.append(request.url) if "/images/" in request.url else None)
    for name in ("a.png", "b.png"):
        with (tmp_path / name).open("wb") as out:
            out.truncate(images.MOST_BYTES // 2 + 1)
    writing.locator("#image-files").set_input_files([tmp_path / "a.png", tmp_path / "b.png"])
    expect(writing.locator("#toasts")).to_contain_text("201 MB together, and 200 MB go in one go")
    expect(writing.locator("#image-files")).to_have_value("")
    assert sent == []


def test_a_picture_chosen_while_a_channel_is_being_added_is_not_lost(writing: Page) -> None:
    held = hold_swaps(writing)
    writing.locator("fieldset.pick input").first.check()
    wait_until(writing, lambda: bool(held))
    writing.locator("#image-files").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": make.picture()}
    )
    held[0].continue_()
    expect(writing.locator(".media")).to_have_count(1)
    expect(writing.locator("#image-files")).to_have_value("")


def test_a_button_pressed_while_the_editor_is_being_swapped_is_not_lost(writing: Page) -> None:
    held = hold_swaps(writing)
    writing.locator("#text-all-0").fill(FIRST)
    writing.locator("fieldset.pick input").first.check()
    wait_until(writing, lambda: held)
    writing.get_by_role("button", name="Make it a thread").first.click()
    writing.locator("#saved").dispatch_event("autosave")
    held[0].continue_()
    wait_until(writing, lambda: len(held) > 1)
    held[1].continue_()
    expect(writing.locator("#text-all-1")).to_be_visible()
    expect(writing.locator("#panel-all textarea")).to_have_count(2)
    expect(writing.locator("#text-all-0")).to_have_value(FIRST)
    expect(writing.locator("#editor [role=tab]")).to_have_count(2)


def test_a_second_press_on_remove_takes_out_no_other_words(writing: Page) -> None:
    for number, words in enumerate(("One", "Two", "Three")):
        if number:
            writing.get_by_role("button", name="Make it a thread").or_(
                writing.get_by_role("button", name="Another post")
            ).first.click()
        writing.locator(f"#text-all-{number}").fill(words)
    writing.wait_for_load_state("networkidle")
    held: list[Route] = []
    writing.route(lambda asked: asked.endswith(("/compose/", "/edit/")), lambda route: held.append(route))
    writing.locator("fieldset.pick input").first.check()
    wait_until(writing, lambda: held)
    remove = writing.get_by_role("button", name="Remove post 1 from the thread")
    remove.click()
    remove.click()
    held[0].continue_()
    wait_until(writing, lambda: len(held) > 1)
    held[1].continue_()
    expect(writing.locator("#panel-all textarea")).to_have_count(2)
    expect(writing.locator("#text-all-0")).to_have_value("Two")
    writing.wait_for_load_state("networkidle")
    expect(writing.locator("#panel-all textarea")).to_have_count(2)
    assert len(held) == 2


def test_words_that_somebody_else_s_edit_kept_from_being_saved_warn_before_they_are_lost(
    writing: Page,
) -> None:
    asked: list[str] = []
    writing.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    writing.locator("#text-all-0").fill(FIRST)
    writing.locator("#saved").dispatch_event("autosave")
    expect(writing.locator("#saved")).to_contain_text("Saved")
    Post.objects.update(version=9)
    writing.locator("#text-all-0").fill(FIRST + THEN)
    writing.locator("#saved").dispatch_event("autosave")
    expect(writing.locator("#saved")).to_contain_text("Not saved: somebody else changed this post")
    writing.close(run_before_unload=True)
    wait_until(writing, lambda: asked)
    assert asked == ["beforeunload"]


def test_saving_waits_for_the_draft_that_is_being_made(writing: Page) -> None:
    answers: list[tuple[Route, APIResponse]] = []
    writing.route("**/compose/autosave/", lambda route: answers.append((route, route.fetch())))
    writing.locator("#text-all-0").fill(FIRST)
    writing.locator("#saved").dispatch_event("autosave")
    wait_until(writing, lambda: answers)
    writing.get_by_role("button", name="Save draft").last.click()
    route, answer = answers[0]
    route.fulfill(response=answer)
    expect(writing.get_by_text("Saved as a draft.")).to_be_visible()
    assert Post.objects.get().parts == [FIRST]


OFFSETS = """(mark, box) => {
  box = document.querySelector(box);
  const pieces = Array.from(mark.getClientRects());
  const at = (x, piece) => document.caretPositionFromPoint(x, piece.top + piece.height / 2);
  const ends = [at(pieces[0].left + 3, pieces[0]), at(pieces.at(-1).right - 3, pieces.at(-1))];
  return [ends.every((end) => end.offsetNode === box), ...ends.map((end) => end.offset)];
}"""
"""Where in a text box the first and the last piece of a mark stand, as the browser places a caret there."""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_mark_behind_the_text_stands_under_the_words_it_is_about(writing: Page, width: int) -> None:
    words = "a word " * 90
    writing.set_viewport_size({"width": width, "height": 1400})
    writing.locator("fieldset.pick input").first.check()
    expect(writing.locator("#editor [role=tab]")).to_have_count(2)
    writing.locator("#text-all-0").fill(words)
    mark = writing.locator("#behind-text-all-0 mark.blocks")
    expect(mark).to_have_text(words[500:629])
    assert mark.evaluate("mark => mark.textContent") == words[500:629]
    assert mark.evaluate(OFFSETS, "#text-all-0") == [True, 500, 629]


def test_a_box_made_larger_by_hand_breaks_no_rule_of_the_page_when_the_editor_changes(writing: Page) -> None:
    # what dragging the corner does
    writing.locator("#text-all-0").evaluate("box => { box.style.height = '300px'; }")
    writing.locator("fieldset.pick input").first.check()
    expect(writing.locator("#editor [role=tab]")).to_have_count(2)
    writing.locator("#image-files").set_input_files(
        {"name": "sea.png", "mimeType": "image/png", "buffer": make.picture()}
    )
    expect(writing.locator(".media")).to_have_count(1)
    writing.locator(".media textarea").evaluate(
        "box => { box.style.height = ''; box.style.height = '90px'; }"
    )
    writing.locator("fieldset.pick input").last.check()
    expect(writing.locator("#editor [role=tab]")).to_have_count(3)


def test_a_look_that_comes_while_a_label_is_on_its_way_does_not_take_it_away(writing: Page) -> None:
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").fill("Great shoes")
    writing.locator("label.pill", has_text="We are paid for it").click()
    expect(writing.get_by_role("button", name="Put “Ad:” at the start")).to_be_visible()
    writing.wait_for_load_state("networkidle")
    held: list[Route] = []
    writing.route(lambda asked: asked.endswith(("/compose/", "/edit/")), lambda route: held.append(route))
    writing.get_by_role("button", name="Put “Ad:” at the start").click()
    wait_until(writing, lambda: held)
    with writing.expect_response("**/compose/preview/") as look:
        writing.evaluate("document.body.dispatchEvent(new CustomEvent('compose-changed'))")
    look.value.finished()
    with writing.expect_response("**/compose/preview/"):
        held[0].continue_()
    expect(writing.locator("#text-all-0")).to_have_value("Ad: Great shoes")
    expect(writing.get_by_role("button", name="Put “Ad:” at the start")).to_have_count(0)


def test_a_label_goes_into_the_text_by_one_click_and_an_edit_takes_it_out(writing: Page) -> None:
    writing.locator("fieldset.pick input").first.check()
    writing.locator("#text-all-0").fill("Great shoes")
    writing.locator("label.pill", has_text="We are paid for it").click()
    writing.get_by_role("button", name="Put “Ad:” at the start").click()
    expect(writing.locator("#text-all-0")).to_have_value("Ad: Great shoes")
    expect(writing.get_by_role("button", name="Put “Ad:” at the start")).to_have_count(0)
    writing.locator("#text-all-0").fill("Great shoes")
    expect(writing.get_by_role("button", name="Put “Ad:” at the start")).to_be_visible()
