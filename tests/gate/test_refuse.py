"""Asking for changes, rejecting, revoking: with words that reach the author, and nothing lost when some are missing."""

from __future__ import annotations

import pytest

from accounts.models import Notice
from gate import services
from gate.models import Decision, Submission
from tests import factories as make

State = Submission.State


@pytest.fixture
def waiting(desk):
    return make.examined(desk.author, desk.channel)


def test_asking_for_changes_sends_it_back_with_the_reason(desk, url, waiting):
    answer = desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/changes/"),
        {
            "version": waiting.version,
            "changes_reason": "Where does the number come from?",
            "changes_clause": "2.1",
        },
        follow=True,
    )
    waiting.refresh_from_db()
    assert waiting.state == State.CHANGES_REQUESTED
    shown = answer.content.decode()
    assert "Where does the number come from?" in shown
    assert f'href="{url("policy/")}#clause-2.1"' in shown
    assert Notice.objects.filter(user=desk.author.user, text__contains="number come from").exists()


def test_changes_need_no_clause_but_a_reason(desk, url, waiting):
    path = url(f"review/{waiting.pk}/changes/")
    answer = desk.reviewer_browser.post(path, {"version": waiting.version, "changes_reason": "  "})
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    desk.reviewer_browser.post(path, {"version": waiting.version, "changes_reason": "Too long"})
    waiting.refresh_from_db()
    assert waiting.state == State.CHANGES_REQUESTED


def test_a_rejection_without_a_clause_keeps_the_reason_and_the_ticks(desk, url, waiting):
    finding = waiting.findings.filter(level="attest").first()
    answer = desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/reject/"),
        {"version": waiting.version, "reject_reason": "It mocks <people>", "attested": [finding.pk]},
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose the clause" in shown
    assert "It mocks &lt;people&gt;" in shown
    assert shown.count(" checked") == 1
    assert shown.count('name="reject_reason"') == 1
    waiting.refresh_from_db()
    assert waiting.state == State.IN_REVIEW


def test_a_rejection_without_a_reason_keeps_the_clause(desk, url, waiting):
    answer = desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/reject/"), {"version": waiting.version, "reject_clause": "1.1"}
    )
    assert answer.status_code == 422
    assert '<option value="1.1" selected>' in answer.content.decode()


def test_a_clause_that_the_code_does_not_have_is_refused(desk, url, waiting):
    answer = desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/reject/"),
        {"version": waiting.version, "reject_clause": "99.9", "reject_reason": "Because"},
    )
    assert answer.status_code == 422
    assert "no clause 99.9" in answer.content.decode()


def test_a_rejection_says_which_clause_and_why(desk, url, waiting):
    desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/reject/"),
        {"version": waiting.version, "reject_clause": "1.1", "reject_reason": "It mocks people."},
    )
    decision = Decision.objects.get()
    assert (decision.kind, decision.clause, decision.reason) == ("reject", "1.1", "It mocks people.")
    assert decision.reviewer == desk.reviewer.user


def test_the_form_opens_without_script(desk, url, waiting):
    """The buttons of the bar are links to the page with the form in it; the form is not there twice."""
    plain = desk.reviewer_browser.get(url(f"review/{waiting.pk}/")).content.decode()
    for kind in ("reject", "changes"):
        assert f'href="{url(f"review/{waiting.pk}/")}?ask={kind}"' in plain
        opened = desk.reviewer_browser.get(url(f"review/{waiting.pk}/?ask={kind}")).content.decode()
        assert opened.count(f'name="{kind}_reason"') == 1
        assert f'id="ask-{kind}"' not in opened
        assert f'formaction="{url(f"review/{waiting.pk}/{kind}/")}"' in opened


def test_two_refusals_at_once_leave_one(desk, url, waiting):
    sent = {"version": waiting.version, "reject_clause": "1.1", "reject_reason": "It mocks people."}
    desk.reviewer_browser.post(url(f"review/{waiting.pk}/reject/"), sent)
    answer = desk.second_browser.post(
        url(f"review/{waiting.pk}/changes/"), {"version": waiting.version, "changes_reason": "Please shorten"}
    )
    assert answer.status_code == 409
    assert "Rejected by Rosa" in answer.content.decode()
    assert "Please shorten" in answer.content.decode()
    assert Decision.objects.count() == 1


def test_an_admin_revokes_an_approval_with_a_reason(desk, url, waiting):
    make.approve(waiting, desk.reviewer)
    path = url(f"review/{waiting.pk}/revoke/")
    answer = desk.admin_browser.post(path, {"revoke_reason": ""})
    assert answer.status_code == 422
    assert 'name="revoke_reason"' in answer.content.decode()
    desk.admin_browser.post(path, {"revoke_reason": "The event was called off."})
    waiting.refresh_from_db()
    assert waiting.state == State.REVOKED
    shown = desk.author_browser.get(url(f"review/{waiting.pk}/")).content.decode()
    assert "The event was called off." in shown


def test_authors_cannot_revoke_and_see_no_button(desk, url, waiting):
    make.approve(waiting, desk.reviewer)
    assert "Revoke" not in desk.author_browser.get(url(f"review/{waiting.pk}/")).content.decode()
    answer = desk.author_browser.post(url(f"review/{waiting.pk}/revoke/"), {"revoke_reason": "Oh no"})
    assert answer.status_code == 403


@pytest.mark.parametrize("act", ["changes", "reject", "revoke", "claim", "release", "recheck", "comment"])
def test_other_teams_and_signed_out_people_change_nothing(desk, url, waiting, client, act):
    path = url(f"review/{waiting.pk}/{act}/")
    theirs = f"/t/{desk.stranger.team.slug}/review/{waiting.pk}/{act}/"
    sent = {"version": waiting.version, "comment": "x", "changes_reason": "xxx", "reject_reason": "xxx"}
    assert desk.stranger_browser.post(path, sent).status_code == 404
    assert desk.stranger_browser.post(theirs, sent).status_code == 404
    assert client.post(path, sent)["Location"].startswith("/accounts/login/")
    before = (waiting.state, waiting.version)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.version) == before
    assert not waiting.comments.exists()


@pytest.mark.parametrize("act", ["changes", "reject", "claim", "release"])
def test_only_reviewers_act(desk, url, waiting, act):
    sent = {
        "version": waiting.version,
        "changes_reason": "xxx",
        "reject_reason": "xxx",
        "reject_clause": "1.1",
    }
    for browser in (desk.author_browser, desk.auditor_browser, desk.admin_browser):
        assert browser.post(url(f"review/{waiting.pk}/{act}/"), sent).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == State.IN_REVIEW
    assert waiting.claimed_by is None


def test_a_reload_after_signing_in_again_leads_to_the_page(desk, url, waiting):
    """The way back from the sign-in page is a GET."""
    answer = desk.reviewer_browser.get(url(f"review/{waiting.pk}/reject/"))
    assert answer["Location"] == url(f"review/{waiting.pk}/")


def test_what_was_withdrawn_in_the_meantime_is_said(desk, url, waiting):
    services.withdraw(submission_id=waiting.pk, by=desk.author.user)
    answer = desk.reviewer_browser.post(
        url(f"review/{waiting.pk}/changes/"), {"version": waiting.version, "changes_reason": "Kept words"}
    )
    assert answer.status_code == 409
    assert "withdrawn" in answer.content.decode()
    assert "Kept words" in answer.content.decode()
