"""What the pages say of acts that take two people: overriding a block, and two approvals."""

from __future__ import annotations

import re

import pytest

from accounts.models import Notice
from gate.models import Override, Submission
from tests import factories as make
from tests.gate.conftest import questions

State = Submission.State
WORDS = {"word-list": {"words": ["tide tables: blocks"]}}
TWO = {"review": {"two_channels": ["sandbox"]}}
WHY = "It is the public name of our own page."


@pytest.fixture
def blocked(desk):
    make.set_checks(desk.team, WORDS)
    submission = make.examined(desk.author, desk.channel)
    assert submission.state == State.BLOCKED
    return submission


def text(browser, address):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", browser.get(address).content.decode()))


def override(browser, url, submission, **extra):
    finding = submission.findings.get(level="blocks")
    data = {"version": submission.version, "override_reason": WHY, **extra}
    return browser.post(url(f"review/findings/{finding.pk}/override/"), data)


def test_two_reviewers_override_it_on_the_page(desk, url, blocked):
    page = url(f"review/{blocked.pk}/")
    assert "Override: 0 of 2" in text(desk.reviewer_browser, page)
    assert override(desk.reviewer_browser, url, blocked).status_code == 302
    assert "It takes two for each block." in text(desk.reviewer_browser, url("review/"))
    seen = text(desk.reviewer_browser, page)
    assert "Override: 1 of 2" in seen
    assert "You have overridden this. Another reviewer has to do the same." in seen
    assert WHY in seen
    assert "the second of two" in text(desk.second_browser, page)
    told = Notice.objects.filter(text__contains="it takes a second reviewer")
    assert {notice.user_id for notice in told} == {desk.second.user_id, desk.both.user_id}
    override(desk.second_browser, url, blocked)
    assert "Nothing blocks the post any more" in text(desk.second_browser, url("review/"))
    blocked.refresh_from_db()
    assert blocked.state == State.IN_REVIEW
    told = Notice.objects.filter(text__contains="overr").exclude(text__contains="a second reviewer")
    assert {notice.user_id for notice in told} == {
        each.user_id for each in (desk.author, desk.reviewer, desk.second, desk.both)
    }
    seen = text(desk.reviewer_browser, page)
    assert "overridden by two" in seen
    assert "overrode a block by" in seen
    assert "1 overridden" in text(desk.reviewer_browser, url("review/"))
    post = text(desk.author_browser, blocked.origin_url)
    assert "Overridden by Rosa: " + WHY in post
    answer = desk.reviewer_browser.post(
        url(f"review/{blocked.pk}/approve/"), {"version": blocked.version, "attested": questions(blocked)}
    )
    assert answer.status_code == 302
    assert "overridden by two" in text(desk.auditor_browser, page)
    assert "Block overridden" in text(desk.auditor_browser, url("log/"))


def test_who_cannot_override_is_told_why(desk, url, blocked):
    page = url(f"review/{blocked.pk}/")
    for browser, why in (
        (desk.author_browser, "two other people would have to override it"),
        (desk.admin_browser, "Only a reviewer of the team can override this."),
    ):
        assert why in text(browser, page)
        assert "override_reason" not in browser.get(page).content.decode()
        assert override(browser, url, blocked).status_code == 403
    make.set_checks(desk.team, {"word-list": {**WORDS["word-list"], "override": "nobody"}})
    assert "The code of conduct lets nobody override" in text(desk.reviewer_browser, page)
    assert override(desk.stranger_browser, url, blocked).status_code == 404
    assert not Override.objects.exists()


def test_a_refused_override_keeps_what_was_typed(desk, url, blocked):
    for given, status in (({"override_reason": "ok"}, 422), ({"version": 0}, 409)):
        answer = override(desk.reviewer_browser, url, blocked, **given)
        assert answer.status_code == status
        assert given.get("override_reason", WHY) in answer.content.decode()
    assert not Override.objects.exists()


def test_a_rule_that_was_taken_away_since_is_told_with_the_version_that_had_it(desk, url):
    make.set_checks(desk.team, TWO)
    submission = make.examined(desk.author, desk.channel)
    make.set_checks(desk.team, {"review": {}})
    assert "takes 2 approvals" in text(desk.reviewer_browser, url("review/"))
    seen = text(desk.reviewer_browser, url(f"review/{submission.pk}/"))
    assert "It goes to Sandbox. Version 2 of the code of conduct, under which it was handed in, asks" in seen


def test_two_approvals_are_told_on_every_page(desk, url):
    make.set_checks(desk.team, TWO)
    submission = make.examined(desk.author, desk.channel)
    page = url(f"review/{submission.pk}/")
    assert "This post takes two approvals" in text(desk.reviewer_browser, page)
    assert "takes 2 approvals" in text(desk.reviewer_browser, url("review/"))
    other = make.examined(desk.author, desk.channel, text="The museum opens at noon.")
    given = {"version": submission.version, "attested": questions(submission), "next": "1"}
    answer = desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), given)
    assert answer["Location"] == url(f"review/{other.pk}/")
    assert "Yours is the first of two approvals" in text(desk.reviewer_browser, url("review/"))
    assert "1 of 2 approvals, by you" in text(desk.reviewer_browser, page)
    mine = desk.reviewer_browser.get(page).content.decode()
    assert "data-approve" not in mine
    assert "ask-reject" in mine
    seen = text(desk.second_browser, page)
    assert "1 of 2 approvals, by Rosa" in seen
    assert "It goes to Sandbox." in seen
    assert "1 of 2 approvals, by Rosa" in text(desk.second_browser, url("review/"))
    assert "1 of 2 approvals, by Rosa" in text(desk.author_browser, submission.origin_url)
    assert "First of two approvals" in text(desk.auditor_browser, url("log/"))
    submission.refresh_from_db()
    given = {"version": submission.version, "attested": questions(submission)}
    assert desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), given).status_code == 403
    desk.second_browser.post(url(f"review/{submission.pk}/approve/"), given)
    assert text(desk.auditor_browser, page).count("countersigned") >= 2
    assert "gave the first of two approvals" in text(desk.auditor_browser, page)


def test_whoever_was_a_moment_slower_keeps_their_ticks_and_looks_again(desk, url):
    make.set_checks(desk.team, TWO)
    submission = make.examined(desk.author, desk.channel)
    given = {"version": submission.version, "attested": questions(submission)}
    desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), given)
    answer = desk.second_browser.post(url(f"review/{submission.pk}/approve/"), given)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Rosa gave the first of two approvals" in shown
    assert " checked" in shown
