"""4, after a restore. A backup does not know what was sent after it was made: the platform is read before such a
delivery is sent, and what is out is neither sent again nor called missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import reconcile, sender
from scheduler.models import Attempt, Delivery, Post
from tests import factories as make
from tests.must_hold.accounts import loopback_allowed, on_mastodon
from tests.must_hold.sending import copies, due_delivery, home, look_now
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import State

BACKUP = timedelta(hours=2)


def restored(delivery: Delivery, *, sent: bool) -> Delivery:
    """As it stands after a restore: it still waits here, and was sent since, or was not."""
    now = timezone.now()
    Delivery.objects.filter(pk=delivery.pk).update(look_since=now - BACKUP)
    delivery.refresh_from_db()
    if sent:
        request = sender.build_request(delivery, sender.channel_content(delivery))
        request = replace(request, created_at=now - BACKUP / 2)
        delivery.channel.adapter.publish(request, delivery.channel.credentials())
    return delivery


def sent(delivery: Delivery) -> Delivery:
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def delivery(db: None) -> Delivery:
    return due_delivery()


@pytest.fixture
def mastodon() -> Iterator[State]:
    with loopback_allowed(), running_mastodon() as state:
        yield state


@pytest.fixture
def toot(db: None, mastodon: State) -> Delivery:
    """Due, on a server that is read by text and time, and that ignores keys."""
    mastodon.settings.honour_key = False
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    return make.make_due(make.approved(author, reviewer, on_mastodon(team, mastodon))).deliveries.get()


def test_what_went_out_after_the_backup_is_found_and_not_sent_again(delivery: Delivery) -> None:
    sent(restored(delivery, sent=True))
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert Post.objects.get(pk=delivery.post_id).state == Post.State.PUBLISHED


def test_what_did_not_go_out_is_sent(delivery: Delivery) -> None:
    sent(restored(delivery, sent=False))
    assert (delivery.state, delivery.look_since, copies(delivery)) == (Delivery.State.SENT, None, 1)


def test_a_platform_that_cannot_say_leaves_it_open(delivery: Delivery) -> None:
    rehearsal.ask_for(home(restored(delivery, sent=True)), Fault(Kind.FIND_FAILS))
    assert sent(delivery).state == Delivery.State.UNKNOWN
    look_now(delivery)
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_a_server_that_is_searched_is_searched_since_the_backup(toot: Delivery, mastodon: State) -> None:
    """The lost send was made long before the try that looks for it."""
    restored(toot, sent=True)
    mastodon.statuses[0]["created_at"] = (timezone.now() - BACKUP / 2).isoformat()
    assert sent(toot).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


def test_the_same_words_from_before_the_backup_are_another_post(toot: Delivery, mastodon: State) -> None:
    restored(toot, sent=True)
    mastodon.statuses[0]["created_at"] = (timezone.now() - 2 * BACKUP).isoformat()
    assert sent(toot).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 2


def test_two_posts_of_the_same_words_are_not_taken_for_one(toot: Delivery, mastodon: State) -> None:
    """The second cannot be told from the first, so a person looks; none is sent on a guess."""
    author, reviewer = make.member(toot.team, "author"), make.member(toot.team, "reviewer")
    again = make.make_due(make.approved(author, reviewer, toot.channel)).deliveries.get()
    restored(toot, sent=True)
    restored(again, sent=True)
    assert sent(toot).state == Delivery.State.SENT
    assert sent(again).state == Delivery.State.UNKNOWN
    look_now(again)
    assert (again.state, again.next_try_at, len(mastodon.statuses)) == (Delivery.State.UNKNOWN, None, 2)


def test_a_server_that_could_not_be_read_at_first_gets_it_once(toot: Delivery, mastodon: State) -> None:
    mastodon.settings.show_statuses = False
    assert sent(restored(toot, sent=False)).state == Delivery.State.UNKNOWN
    mastodon.settings.show_statuses = True
    look_now(toot)
    look_now(toot)
    assert toot.state == Delivery.State.WAITING
    assert sent(toot).state == Delivery.State.SENT
    assert len(mastodon.statuses) == 1


def test_one_that_was_being_sent_when_the_backup_was_made_is_not_sent_on_a_guess(
    toot: Delivery, mastodon: State
) -> None:
    claim = sender._claim(toot.pk)
    assert claim
    then = timezone.now() - BACKUP
    Attempt.objects.filter(pk=claim.attempt.pk).update(state="sending", sending_at=then)
    Delivery.objects.filter(pk=toot.pk).update(state="sending", lease_until=then, look_since=then)
    reconcile.look(toot.pk)
    for _ in range(reconcile.LOOKS_MOST):
        look_now(toot)
    assert (toot.state, toot.next_try_at, mastodon.statuses) == (Delivery.State.UNKNOWN, None, [])
