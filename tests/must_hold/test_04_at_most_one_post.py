"""4. One delivery makes at most one post. Unknown outcomes are settled by reading the platform, never by a guess."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gate import policy
from ledger.models import Entry
from platforms import registry, rehearsal, sandbox
from platforms.rehearsal import Fault, Kind
from scheduler import outcomes, reconcile, sender, settle
from scheduler.models import Attempt, Delivery, Post
from tests import append_only
from tests import factories as make
from tests.must_hold.sending import copies, due_delivery, home, look_now, started


@pytest.fixture
def delivery(db):
    return due_delivery()


def test_sending_twice_makes_one(delivery):
    for _ in range(3):
        sender.send(delivery.pk)
    assert copies(delivery) == 1
    assert delivery.attempts.count() == 1


@pytest.mark.parametrize("kind", [Kind.NO_ANSWER, Kind.ERROR_AFTER])
def test_a_lost_answer_is_unknown_and_then_found(delivery, kind):
    rehearsal.ask_for(home(delivery), Fault(kind))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.UNKNOWN
    sender.send(delivery.pk)
    assert copies(delivery) == 1
    look_now(delivery)
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert Post.objects.get(pk=delivery.post_id).state == Post.State.PUBLISHED


def test_nothing_there_is_believed_only_after_a_second_look(delivery):
    """A worker died between "sending" and the request: the platform has nothing."""
    started(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.UNKNOWN
    look_now(delivery)
    assert delivery.state == Delivery.State.WAITING
    assert copies(delivery) == 0
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_a_worker_that_died_after_the_post_was_out(delivery):
    claim, request = started(delivery)
    claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    sender.send(delivery.pk)
    reconcile.look(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert delivery.attempts.get().state == Attempt.State.UNKNOWN


def test_an_answer_after_the_lease_was_taken_over_changes_nothing(delivery):
    claim, request = started(delivery)
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    entries = _entries(delivery)
    sender._record_sent(claim, published)
    assert _entries(delivery) == entries


def test_a_claim_that_the_gate_refuses_for_good_is_made_less_and_less_often(delivery):
    admin = make.member(delivery.team, "admin")
    text = policy.current(delivery.team).text
    policy.publish(member=admin, text=f"{text}\n", note="Stricter.", is_floor=True)
    pauses = []
    for _ in range(5):
        Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
        before = timezone.now()
        sender.send(delivery.pk)
        delivery.refresh_from_db()
        pauses.append((delivery.next_try_at - before) // timedelta(seconds=1))
    assert pauses == [5, 10, 20, 30, 30]
    assert copies(delivery) == 0


def test_a_platform_that_cannot_say_leaves_it_to_a_person(delivery):
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)
    for _ in range(reconcile.LOOKS_MOST):
        rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
        look_now(delivery)
    assert delivery.state == Delivery.State.UNKNOWN
    assert delivery.next_try_at is None
    assert "Look at the account" in delivery.reason
    assert copies(delivery) == 1
    member = make.member(delivery.team, "reviewer")
    settle.say(delivery_id=delivery.pk, member=member, after=1, seen=settle.Seen.ALL)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_not_reached_is_tried_again_later(delivery):
    rehearsal.ask_for(home(delivery), Fault(Kind.NOT_REACHED))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.WAITING
    assert delivery.next_try_at > timezone.now()
    sender.send(delivery.pk)
    assert copies(delivery) == 0
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now())
    sender.send(delivery.pk)
    assert copies(delivery) == 1


def test_busy_waits_as_long_as_the_platform_asks(delivery):
    rehearsal.ask_for(home(delivery), Fault(Kind.BUSY, retry_after=120))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.next_try_at > timezone.now() + timedelta(seconds=110)


def test_refused_is_failed_and_the_author_hears(delivery):
    rehearsal.ask_for(home(delivery), Fault(Kind.REFUSED))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    post = Post.objects.get(pk=delivery.post_id)
    assert (delivery.state, post.state) == (Delivery.State.FAILED, Post.State.FAILED)
    assert post.author.notices.filter(text__startswith="Not published").exists()


def test_a_withdrawn_sign_in_marks_the_channel_and_keeps_the_post_waiting(delivery):
    rehearsal.revoke(home(delivery))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    delivery.channel.refresh_from_db()
    assert delivery.channel.health == "attention"
    assert delivery.state == Delivery.State.WAITING
    assert Post.objects.get(pk=delivery.post_id).state == Post.State.HELD
    assert copies(delivery) == 0


def test_the_database_allows_one_open_attempt(delivery):
    claim = sender._claim(delivery.pk)
    assert claim
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(delivery=delivery, number=2, token="x", digest="y")


def test_a_claim_whose_worker_died_goes_back_to_waiting(delivery):
    assert sender._claim(delivery.pk)
    assert sender._claim(delivery.pk) is None
    sender.reap(now=timezone.now() + 2 * sender.LEASE)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_token) == (Delivery.State.WAITING, "")
    assert delivery.attempts.get().state == Attempt.State.RELEASED


@pytest.mark.django_db(transaction=True)
def test_eight_racing_senders_make_one():
    delivery = due_delivery()
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        try:
            sender.send(delivery.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert delivery.attempts.count() == 1


def _entries(delivery: Delivery) -> int:
    return Entry.objects.filter(team_id=delivery.team_id).count()


def test_a_post_that_an_earlier_delivery_made_settles_nothing(delivery):
    """A platform searched by text may show yesterday's identical post: a person is asked instead."""
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)
    other = due_delivery()
    request_id = f"{delivery.key}.0"
    with append_only.suspended():
        Delivery.objects.filter(pk=other.pk).update(
            channel=delivery.channel, state=Delivery.State.SENT, remote=[{"id": request_id, "url": ""}]
        )
    look_now(delivery)
    assert (delivery.state, delivery.next_try_at) == (Delivery.State.UNKNOWN, None)
    assert delivery.post.author.notices.filter(text__startswith="It may be out").exists()


