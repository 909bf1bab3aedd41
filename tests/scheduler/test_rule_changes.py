"""A zone's rules change between planning and the due time: the wall time stays, the instant follows."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from gate.models import Submission
from ledger.models import Entry
from scheduler import rule_changes
from scheduler.management.commands.dispatch import Command
from scheduler.models import Delivery, Post
from tests import factories as make

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def summer():
    with time_machine.travel(datetime(2027, 7, 1, 8, 0, tzinfo=UTC)):
        yield


@pytest.fixture
def post(author, reviewer, channel):
    return make.approved(author, reviewer, channel, due_local="2027-07-05T10:00", due_zone="Europe/Lisbon")


def under_old_rules(post: Post, by: timedelta = HOUR) -> datetime:
    """As it would stand if Lisbon had had no summer time when it was planned. Returns the instant that is right."""
    right = post.due_at
    for rows in (
        Post.objects.filter(pk=post.pk),
        post.deliveries,
        Submission.objects.filter(pk=post.submission_id),
    ):
        rows.update(due_at=right + by)
    return right


def test_a_post_that_waits_keeps_its_time_of_day(post):
    right = under_old_rules(post)
    assert rule_changes.follow(timezone.now()) == 1
    post.refresh_from_db()
    assert (post.due_at, post.due_local, post.state) == (right, "2027-07-05T10:00", Post.State.SUBMITTED)
    assert (post.deliveries.get().due_at, post.submission.due_at) == (right, right)
    assert post.submission.state == "approved"
    assert post.author.notices.get(text__startswith="Moved").text.endswith(rule_changes.REASON)
    assert Entry.objects.filter(kind="post.retimed", subject=post.origin, actor_id=None).count() == 1
    assert rule_changes.follow(timezone.now()) == 0


def test_a_starting_dispatcher_follows_the_rules_once(post):
    command = Command()
    command.stopping, command.followed = False, False
    command.beat_at = command.checkpoint_at = 0.0
    right = under_old_rules(post)
    command._work(timezone.now())
    post.refresh_from_db()
    assert post.due_at == right
    under_old_rules(post)
    command._work(timezone.now())
    post.refresh_from_db()
    assert post.due_at == right + HOUR


def test_a_draft_follows_and_what_is_over_does_not(author, channel, post):
    draft = make.post(author, channel, due_local="2027-07-05T10:00", due_zone="Europe/Lisbon")
    right = under_old_rules(draft)
    under_old_rules(post)
    Post.objects.filter(pk=post.pk).update(state=Post.State.PUBLISHED)
    assert rule_changes.follow(timezone.now()) == 1
    draft.refresh_from_db()
    post.refresh_from_db()
    assert (draft.due_at, post.due_at) == (right, right + HOUR)


def test_a_time_beyond_the_approval_is_not_taken(post):
    under_old_rules(post)
    Submission.objects.filter(pk=post.submission_id).update(approved_until=post.due_at - HOUR)
    assert rule_changes.follow(timezone.now()) == 0
    delivery = Delivery.objects.get(post=post)
    post.refresh_from_db()
    assert post.due_at == delivery.due_at


@pytest.mark.parametrize(
    ("local", "was", "means"),
    [
        ("2027-10-31T01:30", (0, 30), (0, 30)),
        ("2027-10-31T01:30", (1, 30), (1, 30)),
        ("2027-10-31T01:30", (2, 30), (0, 30)),  # neither of the two: the first
        ("2027-10-31T03:00", (2, 0), (3, 0)),
    ],
)
def test_of_a_time_that_comes_twice_it_stays_the_one_it_was(local, was, means):
    day = datetime(2027, 10, 31, tzinfo=UTC)
    at = day + timedelta(hours=was[0], minutes=was[1])
    assert rule_changes.means(local, "Europe/Lisbon", at) == day + timedelta(hours=means[0], minutes=means[1])


def test_a_time_that_there_is_no_more_stays_where_it_was():
    at = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert rule_changes.means("2027-03-28T01:30", "Europe/Lisbon", at) == at
    assert rule_changes.means("2027-03-28T01:30", "Europe/Atlantis", at) == at
