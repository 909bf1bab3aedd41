"""10. Pause stops sending at once; attempts in flight finish and are recorded."""

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gate.errors import Incomplete, NotAllowed, WrongState
from ledger.models import Entry
from platforms import sandbox
from scheduler import dispatcher, pauses, reconcile, resuming, sender
from scheduler.models import Delivery, Pause, Post
from scheduler.resuming import Then
from tests import factories as make
from tests.must_hold.sending import started

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery():
    team = make.team()
    post = make.make_due(make.approved(make.member(team, "author"), make.member(team, "reviewer")))
    return post.deliveries.get()


def copies(delivery: Delivery) -> int:
    return len(sandbox.posts(str(settings.SANDBOX_DIR / str(delivery.team_id)), delivery.channel.account_id))


def test_a_paused_team_sends_nothing_not_even_what_was_nudged_before(delivery):
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="A storm is coming")
    assert dispatcher.tick(timezone.now()) == 0
    sender.send(delivery.pk)
    assert copies(delivery) == 0
    resuming.resume(by=admin.user, member=admin, then=Then.SEND)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
    sender.send(delivery.pk)
    assert copies(delivery) == 1


def test_other_teams_go_on(delivery):
    other = make.team()
    admin = make.member(other, "admin")
    pauses.pause(by=admin.user, member=admin, reason="Ours only")
    sender.send(delivery.pk)
    assert copies(delivery) == 1


def test_a_pause_of_all_stops_every_team(delivery):
    operator = make.user(is_superuser=True)
    pauses.pause(by=operator, reason="An incident")
    sender.send(delivery.pk)
    assert copies(delivery) == 0
    assert pauses.standing(delivery.team_id).is_global


def test_a_pause_between_claim_and_sending_still_stops_it(delivery):
    claim = sender._claim(delivery.pk)
    assert claim
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="Stop")
    channel = sender.channel_content(claim.delivery)
    with pytest.raises(sender.Released, match="paused"):
        sender._start(claim, channel, sender.build_request(claim.delivery, channel))


def test_what_is_in_flight_is_recorded(delivery):
    claim = sender._claim(delivery.pk)
    assert claim
    channel = sender.channel_content(claim.delivery)
    request = sender.build_request(claim.delivery, channel)
    sender._start(claim, channel, request)
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="Stop")
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    sender._record_sent(claim, published)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.SENT


def test_a_post_whose_window_ends_during_the_pause_is_missed(delivery):
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="Stop")
    dispatcher.tick(timezone.now() + timedelta(hours=1))
    assert Post.objects.get(pk=delivery.post_id).state == Post.State.MISSED


def test_one_pause_at_a_time(delivery):
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="First")
    with pytest.raises(WrongState):
        pauses.pause(by=admin.user, member=admin, reason="Second")
    operator = make.user(is_superuser=True)
    pauses.pause(by=operator, reason="All")
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(team=None, reason="All again", by=operator)


def test_who_may_pause(delivery):
    author = make.member(delivery.team, "author")
    with pytest.raises(NotAllowed):
        pauses.pause(by=author.user, member=author, reason="I want to")
    with pytest.raises(NotAllowed):
        pauses.pause(by=author.user, reason="Everything")
    admin = make.member(delivery.team, "admin")
    with pytest.raises(Incomplete):
        pauses.pause(by=admin.user, member=admin, reason="  ")


def test_reading_goes_on_during_a_pause(delivery):
    """An unknown outcome is settled by reading the platform, and nothing is sent by that."""
    claim, request = started(delivery)
    admin = make.member(delivery.team, "admin")
    claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    pauses.pause(by=admin.user, member=admin, reason="Stop")
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    dispatcher.tick(timezone.now())
    delivery.refresh_from_db()
    assert delivery.nudged_at, "the look-up was asked for"
    reconcile.look(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.SENT
    assert copies(delivery) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_stands_behind_the_pause_in_the_log():
    """Claims of real senders exist while the pause is written: each is on its way before it, or is not sent."""
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer", "admin")
    channel = make.channel(team)
    due = [
        make.make_due(make.approved(author, reviewer, channel, text=f"Tide table {n}.")).deliveries.get().pk
        for n in range(6)
    ]
    sender.send(due[0])
    claims = [sender._claim(pk) for pk in due[1:4]]

    def begin(claim: sender.Claim) -> None:
        frozen = sender.channel_content(claim.delivery)
        with contextlib.suppress(sender.Released):
            sender._start(claim, frozen, sender.build_request(claim.delivery, frozen))

    acts = [partial(begin, claim) for claim in claims if claim] + [partial(sender.send, pk) for pk in due[4:]]
    with transaction.atomic():
        pauses.pause(by=reviewer.user, member=reviewer, reason="A storm")
        threads = [threading.Thread(target=_act, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        time.sleep(0.3)  # they come as far as they can while the pause is written and not yet committed
    for thread in threads:
        thread.join()
    paused = Entry.objects.get(kind="sending.paused").index
    assert Entry.objects.filter(kind="delivery.sending", index__lt=paused).count() == 1
    assert not Entry.objects.filter(kind="delivery.sending", index__gt=paused).exists()
    assert Delivery.objects.filter(pk__in=due[1:], state="waiting").count() == 5


def _act(act: Callable[[], None]) -> None:
    try:
        act()
    finally:
        connection.close()
