"""Having the checks run again: a reviewer's and an admin's at any time, an author's where a check could not run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gate import services
from gate.checks import registry
from gate.errors import NotAllowed
from gate.models import CheckRun, Submission
from ledger.models import Entry
from tests import factories as make

State = Submission.State
BUTTON = '/recheck/"'  # the address that its form goes to


@pytest.fixture
def waiting(desk):
    """In review, and every check has run."""
    return make.examined(desk.author, desk.channel)


@pytest.fixture
def unsure(desk, monkeypatch):
    """In review, although a check could not run: the team lets a person answer that."""
    make.set_checks(desk.team, {"review": {"unknown": "attest"}})
    return without_an_engine(desk.author, desk.channel, monkeypatch)


def without_an_engine(author, channel, monkeypatch):
    with monkeypatch.context() as m:
        m.setattr(registry, "CHECKS", {"raises": "tests.must_hold.faulty_checks.Raises"})
        submission = make.examined(author, channel)
    assert submission.runs.get().status == CheckRun.Status.UNKNOWN
    return submission


def shown(browser, url, submission):
    return browser.get(url(f"review/{submission.pk}/")).content.decode()


def ask(browser, url, submission):
    return browser.post(url(f"review/{submission.pk}/recheck/"))


def assert_nothing_happened(submission, claimed_by=None):
    submission.refresh_from_db()
    assert (submission.state, submission.round, submission.claimed_by) == (State.IN_REVIEW, 1, claimed_by)
    assert not Entry.objects.filter(kind="submission.rechecked").exists()


def assert_checked_anew(submission):
    submission.refresh_from_db()
    assert (submission.state, submission.round, submission.claimed_by) == (State.CHECKING, 2, None)
    assert Entry.objects.filter(kind="submission.rechecked", subject=f"submission:{submission.pk}").exists()


def test_an_author_does_not_take_a_post_away_from_who_reads_it(desk, url, waiting):
    services.claim(submission_id=waiting.pk, member=desk.reviewer)
    answer = ask(desk.author_browser, url, waiting)
    assert answer.status_code == 403
    assert "Rosa is reading this one until" in answer.content.decode()
    assert_nothing_happened(waiting, claimed_by=desk.reviewer.user)


def test_where_every_check_has_run_an_author_starts_no_new_round(desk, url, waiting):
    assert BUTTON not in shown(desk.author_browser, url, waiting)
    answer = ask(desk.author_browser, url, waiting)
    assert answer.status_code == 403
    assert "Every check has run." in answer.content.decode()
    assert_nothing_happened(waiting)


def test_an_author_has_a_check_run_again_that_could_not_run(desk, url, unsure):
    assert BUTTON in shown(desk.author_browser, url, unsure)
    assert ask(desk.author_browser, url, unsure).status_code == 302
    assert_checked_anew(unsure)


def test_not_while_somebody_reads_it(desk, url, unsure):
    services.claim(submission_id=unsure.pk, member=desk.reviewer)
    assert BUTTON not in shown(desk.author_browser, url, unsure)
    assert ask(desk.author_browser, url, unsure).status_code == 403
    assert_nothing_happened(unsure, claimed_by=desk.reviewer.user)
    ended = timezone.now() - timedelta(seconds=1)
    Submission.objects.filter(pk=unsure.pk).update(claimed_until=ended)
    assert BUTTON in shown(desk.author_browser, url, unsure)
    assert ask(desk.author_browser, url, unsure).status_code == 302
    assert_checked_anew(unsure)


def test_a_check_that_could_not_run_in_an_earlier_round_is_no_reason(desk, url, unsure):
    Submission.objects.filter(pk=unsure.pk).update(round=2)
    assert BUTTON not in shown(desk.author_browser, url, unsure)
    with pytest.raises(NotAllowed, match="Every check has run"):
        services.recheck(submission_id=unsure.pk, member=desk.author)


@pytest.mark.parametrize("who", ["reviewer", "second", "admin"])
def test_reviewers_and_admins_may_at_any_time(desk, url, waiting, who):
    services.claim(submission_id=waiting.pk, member=desk.reviewer)
    assert ask(getattr(desk, f"{who}_browser"), url, waiting).status_code == 302
    assert_checked_anew(waiting)


def test_a_reviewer_is_an_author_of_their_own_posts(desk, url):
    own = make.examined(desk.both, desk.channel)
    services.claim(submission_id=own.pk, member=desk.reviewer)
    assert ask(desk.both_browser, url, own).status_code == 403
    assert_nothing_happened(own, claimed_by=desk.reviewer.user)


def test_who_is_no_reviewer_any_more_is_refused(desk, waiting):
    """The roles that count are those of now, not those of when the page was asked for."""
    old = desk.team.members.get(pk=desk.reviewer.pk)
    desk.team.members.filter(pk=old.pk).update(is_reviewer=False, is_author=True)
    with pytest.raises(NotAllowed, match="Every check has run"):
        services.recheck(submission_id=waiting.pk, member=old)


def test_an_author_may_from_blocked(desk, url, monkeypatch):
    blocked = without_an_engine(desk.author, desk.channel, monkeypatch)
    assert blocked.state == State.BLOCKED
    assert BUTTON in shown(desk.author_browser, url, blocked)
    assert ask(desk.author_browser, url, blocked).status_code == 302
    assert_checked_anew(blocked)
