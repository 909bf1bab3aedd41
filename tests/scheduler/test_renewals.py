"""Sign-ins are renewed ahead of their end; a platform in trouble is asked again, and one that refuses makes posts wait
for an admin instead of failing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from accounts import channels, renewals
from accounts.models import Channel, Membership, Notice, Team
from ledger.models import Entry
from platforms.base import Account
from scheduler import dispatcher, tasks
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.must_hold.accounts import loopback_allowed
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import Fault, State

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[State]:
    with loopback_allowed(), running_mastodon() as state:
        yield state


@pytest.fixture
def admin(team: Team) -> Membership:
    return make.member(team, "admin")


def connected(admin: Membership, server: State) -> Channel:
    account = Account("1001", "@alice@test", "Alice", server.url)
    return channels._store(admin, "mastodon", account, server.sign_in("alice"), instance=server.url)


@pytest.fixture
def channel(admin: Membership, server: State) -> Channel:
    return connected(admin, server)


def nudged() -> list[int]:
    """Channels that the queue has a task for."""
    tasks_ = [task.task for task in OrmQ.objects.all()]
    return [task["args"][0] for task in tasks_ if task["func"] == "scheduler.tasks.renew"]


def make_due(channel: Channel, overdue: timedelta = timedelta()) -> Channel:
    """Four fifths of the term have passed, and some."""
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now() - overdue)
    channel.refresh_from_db()
    return channel


def tick_and_work(at: datetime | None = None) -> None:
    """What the dispatcher nudges is done."""
    OrmQ.objects.all().delete()
    dispatcher.tick(at or timezone.now())
    for task in [task.task for task in OrmQ.objects.all()]:
        name = task["func"].rpartition(".")[2]
        if task["func"].startswith("scheduler.tasks."):
            getattr(tasks, name)(*task["args"])


def test_the_dispatcher_nudges_once_what_is_due_and_nothing_else(channel: Channel) -> None:
    now = timezone.now()
    dispatcher.tick(now)
    assert nudged() == []
    make_due(channel)
    for second in range(3):
        dispatcher.tick(timezone.now() + timedelta(seconds=second))
    assert nudged() == [channel.pk]
    dispatcher.tick(timezone.now() + renewals.NUDGE_AGAIN + timedelta(seconds=1))
    assert nudged() == [channel.pk] * 2, "a task that was lost comes again"


def test_a_due_sign_in_is_renewed_before_its_end_and_not_twice(channel: Channel, server: State) -> None:
    before = channel.credentials().secrets
    make_due(channel)
    tick_and_work()
    tasks.renew(channel.pk)
    channel.refresh_from_db()
    after = channel.credentials().secrets
    assert server.registry.refreshes == 1
    assert after["access_token"] != before["access_token"]
    assert channel.renew_at is not None
    assert channel.renew_at > timezone.now() + timedelta(minutes=40)
    assert not Entry.objects.filter(kind="channel.attention").exists()


def test_trouble_keeps_the_channel_and_is_asked_again_after_growing_pauses(
    channel: Channel, server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults = [Fault("status_before", "/oauth/token", times=5)]
    begun = channel.renew_at
    assert begun is not None
    at, pauses = begun, []
    for _ in range(5):
        monkeypatch.setattr(timezone, "now", lambda moment=at: moment)
        dispatcher.tick(at)
        tasks.renew(channel.pk)
        channel.refresh_from_db()
        assert channel.renew_at is not None
        pauses.append(round((channel.renew_at - at).total_seconds()))
        at = channel.renew_at
        assert channel.health == "connected"
        assert "could not be renewed yet" in channel.health_reason
    assert pauses == pytest.approx([60, 60, 120, 240, 480], abs=10)
    monkeypatch.setattr(timezone, "now", lambda moment=at: moment)
    dispatcher.tick(at)
    tasks.renew(channel.pk)
    channel.refresh_from_db()
    assert (channel.health_reason, server.registry.refreshes) == ("", 1)
    assert not Notice.objects.exists()


def test_a_server_that_says_when_is_asked_then(channel: Channel, server: State) -> None:
    server.faults = [Fault("status_before", "/oauth/token", status=429, headers={"Retry-After": "1800"})]
    make_due(channel)
    tick_and_work()
    channel.refresh_from_db()
    assert channel.renew_at is not None
    assert channel.renew_at > timezone.now() + timedelta(minutes=25)


def held(channel: Channel, server: State, admin: Membership) -> Delivery:
    """A due post on a channel whose sign-in was revoked, which the renewal found out."""
    author, reviewer = make.member(channel.team, "author"), make.member(channel.team, "reviewer")
    post = make.make_due(make.approved(author, reviewer, channel))
    server.registry.revoke("alice")
    make_due(channel)
    tasks.renew(channel.pk)
    for _ in range(3):
        tick_and_work()
    return post.deliveries.get()


def test_a_revoked_grant_holds_posts_and_tells_the_admins_once(
    channel: Channel, server: State, admin: Membership
) -> None:
    other_admin = make.member(channel.team, "admin")
    delivery = held(channel, server, admin)
    channel.refresh_from_db()
    assert channel.health == "attention"
    assert "did not renew the sign-in" in channel.health_reason
    assert (delivery.state, Post.objects.get(pk=delivery.post_id).state) == ("waiting", "held")
    for person in (admin, other_admin):
        assert person.user.notices.filter(text__contains="needs attention").count() == 1
    assert Entry.objects.filter(kind="channel.attention").count() == 1
    assert nudged() == []
    assert server.statuses == []


def test_held_posts_go_out_once_it_is_connected_again(
    channel: Channel, server: State, admin: Membership
) -> None:
    delivery = held(channel, server, admin)
    connected(admin, server)
    tick_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, Post.objects.get(pk=delivery.post_id).state) == ("sent", "published")
    assert len(server.statuses) == 1


def test_held_posts_are_missed_after_their_window(channel: Channel, server: State, admin: Membership) -> None:
    delivery = held(channel, server, admin)
    late = timezone.now() + channel.team.lateness + timedelta(seconds=5)
    tick_and_work(late)
    connected(admin, server)
    tick_and_work(late)
    delivery.refresh_from_db()
    assert (delivery.state, Post.objects.get(pk=delivery.post_id).state) == ("missed", "missed")
    assert server.statuses == []


def test_a_grant_that_is_found_revoked_while_sending_holds_the_post(
    channel: Channel, server: State, admin: Membership
) -> None:
    author, reviewer = make.member(channel.team, "author"), make.member(channel.team, "reviewer")
    delivery = make.make_due(make.approved(author, reviewer, channel)).deliveries.get()
    server.registry.revoke("alice")
    tick_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, Post.objects.get(pk=delivery.post_id).state) == ("waiting", "held")
    assert admin.user.notices.filter(text__contains="needs attention").count() == 1
    connected(admin, server)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now())
    tick_and_work()
    delivery.refresh_from_db()
    assert (delivery.state, len(server.statuses)) == ("sent", 1)


def test_an_expired_token_is_renewed_on_the_way_of_a_post(channel: Channel, server: State) -> None:
    """Nobody renewed it ahead, as after a night without power: the post goes out all the same, once."""
    author, reviewer = make.member(channel.team, "author"), make.member(channel.team, "reviewer")
    delivery = make.make_due(make.approved(author, reviewer, channel)).deliveries.get()
    server.registry.expire()
    tasks.publish(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts.count()) == ("sent", 1)
    assert (len(server.statuses), server.registry.refreshes) == (1, 1)
