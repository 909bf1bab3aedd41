"""What restored rows are worth: nothing is sent before the platforms were read and somebody has looked."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from gate.errors import WrongState
from ledger.models import Entry
from scheduler import dispatcher, lifecycle, pauses, restoring, sender
from scheduler.models import Attempt, Beat, Delivery, Post
from tests import factories as make
from tests.must_hold import sending

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def backup_at() -> datetime:
    return timezone.now() - timedelta(minutes=3)


@pytest.fixture
def operator() -> User:
    return make.user("Operator", is_superuser=True)


def restored(backup_at: datetime, by: User) -> restoring.Restored:
    return restoring.settle(backup_at=backup_at, size=7, root="ab" * 32, by=by)


def waiting_for_later() -> Delivery:
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    return make.approved(author, reviewer).deliveries.get()


def test_what_is_due_may_be_out_and_is_looked_up(backup_at: datetime, operator: User) -> None:
    delivery = sending.due_delivery()
    assert restored(backup_at, operator) == restoring.Restored(unknown=1, later=0)
    delivery.refresh_from_db()
    assert delivery.state == State.UNKNOWN
    assert delivery.record_time == backup_at
    assert delivery.next_try_at is not None
    assert delivery.next_try_at <= timezone.now() + restoring.AT_ONCE
    assert delivery.post.state == Post.State.PUBLISHING
    assert Entry.objects.filter(kind="delivery.unknown", subject=f"delivery:{delivery.pk}").count() == 1


def test_one_that_was_sent_after_the_backup_is_found_and_not_sent_again(
    backup_at: datetime, operator: User
) -> None:
    delivery = sending.due_delivery()
    with pytest.raises(Undone), transaction.atomic():  # the rows go back, the platform does not
        send_and_undo(delivery)
    assert Delivery.objects.get(pk=delivery.pk).record_time is None
    assert sending.copies(delivery) == 1

    restored(backup_at, operator)
    sending.look_now(delivery)

    assert (delivery.state, sending.copies(delivery)) == (State.SENT, 1)


class Undone(Exception):
    pass


def send_and_undo(delivery: Delivery) -> None:
    sender.send(delivery.pk)
    assert Delivery.objects.get(pk=delivery.pk).state == State.SENT
    raise Undone


@pytest.mark.parametrize("started", [True, False])
def test_what_was_claimed_or_being_sent_is_looked_up_and_its_attempt_closed(
    backup_at: datetime, operator: User, started: bool
) -> None:
    delivery = sending.due_delivery()
    sending.started(delivery) if started else sender._claim(delivery.pk)
    record_time = Delivery.objects.get(pk=delivery.pk).record_time
    restored(backup_at, operator)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_token, delivery.lease_until) == (State.UNKNOWN, "", None)
    assert delivery.record_time == record_time
    assert delivery.attempts.get().state == Attempt.State.UNKNOWN


def test_what_was_in_review_and_is_due_may_have_been_approved_since(
    backup_at: datetime, operator: User
) -> None:
    author = make.member(make.team(), "author")
    post = make.make_due(Post.objects.get(submission=make.examined(author)))
    restored(backup_at, operator)
    post.refresh_from_db()
    assert post.deliveries.get().state == State.UNKNOWN
    with pytest.raises(WrongState):
        lifecycle.withdraw(post_id=post.pk, member=author)


def test_what_is_due_later_is_read_before_it_is_sent(backup_at: datetime, operator: User) -> None:
    delivery = waiting_for_later()
    assert restored(backup_at, operator) == restoring.Restored(unknown=0, later=1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.look_since) == (State.WAITING, backup_at)
    assert delivery.post.state == Post.State.SUBMITTED


def test_what_was_missed_may_have_got_another_time_since(backup_at: datetime, operator: User) -> None:
    delivery = sending.due_delivery()
    make.make_due(delivery.post, ago=timedelta(hours=2))
    dispatcher.tick(timezone.now())
    assert Delivery.objects.get(pk=delivery.pk).state == State.MISSED
    restored(backup_at, operator)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.look_since) == (State.MISSED, backup_at)


def test_what_was_sent_stays_as_it_is(backup_at: datetime, operator: User) -> None:
    delivery = sending.due_delivery()
    sender.send(delivery.pk)
    before = Delivery.objects.values().get(pk=delivery.pk)
    assert before["state"] == State.SENT
    restored(backup_at, operator)
    assert Delivery.objects.values().get(pk=delivery.pk) == before


def test_nothing_is_sent_until_it_is_resumed(backup_at: datetime, operator: User) -> None:
    delivery = waiting_for_later()
    restored(backup_at, operator)
    make.make_due(delivery.post)
    assert dispatcher.tick(timezone.now()) == 0
    sender.send(delivery.pk)
    assert sending.copies(delivery) == 0
    pause = pauses.standing(delivery.team_id)
    assert pause is not None
    assert pause.is_global
    assert f"{backup_at:%d %b %Y, %H:%M} UTC" in pause.reason


def test_a_pause_that_stood_in_the_backup_ends_for_the_one_of_the_restore(
    backup_at: datetime, operator: User
) -> None:
    before = pauses.pause(by=operator, reason="Power cut")
    restored(backup_at, operator)
    before.refresh_from_db()
    assert before.ended_at is not None
    now = pauses.standing(make.team().pk)
    assert now is not None
    assert now.reason.startswith("Restored from a backup of ")


def test_the_log_of_each_team_says_what_was_restored(backup_at: datetime, operator: User) -> None:
    team = make.team()
    Beat.objects.create(name="dispatcher", at=backup_at)
    restored(backup_at, operator)
    entries = Entry.objects.filter(kind="installation.restored")
    assert {entry.team_id for entry in entries} == {None, team.pk}
    for entry in entries:
        assert entry.content["data"]["size"] == 7
        assert entry.content["data"]["root"] == "ab" * 32
    assert not Beat.objects.exists()


def test_without_an_operator_the_pause_is_in_the_name_of_nobody_who_can_sign_in() -> None:
    by = restoring.operator()
    assert (by.email, by.is_active, by.has_usable_password()) == (restoring.NOBODY, False, False)
    assert restoring.operator() == by


def test_the_operator_who_is_named_must_be_one(operator: User) -> None:
    assert restoring.operator() == operator
    assert restoring.operator(operator.email.upper()) == operator
    with pytest.raises(User.DoesNotExist):
        restoring.operator(make.user().email)
