"""Where AI wrote the text, a person who answers for it is named with the approval, and nothing goes out without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gate import decisions, door, policy
from gate.errors import NotApproved
from gate.models import Attestation, Decision, Submission
from ledger.models import Entry
from scheduler.models import Post
from tests import factories as make
from tests.gate.conftest import questions

AI_TEXT = {**make.GOOD, "ai": "text"}


@pytest.fixture
def submission(desk):
    return make.examined(desk.author, desk.channel, declarations=AI_TEXT)


def test_the_reviewer_is_asked_for_a_name_and_nobody_is_chosen_beforehand(desk, url, submission):
    page = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    field = page.partition('<select id="responsible"')[2].partition("</select>")[0]
    assert "required" in field
    assert " selected" not in field
    assert "Rosa (you)" in field
    assert "Stranger" not in field
    assert f'data-questions="{len(questions(submission)) + 1}"' in page


def test_without_a_name_nothing_is_approved(desk, url, submission):
    answered = {"version": submission.version, "attested": questions(submission)}
    for said in ({}, {"responsible": ""}, {"responsible": desk.stranger.user_id}, {"responsible": "Rosa"}):
        answer = desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), answered | said)
        assert answer.status_code == 422
        assert "Choose who answers for it as its editor" in answer.content.decode()
    submission.refresh_from_db()
    assert submission.state == Submission.State.IN_REVIEW
    assert not Decision.objects.exists()


def test_the_name_stands_with_the_approval_on_every_page(desk, url, submission):
    said = {
        "version": submission.version,
        "attested": questions(submission),
        "responsible": desk.admin.user_id,
    }
    assert desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), said).status_code == 302
    decision = Decision.objects.get()
    assert (decision.kind, decision.responsible) == ("approve", desk.admin.user)
    entry = Entry.objects.get(kind="submission.approved")
    assert entry.content["data"]["responsible"] == desk.admin.user_id
    assert entry.texts["responsible"] == "Inês"
    assert entry.tags.filter(name="person", value=str(desk.admin.user_id)).exists()
    post = Post.objects.get(submission=submission)
    for page in (
        url(f"review/{submission.pk}/"),
        reverse("post", args=[desk.team.slug, post.pk]),
        reverse("log-entry", args=[desk.team.slug, entry.index]),
    ):
        assert "Inês" in desk.reviewer_browser.get(page).content.decode()
    channel = submission.frozen.channels[0]
    at = timezone.now()
    assert door.require_approval(
        team_id=desk.team.pk, submission_id=submission.pk, channel=channel, media={}, at=at
    )


def test_the_second_reviewer_sees_whom_the_first_named_and_both_names_stand(desk, url):
    make.set_checks(desk.team, {"review": {"two_channels": ["sandbox"]}})
    submission = make.examined(desk.author, desk.channel, declarations=AI_TEXT)
    page = url(f"review/{submission.pk}/")
    for browser, named in ((desk.reviewer_browser, desk.author), (desk.second_browser, desk.reviewer)):
        given = {"attested": questions(submission), "responsible": named.user_id}
        browser.post(f"{page}approve/", {**given, "version": submission.version})
        submission.refresh_from_db()
        if submission.state == Submission.State.IN_REVIEW:
            seen = desk.second_browser.get(page).content.decode()
            assert f"{desk.reviewer.user} named {desk.author.user} with the first approval" in seen
    both = f"{desk.author.user} and {desk.reviewer.user} answer for it as its editors"
    assert both in desk.auditor_browser.get(page).content.decode()


def test_where_nobody_has_to_answer_no_name_is_asked_for_and_none_is_kept(desk, url):
    submission = make.examined(desk.author, desk.channel)
    page = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert 'name="responsible"' not in page
    decisions.approve(
        submission_id=submission.pk,
        version=submission.version,
        member=desk.reviewer,
        attested=questions(submission),
        responsible=desk.reviewer.user_id,
    )
    assert Decision.objects.get().responsible is None


def test_the_door_stays_shut_for_an_approval_that_names_nobody(desk, submission):
    """As one from before the name was kept, or one that found its way past the service."""
    now = timezone.now()
    decision = Decision.objects.create(
        submission=submission,
        digest=submission.digest,
        kind="approve",
        reviewer=desk.reviewer.user,
        conduct=policy.current(desk.team),
        at=now,
        expires_at=now + timedelta(days=1),
        round=submission.round,
    )
    for finding in submission.findings.filter(level="attest"):
        Attestation.objects.create(decision=decision, finding=finding, question=finding.question)
    Submission.objects.filter(pk=submission.pk).update(state=Submission.State.APPROVED)
    with pytest.raises(NotApproved, match="Nobody is named who answers"):
        door.require_approval(
            team_id=desk.team.pk,
            submission_id=submission.pk,
            channel=submission.frozen.channels[0],
            media={},
            at=now,
        )
