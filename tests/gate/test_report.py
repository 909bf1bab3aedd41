"""The gate report counts what happened, and a reviewer's word on a finding."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from gate import decisions, not_helpful, readings, report, runner, services
from gate.errors import NotAllowed
from gate.intervals import Rate, wilson
from gate.models import Decision, Reading, Submission
from gate.plots import columns, stacked_bars
from gate.report import Period
from ledger.models import Entry
from tests import factories as make
from tests.gate.conftest import questions

ZONE = ZoneInfo("Europe/Lisbon")


@pytest.fixture
def today(desk):
    return timezone.now().astimezone(desk.team.tz).date()


def made(desk, today):
    return report.of(desk.team, Period.read("", "", desk.team.tz, today))


def approve(submission, member, *, after=None, at=None):
    if after is not None:
        opened = (at or timezone.now()) - after
        Reading.objects.create(submission=submission, round=1, user=member.user, opened_at=opened)
    return decisions.approve(
        submission_id=submission.pk,
        version=submission.version,
        member=member,
        attested=questions(submission),
        at=at,
    )


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score, without continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_interval_is_as_published(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=0.00006)


def test_nothing_of_nothing_says_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
    assert Rate(0, 0).share is None
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


def test_findings_are_counted_by_clause_and_check_in_their_last_round(desk, today):
    make.examined(
        desk.author, desk.channel, text="Write to jane@elsewhere.example. Or to bob@elsewhere.example."
    )
    clean = make.examined(desk.author, desk.channel, text="High water is at noon.")
    approve(clean, desk.reviewer)
    rows = {(row.clause, row.check_id): row for row in made(desk, today).rows}
    found = rows["3.1", "personal-data"]
    assert (found.blocks, found.attest, found.posts, found.reviewed) == (2, 0, 1, 0)
    tone = rows["1.1", "toxicity"]
    assert (tone.attest, tone.posts, tone.reviewed) == (2, 2, 1)
    assert [row.clause for row in made(desk, today).rows] == ["1.1", "3.1"]


def test_a_check_that_ran_again_counts_once(desk, today):
    waiting = make.examined(desk.author, desk.channel)
    services.recheck(submission_id=waiting.pk, member=desk.reviewer)
    runner.run(waiting.pk)
    assert waiting.findings.count() == 2
    assert [row.attest for row in made(desk, today).rows] == [1]


def test_overrides_count_from_the_second_person_on(desk, today):
    blocked = make.examined(desk.author, desk.channel, text="Write to jane@elsewhere.example.")
    finding = blocked.findings.get(level="blocks")
    for person, counted in ((desk.reviewer, 0), (desk.second, 1)):
        finding.overrides.create(
            submission=blocked, digest=blocked.digest, reviewer=person.user, reason="Our own address."
        )
        assert sum(row.overridden for row in made(desk, today).rows) == counted
    assert made(desk, today).overrides == Rate(1, 1)


def test_marks_that_were_taken_back_do_not_count(desk, today):
    waiting = make.examined(desk.author, desk.channel)
    approve(waiting, desk.reviewer)
    finding = waiting.findings.get()
    for stands, counted in ((True, 1), (True, 1), (False, 0), (True, 1)):
        not_helpful.mark(finding=finding, member=desk.second, stands=stands)
        assert made(desk, today).false_alarms == Rate(counted, 1)
    entries = Entry.objects.filter(kind="finding.not_helpful").order_by("index")
    assert [entry.content["data"]["stands"] for entry in entries] == [True, False, True]


@pytest.mark.parametrize("who", ["author", "auditor", "admin", "stranger"])
def test_only_a_reviewer_of_the_team_marks(desk, who):
    finding = make.examined(desk.author, desk.channel).findings.get()
    with pytest.raises(NotAllowed):
        not_helpful.mark(finding=finding, member=getattr(desk, who), stands=True)
    assert not finding.not_helpful.exists()


def test_a_mark_is_one_press_on_the_review_page_and_loses_nothing(desk, url):
    waiting = make.examined(desk.author, desk.channel)
    finding = waiting.findings.get()
    address = url(f"review/findings/{finding.pk}/not-helpful/")
    piece = desk.reviewer_browser.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "Marked not helpful" in piece
    assert "<html" not in piece
    shown = desk.reviewer_browser.get(url(f"review/{waiting.pk}/")).content.decode()
    assert "Marked not helpful" in shown
    assert "Marked not helpful" not in desk.second_browser.get(url(f"review/{waiting.pk}/")).content.decode()
    back = desk.reviewer_browser.post(address, {"stands": "no"})
    assert back.url == url(f"review/{waiting.pk}/#finding-{finding.pk}")
    assert not finding.not_helpful.filter(stands=True).exists()


def test_who_approves_without_reading_is_listed(desk, url, today):
    for after in (timedelta(seconds=2), timedelta(minutes=2), None):
        post = make.examined(desk.author, desk.channel, text=f"High water is at noon. {after}")
        approve(post, desk.reviewer, after=after)
    found = made(desk, today)
    assert found.unread_rate == Rate(2, 3)
    shown = desk.auditor_browser.get(url("report/")).content.decode()
    assert "after 2.0 s" in shown
    assert "never opened" in shown


def test_opening_the_review_page_is_remembered_once_and_only_of_who_may_decide(desk, url):
    waiting = make.examined(desk.author, desk.channel)
    for browser in (desk.reviewer_browser, desk.reviewer_browser, desk.author_browser, desk.auditor_browser):
        browser.get(url(f"review/{waiting.pk}/"))
    assert [r.user for r in Reading.objects.all()] == [desk.reviewer.user]
    first = Reading.objects.get().opened_at
    readings.opened(waiting, desk.reviewer.user)
    assert Reading.objects.get().opened_at == first


def test_times_run_from_the_end_of_the_checks_to_the_first_decision(desk, today):
    for hours in (1, 3, 40):
        post = make.examined(desk.author, desk.channel, text=f"High water is at noon, {hours} times.")
        approve(post, desk.reviewer, at=post.checked_at + timedelta(hours=hours))
    found = made(desk, today)
    assert found.median_time == timedelta(hours=3)
    assert found.slow_time == timedelta(hours=40)
    assert [n for _, n in found.waits] == [0, 1, 1, 0, 1, 0]
    assert (found.weeks[-1].posts, found.weeks[-1].decided, found.weeks[-1].hours) == (3, 3, 3.0)


def test_a_decision_from_before_the_checks_ran_again_has_no_time(desk, today):
    make.set_checks(desk.team, {"review": {"two_channels": ["sandbox"]}})
    waiting = make.examined(desk.author, desk.channel)
    approve(waiting, desk.reviewer)
    assert len(made(desk, today).times) == 1
    services.recheck(submission_id=waiting.pk, member=desk.second)
    runner.run(waiting.pk)
    assert made(desk, today).times == []


def test_a_period_is_of_whole_days_in_the_team_s_zone():
    period = Period.read("2026-10-25", "2026-10-25", ZONE, date(2026, 11, 1))
    start, end = period.bounds
    assert (end.timestamp() - start.timestamp()) / 3600 == 25  # the clocks were put back


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [("", "", 90), ("x", "y", 90), ("2026-10-31", "", 2), ("2030-01-01", "", 1), ("1900-01-01", "", 90),
     ("2000-01-01", "", 732), ("2026-02-30", "9999-99-99", 90)],
)  # fmt: skip
def test_odd_days_become_the_usual_ones(first, last, days):
    period = Period.read(first, last, ZONE, date(2026, 11, 1))
    assert (period.last - period.first).days + 1 == days


def test_the_tables_come_as_csv_in_which_nothing_is_a_formula(desk, url):
    post = make.examined(desk.author, desk.channel, title="=SUM(A1:A9)", text="High water is at noon.")
    approve(post, desk.reviewer)

    def table(name):
        answer = desk.auditor_browser.get(url(f"report/{name}.csv"))
        assert answer["Content-Disposition"].startswith("attachment")
        return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))

    assert table("checks")[0]["check"] == "toxicity"
    (review,) = table("reviews")
    assert (review["title"], review["decision"], review["without_reading"]) == (
        "'=SUM(A1:A9)",
        Decision.Kind.APPROVE,
        "yes",
    )
    assert sum(int(week["posts"]) for week in table("weeks")) == 1
    assert desk.auditor_browser.get(url("report/nothing.csv")).status_code == 404


def test_another_team_s_numbers_are_not_in_it(desk, today):
    elsewhere = make.team("Elsewhere")
    make.examined(make.member(elsewhere, "author"), make.channel(elsewhere))
    assert Submission.objects.count() == 1
    assert made(desk, today).posts == 0


def test_an_empty_report_says_what_to_do(desk, url):
    assert "No post was handed in" in desk.reviewer_browser.get(url("report/")).content.decode()


def test_a_plot_says_in_words_what_it_shows_and_escapes():
    svg = stacked_bars("Findings", [("a<b", [("blocks", 3), ("attest", 0), ("advises", 1)]), ("c", [])])
    assert "<desc>a&lt;b: 4; c: 0</desc>" in svg
    widths = [float(w) for w in re.findall(r'<rect class="[a-z]+" .*? width="([\d.]+)"', svg)]
    assert widths == pytest.approx([237.0, 79.0])
    assert 'style="' not in svg
    bars = columns("Waits", [("1 h", 2.0, "2"), ("4 h", 0.0, "")], every=2)
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" rx', bars)]
    assert heights == [128.0, 1.0]
    assert bars.count('class="mid"') == 1
