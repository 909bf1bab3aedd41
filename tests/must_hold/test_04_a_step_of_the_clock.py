"""4 and 5: the machine's clock is set an hour ahead or back while posts are on their way. Nothing is lost or doubled,
nothing is late in silence, and nothing waits an hour longer than it was to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from accounts import renewing
from accounts.models import Channel
from gate import runner
from gate.checks import registry
from gate.models import Submission
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import dispatcher, pauses, reconcile, resuming, sender, set_back
from scheduler.models import Attempt, Delivery, Post
from tests import factories as make
from tests.must_hold import faulty_checks
from tests.must_hold.accounts import loopback_allowed, on_mastodon
from tests.must_hold.sending import copies, home, look_and_work, started
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import Fault as ServerFault
from tests.servers.mastodon_state import State as Server

State = Delivery.State
NOON = datetime(2027, 6, 1, 12, 0, 20, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BACK, AHEAD = -HOUR, HOUR
SETTLES_WITHIN = 12 * MINUTE
"""The longest lease (5 minutes) or pause between looks that is left, and two looks."""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def delivery(db: None, clock: time_machine.Traveller) -> Delivery:
    """Approved, and due in ten minutes."""
    author, reviewer = people()
    return planned(author, reviewer, make.channel(author.team))


def people():
    team = make.team()
    return make.member(team, "author"), make.member(team, "reviewer")


def planned(author, reviewer, channel: Channel) -> Delivery:
    due = f"{timezone.now() + 10 * MINUTE:%Y-%m-%dT%H:%M}"
    return make.approved(author, reviewer, channel, due_local=due, due_zone="UTC").deliveries.get()


def live(
    clock: time_machine.Traveller, delivery: Delivery, until: datetime, pace: timedelta = 2 * MINUTE
) -> Delivery:
    """The installation runs, until the delivery is settled or a person's matter, or the clock shows `until`. It looks
    every two minutes here: every second would show the same, later."""
    while True:
        look_and_work()
        delivery.refresh_from_db()
        asked = delivery.state == State.UNKNOWN and delivery.next_try_at is None
        if asked or delivery.state in Delivery.SETTLED or timezone.now() >= until:
            return delivery
        clock.shift(pace)


# How far a delivery has come when the clock steps. Each is a few seconds past its due time.


def waiting(delivery: Delivery) -> None:
    """Nobody has done anything yet."""


def nudged(delivery: Delivery) -> None:
    """A worker was asked, and the task was lost."""
    dispatcher.tick(timezone.now())
    OrmQ.objects.all().delete()


def claimed(delivery: Delivery) -> None:
    """The worker died before it wrote "sending"."""
    assert sender._claim(delivery.pk)


def delayed(delivery: Delivery) -> None:
    """The platform did not take it."""
    rehearsal.ask_for(home(delivery), Fault(Kind.NOT_REACHED))
    sender.send(delivery.pk)


def died_sending(delivery: Delivery) -> None:
    """The worker died after it wrote "sending"; nothing had left."""
    started(delivery)


def died_sent(delivery: Delivery) -> None:
    """The worker died when the post was out."""
    claim, request = started(delivery)
    claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())


def unknown(delivery: Delivery) -> None:
    """The answer was lost."""
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)


def paused(delivery: Delivery) -> None:
    """Sending was paused, and is resumed after the step."""
    member = make.member(delivery.team, "admin")
    pauses.pause(by=member.user, member=member, reason="A test")
    dispatcher.tick(timezone.now())


BEFORE_SENDING = (waiting, nudged, claimed, delayed, paused)
ON_ITS_WAY = (died_sending, died_sent, unknown)
Stage = Callable[[Delivery], None]


def bring(delivery: Delivery, stage: Stage, clock: time_machine.Traveller, step: timedelta) -> None:
    clock.move_to(delivery.due_at + timedelta(seconds=3))
    stage(delivery)
    clock.shift(step)
    if stage is paused:
        member = delivery.team.members.get(is_admin=True)
        resuming.resume(by=member.user, member=member, then=resuming.Then.SEND)


@pytest.mark.parametrize("stage", ON_ITS_WAY)
@pytest.mark.parametrize("step", [BACK, AHEAD])
def test_what_is_on_its_way_is_settled_in_its_usual_time(delivery, clock, stage, step):
    bring(delivery, stage, clock, step)
    live(clock, delivery, timezone.now() + SETTLES_WITHIN)
    if stage is died_sending and step == BACK:
        assert (delivery.state, delivery.looks) == (State.WAITING, 0), (
            "it is not there, and not due again yet"
        )
        clock.move_to(delivery.due_at)
        live(clock, delivery, delivery.due_at + MINUTE)
    expected = (State.MISSED, 0) if stage is died_sending and step == AHEAD else (State.SENT, 1)
    assert (delivery.state, copies(delivery)) == expected
    assert not Attempt.objects.filter(delivery=delivery, state__in=Attempt.OPEN).exists()


@pytest.mark.parametrize("stage", BEFORE_SENDING)
def test_after_a_step_back_it_goes_out_when_its_time_comes_again(delivery, clock, stage):
    bring(delivery, stage, clock, BACK)
    live(clock, delivery, timezone.now() + SETTLES_WITHIN, SETTLES_WITHIN / 2)
    assert (delivery.state, copies(delivery)) == (State.WAITING, 0)
    soon = timedelta(seconds=20)  # not half a minute: the nudge of before the step is not waited for
    clock.move_to(delivery.due_at + soon)
    live(clock, delivery, delivery.due_at + (2 * MINUTE if stage is delayed else soon))
    assert (delivery.state, copies(delivery)) == (State.SENT, 1)


@pytest.mark.parametrize("stage", BEFORE_SENDING)
def test_after_a_step_ahead_it_is_missed_with_words(delivery, clock, stage):
    bring(delivery, stage, clock, AHEAD)
    live(clock, delivery, timezone.now() + SETTLES_WITHIN)
    post = Post.objects.get(pk=delivery.post_id)
    assert (delivery.state, post.state, copies(delivery)) == (State.MISSED, Post.State.MISSED, 0)
    assert post.author.notices.filter(text__startswith="Missed").count() == 1


@pytest.mark.parametrize("step", [BACK, AHEAD])
def test_a_worker_that_lives_through_the_step_sends_once(delivery, clock, step):
    """It called the platform before the step, and the answer comes after it."""
    clock.move_to(delivery.due_at + timedelta(seconds=3))
    claim, request = started(delivery)
    clock.shift(step)
    look_and_work()
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    look_and_work()
    sender._record_sent(claim, published)
    live(clock, delivery, timezone.now() + SETTLES_WITHIN)
    assert (delivery.state, copies(delivery)) == (State.SENT, 1)
    assert not delivery.post.author.notices.filter(text__contains="second time").exists()


def test_a_lease_from_before_the_step_is_kept_for_as_long_as_it_was_given(delivery, clock):
    """Cut short to now it would be taken from a worker that lives."""
    bring(delivery, died_sent, clock, BACK)
    look_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_until) == (State.SENDING, timezone.now() + sender.LEASE)


def test_what_a_platform_asked_to_wait_is_neither_forgotten_nor_an_hour_longer(delivery, clock):
    """In a window of a day the post is still due after the step, and the whole channel was asked to wait."""
    type(delivery.team).objects.filter(pk=delivery.team_id).update(lateness_minutes=24 * 60)
    clock.move_to(delivery.due_at + 2 * HOUR)
    rehearsal.ask_for(home(delivery), Fault(Kind.BUSY, retry_after=90))
    sender.send(delivery.pk)
    pause = Channel.objects.get(pk=delivery.channel_id).quiet_until - timezone.now()
    assert timedelta(seconds=90) <= pause < 2 * MINUTE
    clock.shift(BACK)
    for _ in range(2):  # once is enough, and twice moves nothing
        set_back.bring_back(timezone.now())
        delivery.refresh_from_db()
        channel = Channel.objects.get(pk=delivery.channel_id)
        assert delivery.next_try_at == channel.quiet_until == timezone.now() + pause


def test_without_a_step_nothing_is_brought_back(delivery, clock):
    """Not even what the clock of another machine, half a minute ahead, has written."""
    for stage in (claimed, unknown, nudged):
        author, reviewer = people()
        other = planned(author, reviewer, make.channel(author.team))
        clock.move_to(other.due_at + timedelta(seconds=33))
        stage(other)
        clock.shift(timedelta(seconds=-30))
        assert set_back.bring_back(timezone.now()) == 0


def test_the_lease_of_a_renewal_is_brought_back_too(delivery, clock):
    Channel.objects.filter(pk=delivery.channel_id).update(renewing_until=timezone.now() + renewing.LEASE)
    clock.shift(BACK)
    assert set_back.bring_back(timezone.now()) == 1
    channel = Channel.objects.get(pk=delivery.channel_id)
    assert channel.renewing_until == timezone.now() + renewing.LEASE


@pytest.mark.parametrize("step", [BACK, AHEAD])
def test_checks_go_on_in_their_usual_time(db, clock, step):
    """The worker died with a lease, and the nudge is from before the step."""
    submission = make.submitted(make.member(make.team(), "author"))
    assert runner._lease(submission.pk)
    clock.shift(step)
    clock.shift(runner.lease())
    assert runner.overdue(timezone.now()) == [submission]
    runner.run(submission.pk)
    assert Submission.objects.get(pk=submission.pk).state == Submission.State.IN_REVIEW


@pytest.mark.parametrize("step", [BACK, AHEAD])
def test_a_check_takes_as_long_as_it_takes(db, clock, step, monkeypatch):
    monkeypatch.setattr(registry, "CHECKS", {"clock-steps": f"{faulty_checks.__name__}.ClockSteps"})
    monkeypatch.setattr(faulty_checks.ClockSteps, "set_the_clock", lambda: clock.shift(step), raising=False)
    run = make.examined(make.member(make.team(), "author")).runs.get()
    assert run.milliseconds < MINUTE.total_seconds() * 1000


# A platform that is read by what it shows


@pytest.fixture
def mastodon() -> Iterator[Server]:
    with loopback_allowed(), running_mastodon() as server:
        yield server


@pytest.fixture
def toot(db: None, clock: time_machine.Traveller, mastodon: Server) -> Delivery:
    author, reviewer = people()
    return planned(author, reviewer, on_mastodon(author.team, mastodon))


@pytest.mark.parametrize("step", [BACK, AHEAD])
@pytest.mark.parametrize("fault", ["drop_after", None])
def test_on_mastodon_a_post_that_is_out_is_found(toot, mastodon, clock, step, fault):
    clock.move_to(toot.due_at + timedelta(seconds=3))
    if fault:
        mastodon.faults = [ServerFault(fault)]
        sender.send(toot.pk)
    else:
        died_sent(toot)
    clock.shift(step)
    live(clock, toot, timezone.now() + SETTLES_WITHIN)
    assert (toot.state, len(mastodon.statuses)) == (State.SENT, 1)


@pytest.mark.parametrize("step", [BACK, AHEAD])
def test_on_mastodon_a_post_that_never_arrived_is_a_persons_to_settle(toot, mastodon, clock, step):
    clock.move_to(toot.due_at + timedelta(seconds=3))
    started(toot)
    clock.shift(step)
    live(clock, toot, timezone.now() + 2 * HOUR, reconcile.LONGEST_PAUSE)
    assert (toot.state, toot.next_try_at, toot.looks) == (State.UNKNOWN, None, reconcile.LOOKS_MOST)
    assert mastodon.statuses == []
