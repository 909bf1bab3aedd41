"""4, too. What is known to be out stays known: late answers, threads that are half out, and what people say of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gate.errors import Incomplete
from ledger.models import Entry
from platforms import rehearsal
from platforms.base import Published, PublishedPart, PublishError
from platforms.rehearsal import Fault, Kind
from scheduler import outcomes, reconcile, sender, settle
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.must_hold.sending import copies, due_delivery, home, look_now, started


@pytest.fixture
def delivery(db):
    return due_delivery()


def test_an_answer_that_comes_while_the_platform_is_read_settles_it_and_alarms_nobody(delivery):
    claim, request = started(delivery)
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reconcile._take(delivery.pk)
    sender._record_sent(claim, published)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert not Entry.objects.filter(kind="delivery.sent_late").exists()


def test_an_answer_after_it_was_given_up_is_said(delivery):
    claim, request = started(delivery)
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
    reconcile.look(delivery.pk)
    member = make.member(delivery.team, "reviewer")
    settle.say(delivery_id=delivery.pk, member=member, after=1, seen=settle.Seen.NONE)
    sender._record_sent(claim, published)
    assert Post.objects.get(pk=delivery.post_id).author.notices.filter(text__contains="after all").exists()
    assert Entry.objects.filter(kind="delivery.sent_late").exists()


@pytest.fixture
def thread(db):
    return due_delivery(parts=["High water is at two on Friday.", "Low water comes six hours later."])


FIRST = PublishedPart("at://one", "https://social.example/one")


def half_out(thread: Delivery) -> None:
    """The first part is out, and the answer about the second is lost."""
    claim, _ = started(thread)
    sender._record_error(claim, PublishError("No answer.", maybe_sent=True, sent=(FIRST,)))


@pytest.mark.parametrize("seen", [settle.Seen.NONE, settle.Seen.PART])
def test_the_parts_of_a_thread_that_are_out_stay_known_whatever_a_person_says(thread, seen):
    half_out(thread)
    for _ in range(reconcile.LOOKS_MOST):
        rehearsal.ask_for(home(thread), Fault(Kind.FIND_FAILS))
        look_now(thread)
    assert (thread.state, thread.url) == (Delivery.State.UNKNOWN, FIRST.url)
    member = make.member(thread.team, "reviewer")
    settle.say(delivery_id=thread.pk, member=member, after=1, seen=seen)
    thread.refresh_from_db()
    post = Post.objects.get(pk=thread.post_id)
    assert [part["id"] for part in thread.remote] == [FIRST.remote_id]
    assert (thread.state, post.state, post.is_editable) == (Delivery.State.FAILED, Post.State.PARTLY, False)
    assert FIRST.remote_id in Entry.objects.filter(kind="delivery.unknown").earliest("index").leaf


def test_a_look_that_sees_less_than_the_one_before_forgets_nothing(thread):
    half_out(thread)
    outcomes.mark_unknown(Delivery.objects.get(pk=thread.pk), "It cannot say.", None)
    thread.refresh_from_db()
    assert thread.url == FIRST.url


def test_a_person_who_sees_a_part_of_a_thread_makes_it_partly_published(thread):
    claim, _ = started(thread)
    sender._record_error(claim, PublishError("No answer.", maybe_sent=True))
    member = make.member(thread.team, "reviewer")
    settle.say(delivery_id=thread.pk, member=member, after=1, seen=settle.Seen.PART, url=FIRST.url)
    thread.refresh_from_db()
    assert (Post.objects.get(pk=thread.post_id).state, thread.url) == (Post.State.PARTLY, FIRST.url)


def test_a_single_post_is_not_there_in_part(delivery):
    claim, _ = started(delivery)
    sender._record_error(claim, PublishError("No answer.", maybe_sent=True))
    member = make.member(delivery.team, "reviewer")
    with pytest.raises(Incomplete, match="single post"):
        settle.say(delivery_id=delivery.pk, member=member, after=1, seen=settle.Seen.PART)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.UNKNOWN


def test_a_late_answer_settles_what_is_still_unknown(delivery):
    claim, request = started(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    sender._record_sent(claim, published)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_a_second_post_is_said_and_not_forgotten(delivery):
    claim, request = started(delivery)
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    sender._record_sent(claim, Published((PublishedPart("another-id", ""),)))
    assert Entry.objects.filter(kind="delivery.sent_late", subject=f"delivery:{delivery.pk}").exists()
    assert delivery.post.author.notices.filter(text__contains="second time").exists()
    assert published.parts[0].remote_id != "another-id"
