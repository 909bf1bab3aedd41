"""Another time for what was handed in asks the timing check again, whichever way it comes."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import timezone

from gate import runner
from gate.errors import WrongState
from gate.models import Submission
from ledger.models import Entry
from scheduler import lifecycle, missed, rule_changes
from scheduler.models import Delivery, Post
from tests import factories as make

State = Submission.State
NOON = "2027-07-06T12:00"
NIGHT = "2027-07-06T23:00"


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel(datetime(2027, 7, 5, 8, 0, tzinfo=UTC)):
        yield


@pytest.fixture
def quiet(desk):
    make.set_checks(desk.team, {"timing": {"quiet": "22:00-07:00"}})
    return desk


def approved(desk, local=NOON):
    return make.approved(desk.author, desk.reviewer, desk.channel, due_local=local, due_zone="Europe/Lisbon")


def move(desk, post, local, zone="Europe/Lisbon"):
    return lifecycle.retime(
        post_id=post.pk, version=post.version, member=desk.author, due_local=local, due_zone=zone
    )


def stands(post):
    """Post, submission and delivery as they are in the database: time and states."""
    post.refresh_from_db()
    return (
        post.due_local,
        str(post.state),
        str(post.submission.state),
        post.deliveries.get().due_at == post.due_at,
    )


def test_an_approval_does_not_cover_a_time_that_asks_something_new(quiet):
    post = approved(quiet)
    with pytest.raises(WrongState) as refusal:
        move(quiet, post, NIGHT)
    for words in ("quiet hours (22:00-07:00", "The old time is kept", "submit it again"):
        assert words in refusal.value.message
    assert stands(post) == (NOON, "submitted", "approved", True)
    assert not Entry.objects.filter(kind="submission.retimed").exists()


def test_what_the_reviewer_answered_about_this_time_is_not_asked_again(quiet):
    post = approved(quiet, NIGHT)
    move(quiet, post, NIGHT)
    post.refresh_from_db()
    move(quiet, post, "2027-07-07T00:00", zone="Europe/Madrid")
    assert stands(post) == ("2027-07-07T00:00", "submitted", "approved", True)
    assert post.submission.round == 1


def test_what_the_reviewer_answered_about_a_day_holds_for_the_day(quiet):
    make.set_checks(quiet.team, {"timing": {"days_off": ["Tuesday"], "sensitive": ["07-06 Day of mourning"]}})
    post = approved(quiet, NOON)
    move(quiet, post, "2027-07-06T15:00")
    assert stands(post) == ("2027-07-06T15:00", "submitted", "approved", True)


@pytest.mark.parametrize("local", ["2027-07-06T22:00", "2027-07-06T23:30", "2027-07-07T03:00"])
def test_an_answer_about_an_hour_of_the_night_is_none_about_another(quiet, local):
    post = approved(quiet, NIGHT)
    with pytest.raises(WrongState, match="in quiet hours"):
        move(quiet, post, local)
    assert stands(post) == (NIGHT, "submitted", "approved", True)


def test_an_answer_about_a_post_nearby_is_none_about_one_that_is_nearer(desk):
    make.set_checks(desk.team, {"timing": {"apart": 30}})
    approved(desk)
    late, nearer = "2027-07-06T12:29", "2027-07-06T12:01"
    near = make.approved(
        desk.author, desk.reviewer, desk.channel, text="Another.", due_local=late, due_zone="Europe/Lisbon"
    )
    with pytest.raises(WrongState, match="less than 30 min away from this one at 12:01"):
        move(desk, near, nearer)
    assert stands(near) == (late, "submitted", "approved", True)


def test_an_answer_about_one_night_or_one_day_is_none_about_another(quiet):
    make.set_checks(quiet.team, {"timing": {"quiet": "22:00-07:00", "days_off": ["Wednesday"]}})
    night, day = approved(quiet, NIGHT), approved(quiet, "2027-07-07T12:00")
    with pytest.raises(WrongState, match="quiet hours"):
        move(quiet, night, "2027-07-08T23:00")
    with pytest.raises(WrongState, match="day off"):
        move(quiet, day, "2027-07-14T12:00")
    assert (stands(night)[0], stands(day)[0]) == (NIGHT, "2027-07-07T12:00")


@pytest.mark.parametrize(
    "asked",
    [
        {"timing": {"embargoes": ["tide tables: 2027-07-08 09:00"], "timing.embargo": "attest"}},
        {"word-list": {"words": ["tide tables: attest: until 2027-07-08"]}},
    ],
)
def test_what_is_held_back_is_not_moved_further_ahead_of_its_day(desk, asked):
    make.set_checks(desk.team, asked)
    post = approved(desk, "2027-07-07T12:00")
    with pytest.raises(WrongState, match="Nobody has answered that"):
        move(desk, post, NOON)
    move(desk, post, "2027-07-07T13:00")
    assert stands(post) == ("2027-07-07T13:00", "submitted", "approved", True)


def test_a_late_answer_is_not_moved_further_behind_its_time(desk):
    answers = {"text": "Where is the ferry?", "received_at": "2027-07-04T07:00:00+00:00"}
    post = make.approved(
        desk.author, desk.reviewer, desk.channel, due_local=NOON, due_zone="Europe/Lisbon", answers=answers
    )
    with pytest.raises(WrongState, match="An answer was due by 5 Jul"):
        move(desk, post, "2027-07-07T12:00")
    move(desk, post, "2027-07-06T11:00")
    assert stands(post) == ("2027-07-06T11:00", "submitted", "approved", True)


def test_a_time_about_which_nothing_is_asked_is_covered(quiet):
    post = approved(quiet, NIGHT)
    move(quiet, post, NOON)
    assert stands(post) == (NOON, "submitted", "approved", True)


def test_words_that_a_day_ends_are_asked_about_again(desk):
    make.set_checks(desk.team, {"word-list": {"words": ["tide tables: attest: until 2027-07-07"]}})
    post = approved(desk, "2027-07-07T12:00")
    with pytest.raises(WrongState, match="“tide tables” is on the word list, until 07 Jul 2027"):
        move(desk, post, NOON)
    move(desk, post, "2027-07-08T12:00")
    assert stands(post) == ("2027-07-08T12:00", "submitted", "approved", True)


def test_a_drag_in_the_calendar_is_refused_in_words(quiet, url):
    make.set_checks(quiet.team, {"timing": {"days_off": ["Sunday"]}})
    post = approved(quiet)
    answer = quiet.author_browser.post(
        url(f"posts/{post.pk}/retime/"),
        {"date": "2027-07-11", "version": post.version},
        HTTP_HX_REQUEST="true",
    )
    assert "on a Sunday, which is a day off" in answer["HX-Trigger"]
    assert stands(post) == (NOON, "submitted", "approved", True)


def test_before_a_decision_another_time_starts_a_new_round_where_it_matters(quiet):
    submission = make.examined(quiet.author, quiet.channel, due_local=NOON, due_zone="Europe/Lisbon")
    post = Post.objects.get(submission=submission)
    move(quiet, post, "2027-07-06T13:00")
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (State.IN_REVIEW, 1)
    post.refresh_from_db()
    move(quiet, post, NIGHT)
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (State.CHECKING, 2)
    runner.run(submission.pk)
    assert submission.findings.filter(round=2, code="timing.quiet").exists()


def test_a_time_that_nobody_can_ask_about_is_not_covered(quiet, monkeypatch):
    post = approved(quiet)
    monkeypatch.setattr("gate.checks.timing.Timing.run", lambda *_: 1 / 0)
    with pytest.raises(WrongState, match="could not run"):
        move(quiet, post, "2027-07-06T13:00")
    assert stands(post) == (NOON, "submitted", "approved", True)


def miss(post):
    Post.objects.filter(pk=post.pk).update(state="missed")
    post.deliveries.update(state=Delivery.State.MISSED)
    post.refresh_from_db()


def test_what_was_missed_gets_no_time_that_asks_something_new(quiet):
    post = approved(quiet)
    miss(post)
    with time_machine.travel(datetime(2027, 7, 6, 12, 0, tzinfo=UTC)):
        make.set_checks(quiet.team, {"timing": {"sensitive": ["07-07 Day of mourning"]}})
        moved = missed.move_all(member=quiet.author, chosen={post.pk: post.version})
    assert moved.count == 0
    assert "7 July is Day of mourning" in moved.left[0][1]
    assert stands(post)[1:3] == ("missed", "approved")


def test_the_missed_rest_of_a_post_asks_too(quiet):
    post = approved(quiet)
    miss(post)
    Post.objects.filter(pk=post.pk).update(state="partly_published")
    post.refresh_from_db()
    with pytest.raises(WrongState, match="quiet hours"):
        move(quiet, post, NIGHT)
    assert post.deliveries.get().state == Delivery.State.MISSED


def test_what_a_zone_moves_into_quiet_hours_is_held_with_words(quiet):
    post = approved(quiet, "2027-07-06T21:30")
    make.set_checks(quiet.team, {"timing": {"quiet": "21:00-07:00"}})
    wrong = post.due_at.replace(hour=18)
    for rows in (
        Post.objects.filter(pk=post.pk),
        post.deliveries,
        Submission.objects.filter(pk=post.submission_id),
    ):
        rows.update(due_at=wrong)
    assert rule_changes.follow(timezone.now()) == 1
    assert stands(post) == ("2027-07-06T21:30", "held", "expired", True)
    assert "quiet hours (21:00-07:00" in post.state_reason
    assert post.author.notices.filter(text__startswith="Held").count() == 1
    kinds = Entry.objects.filter(
        kind__in=("submission.retimed", "submission.expired", "post.held", "post.retimed")
    )
    assert kinds.count() == 4


def test_a_campaign_is_chosen_frozen_and_examined(quiet, url):
    campaigns = ["Spring appeal: 2027-03-01 to 2027-04-30", "Summer: 2027-07-01 to 2027-07-31"]
    make.set_checks(quiet.team, {"timing": {"campaigns": campaigns}})
    submission = make.examined(
        quiet.author, quiet.channel, due_local=NOON, due_zone="Europe/Lisbon", campaign="Spring appeal"
    )
    assert submission.frozen.campaign == "Spring appeal"
    assert submission.state == State.BLOCKED
    assert submission.findings.get(code="timing.campaign").message.startswith(
        "Its campaign runs from 1 Mar 2027"
    )
    post = Post.objects.get(submission=submission)
    page = quiet.author_browser.get(url(f"posts/{post.pk}/edit/")).content.decode()
    assert '<option value="Spring appeal" selected>' in page
    assert '<option value="Summer">' in page


def test_two_posts_of_one_account_are_not_planned_too_close(quiet):
    make.set_checks(quiet.team, {"timing": {"apart": 30}})
    approved(quiet, NOON)
    near = make.examined(
        quiet.author,
        quiet.channel,
        text="Another thing.",
        due_local="2027-07-06T12:20",
        due_zone="Europe/Lisbon",
    )
    assert near.findings.filter(code="timing.too-close").count() == 1


def test_an_answer_is_not_moved_past_the_time_that_was_promised(quiet):
    answers = {"text": "Where is the ferry?", "received_at": "2027-07-05T07:00:00+00:00"}
    post = make.approved(
        quiet.author,
        quiet.reviewer,
        quiet.channel,
        due_local="2027-07-05T12:00",
        due_zone="Europe/Lisbon",
        answers=answers,
    )
    post = move(quiet, post, "2027-07-05T15:00")
    with pytest.raises(WrongState, match="An answer was due by 6 Jul, 08:00"):
        move(quiet, post, NOON)
    assert stands(post)[0] == "2027-07-05T15:00"
