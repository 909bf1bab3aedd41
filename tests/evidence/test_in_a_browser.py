"""From the words of a claim to the reviewer's answer, in Chromium: the page is fetched where the post is written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from gate import runner
from gate.models import Evidence, Submission
from scheduler import lifecycle
from scheduler.models import Post
from tests import factories as make
from tests.evidence.conftest import Answer, Web
from tests.gate.test_review_in_a_browser import open_as  # noqa: F401  its browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CLAIM = "Our pier is the longest in the country."
QUOTE = "the longest pier of the country"


def test_evidence_is_fetched_beside_its_claim_and_opened_in_review(
    desk: SimpleNamespace,
    web: Web,
    open_as: Any,  # noqa: F811
) -> None:
    web.pages["/piers"] = Answer(f"<title>Piers</title><p>It is {QUOTE}.".encode())
    post = make.post(desk.author, desk.channel, text=CLAIM)
    page = open_as("author", f"posts/{post.pk}/edit/")
    claim = page.locator(".claim")
    claim.get_by_text("There is evidence").click()
    claim.get_by_text("Add new evidence").click()
    claim.get_by_label("Address of a page").fill(f"{web.url}/piers")
    claim.get_by_role("button", name="Fetch and keep it").click()
    expect(claim.locator(".error-summary")).to_contain_text("Quote the passage")
    claim.get_by_label("The passage that carries the claim").fill(QUOTE)
    claim.get_by_role("button", name="Fetch and keep it").click()
    expect(claim.get_by_label("Piers")).to_be_checked()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#claims")).to_contain_text("All answered")

    version = Post.objects.get(pk=post.pk).version
    runner.run(lifecycle.submit(post_id=post.pk, version=version, member=desk.author).pk)
    submission = Submission.objects.get()
    (claimed,) = submission.frozen.declarations.claims
    assert claimed.sources[0].sha256 == Evidence.objects.get().sha256

    page = open_as("reviewer", f"review/{submission.pk}/")
    opened = page.locator(".evidence-behind")
    expect(opened.locator("mark")).to_have_text(QUOTE)
    expect(page.get_by_label("I opened the evidence")).not_to_be_checked()
