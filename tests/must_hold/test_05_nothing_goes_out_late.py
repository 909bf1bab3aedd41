"""5. Nothing goes out late in silence: past the window it is missed, and the author hears."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from gate.errors import Incomplete
from platforms import sandbox
from scheduler import dispatcher, lifecycle, sender
from scheduler.models import Delivery, Post
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    team = make.team(lateness_minutes=15)
    return make.approved(make.member(team, "author"), make.member(team, "reviewer"))


def out(post: Post) -> int:
    account = post.deliveries.first().channel.account_id
    return len(sandbox.posts(str(settings.SANDBOX_DIR / str(post.team_id)), account))


def test_inside_the_window_it_goes_out(post):
    make.make_due(post, ago=timedelta(minutes=14))
    sender.send(post.deliveries.get().pk)
    assert out(post) == 1


def test_past_the_window_the_sender_itself_refuses(post):
    make.make_due(post, ago=timedelta(minutes=16))
    sender.send(post.deliveries.get().pk)
    assert out(post) == 0


def test_past_the_window_it_is_missed_and_the_author_hears(post):
    make.make_due(post, ago=timedelta(minutes=16))
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.MISSED
    assert post.deliveries.get().state == Delivery.State.MISSED
    assert post.author.notices.filter(text__startswith="Missed").count() == 1
    dispatcher.tick(timezone.now())
    assert post.author.notices.filter(text__startswith="Missed").count() == 1


def test_before_its_time_it_is_not_sent(post):
    sender.send(post.deliveries.get().pk)
    assert out(post) == 0
    assert dispatcher.tick(timezone.now()) == 0


def test_due_without_an_approval_is_held_then_sent_if_approved_in_time():
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    submission = make.examined(author)
    post = make.make_due(Post.objects.get(submission=submission))
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.HELD
    assert author.user.notices.filter(text__startswith="Held").exists()
    make.approve(submission, reviewer)
    assert dispatcher.tick(timezone.now()) == 1
    sender.send(post.deliveries.get().pk)
    post.refresh_from_db()
    assert post.state == Post.State.PUBLISHED


def test_a_missed_post_can_be_edited_and_goes_the_whole_way_again(post):
    make.make_due(post, ago=timedelta(minutes=16))
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    member = post.team.members.get(user=post.author)
    channel = post.deliveries.get().channel
    post = lifecycle.save(post_id=post.pk, version=post.version, member=member, draft=make.draft(channel))
    assert post.state == Post.State.DRAFT
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=member)
    assert submission.number == 2
    assert post.deliveries.count() == 2


def test_an_approval_that_ran_out_while_waiting_is_closed_and_held(post):
    type(post.submission).objects.filter(pk=post.submission_id).update(approved_until=timezone.now())
    make.make_due(post)
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.submission.state == "expired"
    assert post.state == Post.State.HELD
    assert post.author.notices.filter(text__contains="approval ran out").exists()


def test_what_nobody_approved_in_time_leaves_the_queue():
    submission = make.examined(make.member(make.team(), "author"))
    make.make_due(Post.objects.get(submission=submission), ago=timedelta(minutes=16))
    dispatcher.tick(timezone.now())
    submission.refresh_from_db()
    assert submission.state == "expired"
    assert Post.objects.get(submission=submission).state == Post.State.MISSED


def test_a_claimed_post_that_was_moved_to_later_is_not_sent(post):
    make.make_due(post)
    claim = sender._claim(post.deliveries.get().pk)
    assert claim
    member = post.team.members.get(user=post.author)
    later = timezone.now() + timedelta(hours=2)
    lifecycle.retime(
        post_id=post.pk,
        version=post.version,
        member=member,
        due_local=f"{later:%Y-%m-%dT%H:%M}",
        due_zone="UTC",
    )
    channel = sender.channel_content(claim.delivery)
    with pytest.raises(sender.Released):
        sender._start(claim, channel, sender.build_request(claim.delivery, channel))
    assert out(post) == 0


@pytest.mark.parametrize("health", ["attention", "disconnected"])
def test_a_due_post_whose_account_is_not_connected_is_held_and_goes_out_once_it_is(post, health):
    make.make_due(post)
    channel = post.deliveries.get().channel
    type(channel).objects.filter(pk=channel.pk).update(health=health)
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.HELD
    assert post.author.notices.filter(text__startswith="Held").exists()
    type(channel).objects.filter(pk=channel.pk).update(health="connected")
    assert dispatcher.tick(timezone.now()) == 1
    sender.send(post.deliveries.get().pk)
    assert out(post) == 1


def test_an_approval_that_runs_out_before_the_time_is_said_at_once(post):
    type(post.submission).objects.filter(pk=post.submission_id).update(approved_until=timezone.now())
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.HELD
    assert post.author.notices.filter(text__contains="approval ran out").count() == 1


def test_a_submitted_post_cannot_be_moved_beyond_what_an_approval_lasts():
    team = make.team(approval_days=30)
    author = make.member(team, "author")
    post = Post.objects.get(submission=make.examined(author))
    far = timezone.now() + timedelta(days=31)
    with pytest.raises(Incomplete, match="30 days"):
        lifecycle.retime(
            post_id=post.pk,
            version=post.version,
            member=author,
            due_local=f"{far:%Y-%m-%dT%H:%M}",
            due_zone="UTC",
        )


def test_one_team_with_a_long_window_hides_nobody_elses_late_post(post, monkeypatch):
    monkeypatch.setattr(dispatcher, "BATCH", 2)
    patient = make.team(lateness_minutes=24 * 60)
    author = make.member(patient, "author")
    for number in range(3):
        waiting = Post.objects.get(submission=make.submitted(author, text=f"Number {number}"))
        make.make_due(waiting, ago=timedelta(hours=3))
    make.make_due(post, ago=timedelta(hours=2))
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.MISSED
