"""4, too. Where the platform can't say, a person does: one answer counts, and nothing is sent again but by somebody who
says that they looked, through the door, and never twice by two answers, a look or a late answer at once."""

import threading
from calendar import day_name
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Channel, Membership
from gate import decisions
from gate.errors import GateError, Incomplete, NotAllowed, WrongState
from ledger.models import Entry
from platforms import rehearsal
from platforms.base import Published, PublishedPart, PublishError
from platforms.rehearsal import Fault, Kind
from scheduler import asking, pauses, reconcile, sender, settle
from scheduler.models import Attempt, Delivery
from tests import factories as make
from tests.must_hold.sending import copies, due_delivery, home, look_now, started

State = Delivery.State
LOST = PublishError("No answer.", maybe_sent=True)


def unknown(**extra: object) -> tuple[Delivery, sender.Claim]:
    """The request never arrived, which nobody knows; there is no look to come."""
    delivery = due_delivery(**extra)
    claim, _ = started(delivery)
    sender._record_error(claim, LOST)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
    delivery.refresh_from_db()
    return delivery, claim


@pytest.fixture
def lost(db):
    return unknown()[0]


def reviewer_of(delivery: Delivery) -> Membership:
    return delivery.team.members.get(is_reviewer=True)


def again(delivery: Delivery, **extra: object) -> None:
    given = {"member": reviewer_of(delivery), "after": 1, "looked": True, **extra}
    settle.send_again(delivery_id=delivery.pk, **given)


def left_requests(delivery: Delivery) -> int:
    return delivery.attempts.filter(sending_at__isnull=False).count()