class Forgetful:
    """A platform that takes posts, loses the answer and shows nothing for a while: the sandbox's adapter, with
    `resend_is_safe` as on a platform that is searched by text."""

    def __init__(self, adapter):
        self.adapter = adapter

    def __getattr__(self, name):
        return getattr(self.adapter, name)

    resend_is_safe = False

    def find(self, request, credentials):
        return None


def test_a_platform_that_may_show_it_later_never_gets_it_twice(delivery, monkeypatch):
    monkeypatch.setattr(
        type(delivery.channel), "adapter", property(lambda self: Forgetful(registry.get(self.platform)))
    )
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)
    for _ in range(reconcile.LOOKS_MOST + 2):
        look_now(delivery)
        sender.send(delivery.pk)
    assert (delivery.state, delivery.next_try_at, copies(delivery)) == (Delivery.State.UNKNOWN, None, 1)
    assert delivery.post.author.notices.filter(text__startswith="It may be out").exists()


def test_a_worker_that_slept_longer_than_its_lease_wakes_up_and_does_nothing(delivery, monkeypatch):
    """It is between "sending" and the platform's call when its lease runs out and another takes over."""
    publish = sandbox.Sandbox.publish

    def sleepy(self, request, credentials):
        Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        return publish(self, request, credentials)

    monkeypatch.setattr(sandbox.Sandbox, "publish", sleepy)
    sender.send(delivery.pk)
    assert copies(delivery) == 0
    monkeypatch.undo()
    for _ in range(2):
        reconcile.look(delivery.pk)
        look_now(delivery)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_the_database_keeps_sent_as_sent(delivery):
    sender.send(delivery.pk)
    for state in ("waiting", "sending", "failed"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.filter(pk=delivery.pk).update(state=state, lease_token="x")
    sender.send(delivery.pk)
    assert copies(delivery) == 1


def test_a_settled_post_is_not_sent_again(delivery):
    """Even where somebody forces the delivery back to waiting before it was sent."""
    Post.objects.filter(pk=delivery.post_id).update(state=Post.State.MISSED)
    sender.send(delivery.pk)
    assert copies(delivery) == 0


def test_an_answer_that_cannot_be_stored_ends_with_a_person(delivery, monkeypatch):
    def broken(*args, **options):
        raise ValueError("a string with NUL")

    monkeypatch.setattr(outcomes, "mark_sent", broken)
    with pytest.raises(ValueError, match="NUL"):
        sender.send(delivery.pk)
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    for _ in range(reconcile.LOOKS_MOST):
        look_now(delivery)
    assert (delivery.state, delivery.next_try_at, copies(delivery)) == (Delivery.State.UNKNOWN, None, 1)
