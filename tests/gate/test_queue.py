"""The review queue: what stands in it, in which order, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gate import decisions, queries, services
from gate.models import Submission
from gate.queries import Key
from tests import factories as make

State = Submission.State


def titles(answer):
    return re.findall(r'<h3><a href="[^"]*">(.*?)</a>', answer.content.decode())


def bulk(desk, number, state=State.IN_REVIEW):
    """Rows as they stand after the checks, made at once from a real one."""
    model = make.examined(desk.author, desk.channel)
    now = timezone.now()
    rows = [
        Submission(
            team=desk.team,
            origin=f"bulk:{n}",
            origin_url="/",
            number=1,
            title=f"Bulk {n:05}",
            content=model.content,
            digest=model.digest,
            author=desk.author.user,
            conduct=model.conduct,
            due_at=None if n % 10 == 0 else now + timedelta(days=2, minutes=n // 3),
            submitted_at=now,
        )
        for n in range(number)
    ]
    Submission.objects.bulk_create(rows, batch_size=500)
    Submission.objects.filter(team=desk.team, origin__startswith="bulk:").update(state=state)
    return model


def test_the_most_urgent_comes_first_and_what_has_no_time_last(desk, url):
    now = timezone.now()
    made = [make.examined(desk.author, desk.channel, text=f"Number {n}, of its own.") for n in range(3)]
    for submission, due in zip(made, [None, now + timedelta(hours=5), now + timedelta(hours=2)], strict=True):
        services.retime(submission_id=submission.pk, due_at=due, by=desk.author.user)
    answer = desk.reviewer_browser.get(url("review/"))
    assert titles(answer) == [made[2].title, made[1].title, made[0].title]
    assert "no time set" in answer.content.decode()


def test_a_row_says_risk_author_channel_and_who_is_reading(desk, url):
    submission = make.examined(desk.author, desk.channel, declarations={**make.GOOD, "states_fact": "yes"})
    services.claim(submission_id=submission.pk, member=desk.second)
    shown = desk.reviewer_browser.get(url("review/")).content.decode()
    asked = submission.findings.filter(level="attest").count()
    assert f"{asked} questions" in shown
    assert "Amara" in shown
    assert "Ken is reading until" in shown
    assert 'aria-label="Sandbox"' in shown


def test_a_title_shows_what_it_hides(desk, url):
    make.examined(desk.author, desk.channel, title="Open annual\u202egpj", text="A quiet \u200b day.")
    shown = desk.reviewer_browser.get(url("review/")).content.decode()
    assert "\u202e" not in shown
    assert "\u200b" not in shown
    assert shown.count(">U+202E</span>") == 1
    assert shown.count(">U+200B</span>") == 1


def test_findings_of_an_earlier_round_do_not_count(desk):
    submission = make.examined(desk.author, desk.channel, declarations={})
    services.recheck(submission_id=submission.pk, member=desk.reviewer)
    submission.refresh_from_db()
    assert queries.risks([submission]) == {submission.pk: {}}


def test_own_posts_are_called_own(desk, url):
    make.examined(desk.both, desk.channel)
    assert "yours: somebody else countersigns" in desk.both_browser.get(url("review/")).content.decode()
    assert "yours:" not in desk.reviewer_browser.get(url("review/")).content.decode()


def test_tabs_hold_what_their_name_says(desk, url):
    waiting = make.examined(desk.author, desk.channel)
    blocked = make.examined(desk.author, desk.channel, text="Write to jo.private@example.org today.")
    checking = make.submitted(desk.author, desk.channel, text="Nobody has looked at this yet.")
    decided = make.examined(desk.author, desk.channel, text="Something that was sent back.")
    decisions.reject(
        submission_id=decided.pk, version=decided.version, member=desk.second, reason="Not us", clause="1.1"
    )
    for tab, submission in [
        ("review", waiting),
        ("blocked", blocked),
        ("checking", checking),
        ("decided", decided),
    ]:
        assert titles(desk.auditor_browser.get(url(f"review/?tab={tab}"))) == [submission.title]
    shown = desk.auditor_browser.get(url("review/?tab=decided")).content.decode()
    assert "Ken" in shown
    assert "clause 1.1" in shown


@pytest.mark.parametrize("tab", ["review", "blocked", "checking", "decided", "nonsense"])
def test_an_empty_tab_says_what_will_appear(desk, url, tab):
    answer = desk.author_browser.get(url(f"review/?tab={tab}"))
    assert answer.status_code == 200
    assert 'class="empty"' in answer.content.decode()


def test_other_teams_and_signed_out_people_see_nothing(desk, url, client):
    make.examined(desk.author, desk.channel)
    assert desk.stranger_browser.get(url("review/")).status_code == 404
    assert client.get(url("review/"))["Location"].startswith("/accounts/login/")
    assert titles(desk.stranger_browser.get(f"/t/{desk.stranger.team.slug}/review/")) == []


def test_pages_of_the_queue_hold_every_row_once_there_and_back(desk, url):
    bulk(desk, 75)
    path, seen, walked = url("review/"), [], []
    while path:
        answer = desk.reviewer_browser.get(path)
        walked.append(titles(answer))
        seen += walked[-1]
        later = re.search(r'href="(\?after=[^"]*)"', answer.content.decode())
        path = url("review/") + later.group(1) if later else ""
    assert len(seen) == len(set(seen)) == 76
    assert seen[-7:] == sorted(f"Bulk {n:05}" for n in range(0, 75, 10))[-7:]
    sooner = re.search(r'href="(\?before=[^"]*)"', answer.content.decode())
    back = desk.reviewer_browser.get(url("review/") + sooner.group(1))
    assert titles(back) == walked[-2]


@pytest.mark.parametrize(
    "key", ["", "x", "W10=", "WzEsMiwzXQ==", "WyIyMDI2IiwgIjIwMjYtMDEtMDFUMDA6MDAiLCAxXQ=="]
)
def test_a_key_that_was_not_written_here_is_the_start_of_the_queue(desk, url, key):
    assert Key.read(key) is None
    submission = make.examined(desk.author, desk.channel)
    assert titles(desk.reviewer_browser.get(url("review/"), {"after": key})) == [submission.title]


def test_a_key_comes_back_as_it_was(desk):
    for due in (None, timezone.now()):
        key = Key(due, timezone.now(), 7)
        assert Key.read(key.write()) == key


@pytest.mark.parametrize("tab", ["review", "blocked", "decided"])
def test_a_thousand_rows_cost_as_many_queries_as_one(desk, url, tab):
    first = make.examined(desk.author, desk.channel, text="One to decide about, with ropes.")
    make.approve(first, desk.second)
    make.examined(desk.author, desk.channel, text="Write to jo.private@example.org today.")
    make.examined(desk.author, desk.channel, text="One to wait, with sails.")
    browser = desk.reviewer_browser
    browser.get(url("review/"))
    with CaptureQueriesContext(connection) as few:
        browser.get(url(f"review/?tab={tab}"))
    bulk(desk, 1_000, state=State.BLOCKED if tab == "blocked" else State.IN_REVIEW)
    with CaptureQueriesContext(connection) as many:
        answer = browser.get(url(f"review/?tab={tab}"))
    assert answer.status_code == 200
    assert len(many) == len(few) < 20


@pytest.mark.parametrize(("waiting", "shown"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (3000, "99+")])
def test_the_navigation_counts_what_waits_up_to_two_digits(desk, url, waiting, shown):
    make.approve(bulk(desk, waiting), desk.second)  # the one that the others are made from waits no more
    with CaptureQueriesContext(connection) as queries:
        page = desk.author_browser.get(url("policy/")).content.decode()
    counted = re.findall(r'<span class="count num[^>]*>([^<]*)<', page)
    assert counted == ([shown] if shown else [])
    (counting,) = [q["sql"] for q in queries if "COUNT(" in q["sql"] and "in_review" in q["sql"]]
    assert "LIMIT 100" in counting
