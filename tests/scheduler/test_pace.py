"""A platform's limits are the account's: one post that meets them keeps the channel's other posts back, and no other
channel's; and each channel keeps the pace of its platform, the oldest post first."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.channels import keep_quiet
from accounts.models import Channel
from platforms.base import Pace
from platforms.rehearsal import Fault, Kind, ask_for
from platforms.sandbox import Sandbox
from scheduler import dispatcher, missing, pace, sender
from scheduler.models import Attempt, Delivery
from tests import factories as make
from tests.must_hold.sending import copies, home

pytestmark = pytest.mark.django_db
TWO_A_MINUTE = (Pace(2, 60),)


@pytest.fixture
def paced(monkeypatch):
    """The sandbox with a pace, which it does not have by itself."""
    monkeypatch.setattr(Sandbox, "limits", replace(Sandbox.limits, paces=TWO_A_MINUTE))


@pytest.fixture
def people():
    team = make.team()
    return make.member(team, "author"), make.member(team, "reviewer")


def waiting(people, count: int, channel: Channel | None = None, parts: int = 1) -> list[Delivery]:
    """Due posts of one channel, the oldest first."""
    channel = channel or make.channel(people[0].team)
    made = []
    for number in range(count):
        texts = [f"Number {number} of {channel}, part {part}" for part in range(parts)]
        post = make.approved(*people, channel, parts=texts)
        made.append(make.make_due(post, ago=timedelta(seconds=60 - number)).deliveries.get())
    return made


def nudged(monkeypatch) -> list[int]:
    """The deliveries that one look of the dispatcher asks the workers for, in its order."""
    asked: list[int] = []

    def hand_over(task: str, *args: int, **options: object) -> bool:
        if task == "scheduler.tasks.publish":
            asked.extend(args)
        return True

    monkeypatch.setattr(dispatcher.queue, "hand_over", hand_over)
    dispatcher.tick(timezone.now())
    return asked


def states(deliveries: list[Delivery]) -> list[str]:
    for delivery in deliveries:
        delivery.refresh_from_db()
    return [delivery.state for delivery in deliveries]


def end_of_quiet(channel: Channel) -> None:
    """As the passing of time would."""
    gone = timezone.now() - timedelta(milliseconds=1)
    Channel.objects.filter(pk=channel.pk).update(quiet_until=gone)
    Delivery.objects.filter(channel=channel, next_try_at__isnull=False).update(next_try_at=gone)
    minute_ago = timezone.now() - timedelta(seconds=61)
    Attempt.objects.filter(delivery__channel=channel, sending_at__isnull=False).update(sending_at=minute_ago)


def test_a_busy_platform_keeps_the_accounts_other_posts_back_and_no_others(people, monkeypatch):
    first, second = waiting(people, 2)
    (other,) = waiting(people, 1)
    ask_for(home(first), Fault(Kind.BUSY, retry_after=90.0))
    sender.send(first.pk)
    channel = Channel.objects.get(pk=first.channel_id)
    assert channel.quiet_until is not None
    assert 80 < (channel.quiet_until - timezone.now()).total_seconds() < 100
    assert nudged(monkeypatch) == [other.pk]
    sender.send(second.pk)  # an older nudge
    sender.send(other.pk)
    assert states([first, second, other]) == ["waiting", "waiting", "sent"]
    assert not second.attempts.exists(), "keeping it back is no try of it"
    end_of_quiet(channel)
    assert nudged(monkeypatch) == [first.pk, second.pk]
    for pk in (first.pk, second.pk):
        sender.send(pk)
    assert states([first, second]) == ["sent", "sent"]
    assert copies(first) == 2


def test_a_claim_from_before_it_was_asked_to_wait_is_given_back(people):
    first, second = waiting(people, 2)
    claim = sender._claim(second.pk)
    assert claim
    ask_for(home(first), Fault(Kind.BUSY, retry_after=90.0))
    sender.send(first.pk)
    channel = sender.channel_content(claim.delivery)
    with pytest.raises(sender.Released) as stop:
        sender._start(claim, channel, sender.build_request(claim.delivery, channel))
    sender._release(claim, stop.value.reason, hold=False, until=stop.value.until)
    first.channel.refresh_from_db()
    assert states([second]) == ["waiting"]
    assert second.next_try_at == first.channel.quiet_until
    assert [attempt.state for attempt in second.attempts.all()] == ["released"]


def test_quiet_only_ever_gets_longer_and_ends_with_another_sign_in(people):
    channel = make.channel(people[0].team)
    soon, later = timezone.now() + timedelta(seconds=10), timezone.now() + timedelta(seconds=20)
    assert keep_quiet(channel=channel, until=later)
    assert not keep_quiet(channel=channel, until=soon)
    known = Channel.objects.get(pk=channel.pk)
    assert known.quiet_until == later
    Channel.objects.filter(pk=channel.pk).update(connected_at=timezone.now(), quiet_until=None)
    assert not keep_quiet(channel=known, until=later), "the answer was for the sign-in of before"


def test_the_pace_is_kept_over_a_burst_oldest_first(people, paced, monkeypatch):
    rows = waiting(people, 5)
    channel = rows[0].channel
    for out in (2, 4, 5):
        asked = nudged(monkeypatch)
        assert asked == [row.pk for row in rows if row.state == "waiting"], "the oldest first"
        for pk in reversed(asked):  # a queue that keeps no order
            sender.send(pk)
        for row in rows:  # nudges that come twice
            sender.send(row.pk)
        assert states(rows) == ["sent"] * out + ["waiting"] * (5 - out)
        assert nudged(monkeypatch) == []
        if out < 5:
            channel.refresh_from_db()
            assert channel.quiet_until
            assert 0 < (channel.quiet_until - timezone.now()).total_seconds() <= 60
            end_of_quiet(channel)
    assert copies(rows[0]) == 5
    assert not Attempt.objects.filter(state=Attempt.State.FAILED).exists()


def test_another_channel_has_its_own_pace(people, paced):
    ours, theirs = waiting(people, 3), waiting(people, 2)
    for row in (*ours, *theirs):
        sender.send(row.pk)
    assert states(ours + theirs) == ["sent", "sent", "waiting", "sent", "sent"]


def test_the_parts_of_a_thread_count_one_by_one_and_a_longer_one_goes_alone(people, paced):
    channel = make.channel(people[0].team)
    thread, single = waiting(people, 1, channel, parts=3)[0], waiting(people, 1, channel)[0]
    Delivery.objects.filter(pk=single.pk).update(due_at=timezone.now())
    for row in (thread, single):
        sender.send(row.pk)
    assert states([thread, single]) == ["sent", "waiting"]


def test_what_certainly_failed_uses_no_place(people, paced):
    rows = waiting(people, 3)
    ask_for(home(rows[0]), Fault(Kind.REFUSED))
    for row in rows:
        sender.send(row.pk)
    assert states(rows) == ["failed", "sent", "sent"]


def test_what_waited_too_long_for_its_channel_is_missed_and_says_why(people):
    first, second = waiting(people, 2)
    ask_for(home(first), Fault(Kind.BUSY, retry_after=3600.0))
    sender.send(first.pk)
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=16))
    missing.miss_late(timezone.now())
    assert states([first, second]) == ["missed", "missed"]
    assert "(429)" in second.reason


def test_a_platform_without_a_pace_takes_no_lock_and_no_query(people, django_assert_num_queries):
    (made,) = waiting(people, 1)
    delivery = Delivery.objects.select_related("channel").get(pk=made.pk)  # as the claim reads it
    with django_assert_num_queries(0):
        pace.require_turn(delivery, timezone.now())
        assert pace.free_at(delivery, timezone.now()) is None


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_cannot_exceed_the_pace_together(paced):
    team = make.team()
    rows = waiting((make.member(team, "author"), make.member(team, "reviewer")), 6)
    start = threading.Barrier(3)

    def work(ids: list[int]) -> None:
        start.wait()
        for pk in ids:
            sender.send(pk)
        connections.close_all()

    threads = [threading.Thread(target=work, args=([row.pk for row in rows[n::3]],)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(rows).count("sent") == 2, connection.vendor
    assert copies(rows[0]) == 2