def now(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return str(delivery.state)


def test_it_is_the_same_request_that_is_sent_again(lost):
    before = sender.build_request(lost, sender.channel_content(lost))
    again(lost)
    lost.refresh_from_db()
    assert sender.build_request(lost, sender.channel_content(lost)) == before
    sender.send(lost.pk)
    lost.refresh_from_db()
    assert sender.build_request(lost, sender.channel_content(lost)) == before
    assert (lost.state, copies(lost), left_requests(lost)) == (State.SENT, 1, 2)


def test_who_asks_for_it_is_in_the_log_with_what_they_said(lost):
    again(lost)
    entry = Entry.objects.get(kind="delivery.send_again", subject=f"delivery:{lost.pk}")
    said = entry.content["data"]
    assert (entry.actor_id, said["attempt"], said["said"]) == (reviewer_of(lost).user_id, 1, "not_there")


def test_another_time_to_send_it_again_asks_the_timing_check(lost):
    make.set_checks(lost.team, {"timing": {"days_off": list(day_name)}})
    due = lost.due_at
    with pytest.raises(WrongState, match="which is a day off"):
        again(lost, due_at=timezone.now() + timedelta(hours=2))
    assert (now(lost), lost.due_at) == (State.UNKNOWN, due)
    make.set_checks(lost.team, {"timing": {"days_off": []}})
    again(lost, due_at=timezone.now() + timedelta(hours=2))
    assert now(lost) == State.WAITING


def test_nobody_has_it_sent_again_without_saying_that_they_looked(lost):
    with pytest.raises(Incomplete, match="Say that you looked"):
        again(lost, looked=False)
    assert now(lost) == State.UNKNOWN


def test_an_approval_that_was_revoked_sends_nothing_again(lost):
    decisions.revoke(submission_id=lost.submission_id, member=reviewer_of(lost), reason="It is wrong.")
    with pytest.raises(Incomplete, match="approval does not stand any more"):
        again(lost)
    assert now(lost) == State.UNKNOWN


def test_the_door_is_asked_once_more_when_it_is_sent(lost):
    again(lost)
    decisions.revoke(submission_id=lost.submission_id, member=reviewer_of(lost), reason="It is wrong.")
    sender.send(lost.pk)
    assert (now(lost), copies(lost), left_requests(lost)) == (State.WAITING, 0, 1)


def test_a_time_after_the_end_of_the_approval_is_refused(lost):
    with pytest.raises(Incomplete, match="approval ends before that time"):
        again(lost, due_at=lost.submission.approved_until + timedelta(minutes=1))
    assert now(lost) == State.UNKNOWN


def test_past_its_window_it_takes_a_new_time_and_waits_for_it(lost):
    Delivery.objects.filter(pk=lost.pk).update(due_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(Incomplete, match="nothing goes out late in silence"):
        again(lost)
    with pytest.raises(Incomplete, match="That time has passed"):
        again(lost, due_at=timezone.now() - timedelta(minutes=1))
    again(lost, due_at=timezone.now() + timedelta(minutes=5))
    sender.send(lost.pk)
    assert (now(lost), copies(lost)) == (State.WAITING, 0)


def test_an_account_that_is_not_connected_sends_nothing_again(lost):
    Channel.objects.filter(pk=lost.channel_id).update(health=Channel.Health.ATTENTION)
    with pytest.raises(Incomplete, match="not connected"):
        again(lost)
    assert now(lost) == State.UNKNOWN


def test_a_pause_holds_what_is_to_be_sent_again(lost):
    pauses.pause(by=reviewer_of(lost).user, member=reviewer_of(lost), reason="A storm.")
    again(lost)
    sender.send(lost.pk)
    assert (now(lost), copies(lost)) == (State.WAITING, 0)


def test_what_is_known_to_be_out_in_part_is_not_sent_again(db):
    thread = due_delivery(parts=["High water is at two on Friday.", "Low water comes six hours later."])
    claim, _ = started(thread)
    sender._record_error(
        claim, PublishError("No answer.", maybe_sent=True, sent=(PublishedPart("at://one", ""),))
    )
    with pytest.raises(Incomplete, match="A part of it is out"):
        again(thread)
    assert now(thread) == State.UNKNOWN


def test_who_may_say_it(lost):
    for member in (make.member(lost.team, "auditor"), make.member(lost.team)):
        with pytest.raises(NotAllowed):
            again(lost, member=member)
        with pytest.raises(NotAllowed):
            settle.leave(delivery_id=lost.pk, member=member, after=1)
        with pytest.raises(NotAllowed):
            settle.say(delivery_id=lost.pk, member=member, after=1, seen=settle.Seen.NONE)
    with pytest.raises(Delivery.DoesNotExist):
        again(lost, member=make.member(make.team(), "author", "reviewer", "admin"))
    assert now(lost) == State.UNKNOWN


def test_an_answer_about_an_attempt_before_the_last_counts_for_nothing(lost):
    again(lost)
    rehearsal.ask_for(home(lost), Fault(Kind.NO_ANSWER))
    sender.send(lost.pk)
    assert (now(lost), copies(lost)) == (State.UNKNOWN, 1)
    for act in (lambda: again(lost), lambda: _say(lost, settle.Seen.NONE)):
        with pytest.raises(WrongState, match="tried once more"):
            act()
    assert now(lost) == State.UNKNOWN


def _say(delivery: Delivery, seen: settle.Seen) -> None:
    settle.say(delivery_id=delivery.pk, member=reviewer_of(delivery), after=1, seen=seen)


def test_a_look_that_is_on_its_way_is_waited_for(lost):
    """It finds the post: nothing that a person says in between sends it again."""
    Delivery.objects.filter(pk=lost.pk).update(next_try_at=timezone.now())
    assert reconcile._take(lost.pk)
    with pytest.raises(WrongState, match="looked up at this moment"):
        again(lost)
    assert now(lost) == State.SENDING


def test_an_answer_that_comes_late_before_it_is_sent_again_settles_it(db):
    delivery, claim = unknown()
    again(delivery)
    second = sender._claim(delivery.pk)
    assert second
    channel = sender.channel_content(delivery)
    request = sender.build_request(delivery, channel)
    sender._record_sent(claim, delivery.channel.adapter.publish(request, delivery.channel.credentials()))
    with pytest.raises(sender.Released):
        sender._start(second, channel, request)
    sender._release(second, "It is out.", hold=False)
    assert (now(delivery), copies(delivery), left_requests(delivery)) == (State.SENT, 1, 1)
    assert not Attempt.objects.filter(delivery=delivery, state__in=Attempt.OPEN).exists()


def test_an_attempt_that_another_answer_overtook_does_not_stay_open(db):
    delivery, first = unknown()
    again(delivery)
    second, _ = started(delivery)
    for number, claim in enumerate((first, second)):
        sender._record_sent(claim, Published((PublishedPart(str(number), ""),)))
    assert now(delivery) == State.SENT
    assert not delivery.attempts.filter(state__in=Attempt.OPEN).exists()
    assert delivery.post.author.notices.filter(text__contains="a second time").exists()


def test_those_who_were_asked_hear_of_an_answer_that_comes_late(db):
    delivery, claim = unknown()
    asking.ask(delivery, delivery.post)
    request = sender.build_request(delivery, sender.channel_content(delivery))
    sender._record_sent(claim, delivery.channel.adapter.publish(request, delivery.channel.credentials()))
    for person in (delivery.post.author, reviewer_of(delivery).user):
        assert person.notices.filter(text__contains="answer came late").count() == 1


def test_where_no_approver_is_left_every_reviewer_is_asked(lost):
    Membership.objects.filter(pk=reviewer_of(lost).pk).update(ended_at=timezone.now())
    others = [make.member(lost.team, "reviewer") for _ in range(2)]
    make.member(lost.team, "auditor")
    asked = asking.concerned(lost, lost.post)
    assert {user.pk for user in asked} == {lost.post.author_id, *(other.user_id for other in others)}


def test_what_was_left_is_not_asked_about_again_and_a_look_still_settles_it(db):
    delivery = due_delivery()
    rehearsal.ask_for(home(delivery), Fault(Kind.NO_ANSWER))
    sender.send(delivery.pk)
    settle.leave(delivery_id=delivery.pk, member=reviewer_of(delivery), after=1)
    Delivery.objects.filter(pk=delivery.pk).update(looks=reconcile.LOOKS_MOST - 1)
    rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
    look_now(delivery)
    assert (delivery.state, delivery.next_try_at) == (State.UNKNOWN, None)
    assert not delivery.post.author.notices.filter(text__startswith="It may be out").exists()
    look_now(delivery)
    assert (delivery.state, copies(delivery)) == (State.SENT, 1)
    assert delivery.post.author.notices.filter(text__contains="shows it now").exists()


def test_what_was_left_is_not_sent_again_by_the_looks_that_were_still_to_come(db):
    delivery = due_delivery()
    claim, _ = started(delivery)
    sender._record_error(claim, LOST)
    settle.leave(delivery_id=delivery.pk, member=reviewer_of(delivery), after=1)
    for _ in range(reconcile.LOOKS_MOST):
        look_now(delivery)
    assert (delivery.state, delivery.next_try_at, copies(delivery)) == (State.UNKNOWN, None, 0)
    assert not delivery.post.author.notices.filter(text__startswith="It may be out").exists()


def test_what_was_left_and_is_sent_again_is_asked_about_anew(lost):
    settle.leave(delivery_id=lost.pk, member=reviewer_of(lost), after=1)
    again(lost)
    lost.refresh_from_db()
    assert (lost.state, lost.left_at, lost.left_by) == (State.WAITING, None, None)


@pytest.mark.parametrize(
    ("platform", "url", "fits"),
    [
        ("mastodon", "https://social.example/@pier/1", True),
        ("mastodon", "https://www.social.example/@pier/1", True),
        ("mastodon", "https://elsewhere.example/@pier@social.example/1", False),
        ("bluesky", "https://bsky.app/profile/did:plc:abc/post/3k", True),
        ("bluesky", "https://bsky.app.example/profile/x", False),
        ("sandbox", "https://anywhere.example/1", True),
        ("sandbox", "ftp://anywhere.example/1", False),
        ("sandbox", "https:///1", False),
        ("sandbox", "https://[::1/1", False),
        ("sandbox", "https://me:secret@anywhere.example/1", False),
        ("sandbox", "", True),
    ],
)
def test_an_address_is_on_the_account_s_own_server(platform, url, fits):
    account = {"account_id": "did:plc:abc", "handle": "@pier@social.example"}
    channel = Channel(platform=platform, instance="https://social.example", **account)
    if fits:
        settle.require_address(channel, url)
        return
    with pytest.raises(Incomplete, match="Nothing was changed"):
        settle.require_address(channel, url)


def at_once(acts: list[Callable[[], object]]) -> tuple[int, list[BaseException]]:
    """How many of the acts, begun together from threads of their own, were refused, and what went wrong."""
    start = threading.Barrier(len(acts))
    refused: list[GateError] = []
    wrong: list[BaseException] = []

    def play(act: Callable[[], object]) -> None:
        start.wait(30)
        try:
            act()
        except GateError as error:
            refused.append(error)
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=play, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return len(refused), wrong


@pytest.mark.django_db(transaction=True)
def test_of_six_answers_at_once_one_counts():
    delivery, _ = unknown()
    acts: list[Callable[[], object]] = [lambda: again(delivery)] * 4
    acts += [lambda: _say(delivery, settle.Seen.ALL), lambda: _say(delivery, settle.Seen.NONE)]
    assert at_once(acts) == (5, [])
    answers = ("delivery.send_again", "delivery.sent", "delivery.failed")
    assert Entry.objects.filter(subject=f"delivery:{delivery.pk}", kind__in=answers).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_out", [True, False])
def test_answers_looks_senders_and_a_late_answer_at_once_make_one(is_out):
    delivery, claim = unknown()
    request = sender.build_request(delivery, sender.channel_content(delivery))
    late: list[Callable[[], object]] = []
    if is_out:
        published = delivery.channel.adapter.publish(request, delivery.channel.credentials())
        late = [lambda: sender._record_sent(claim, published)]
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))
    acts: list[Callable[[], object]] = [lambda: again(delivery)] * 2
    acts += [lambda: reconcile.look(delivery.pk), lambda: sender.send(delivery.pk)] * 2
    _, wrong = at_once([*acts, *late])
    assert wrong == []
    asked = Entry.objects.filter(kind="delivery.send_again", subject=f"delivery:{delivery.pk}").count()
    assert left_requests(delivery) <= 1 + asked <= 2
    assert copies(delivery) <= 1
    if is_out:
        assert now(delivery) == State.SENT
