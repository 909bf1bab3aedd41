"""4, after a restore. What waits or was missed may be out, under keys that an edited post no longer has: the platform
is read before the post is edited, withdrawn or cancelled, so that no second copy comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Channel, Membership
from gate import runner
from gate.errors import WrongState
from ledger.models import Entry
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import drafting, forms, images, lifecycle, queries, sender
from scheduler.models import Delivery, Post
from tests import factories as make
from tests.must_hold.sending import copies, home
from tests.must_hold.test_04_restored import restored
from tests.scheduler.pages import sign_in, typed, url

pytestmark = pytest.mark.django_db
State = Delivery.State
CHANGES = ["save", "add an image", "withdraw", "cancel"]


@pytest.fixture
def author() -> Membership:
    return make.member(make.team(), "author")


@pytest.fixture
def reviewer(author: Membership) -> Membership:
    return make.member(author.team, "reviewer")


@pytest.fixture
def delivery(author: Membership, reviewer: Membership) -> Delivery:
    return make.approved(author, reviewer).deliveries.get()


def change(how: str, post: Post, author: Membership) -> Post:
    given = {"post_id": post.pk, "member": author}
    by_name: dict[str, Callable[[], object]] = {
        "save": lambda: drafting.store(typed=as_stored(post), member=author),
        "add an image": lambda: images.add(
            **given, version=post.version, data=make.picture(), filename="a.png"
        ),
        "withdraw": lambda: lifecycle.withdraw(**given),
        "cancel": lambda: lifecycle.cancel(**given, reason="The quay is closed."),
    }
    by_name[how]()
    return Post.objects.get(pk=post.pk)


def as_stored(post: Post) -> forms.Typed:
    return forms.of_post(Post.objects.get(pk=post.pk), queries.channels(post.team))


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.select_related("post", "team", "channel").get(pk=delivery.pk)


@pytest.mark.parametrize("how", CHANGES)
def test_what_is_out_is_recorded_and_stays_as_it_is(how: str, delivery: Delivery, author: Membership) -> None:
    restored(delivery, sent=True)
    with pytest.raises(WrongState, match=r"out already on .* after the backup"):
        change(how, delivery.post, author)
    now = fresh(delivery)
    assert (now.state, now.post.state, copies(now)) == (State.SENT, Post.State.PUBLISHED, 1)
    assert now.post.submission_id == delivery.submission_id
    assert Entry.objects.filter(kind="delivery.sent", subject=f"delivery:{delivery.pk}").count() == 1


@pytest.mark.parametrize("how", CHANGES)
def test_what_is_not_there_is_changed(how: str, delivery: Delivery, author: Membership) -> None:
    restored(delivery, sent=False)
    post = change(how, delivery.post, author)
    assert post.state == (Post.State.CANCELLED if how == "cancel" else Post.State.DRAFT)
    now = fresh(delivery)
    assert (now.state, now.look_since, copies(now)) == (State.CANCELLED, None, 0)


def test_an_edited_post_goes_out_once(delivery: Delivery, author: Membership, reviewer: Membership) -> None:
    restored(delivery, sent=False)
    post = change("save", delivery.post, author)
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    make.approve(submission, reviewer)
    again = make.make_due(Post.objects.get(pk=post.pk)).deliveries.get(state=State.WAITING)
    sender.send(again.pk)
    assert (fresh(again).state, copies(again)) == (State.SENT, 1)


@pytest.mark.parametrize("how", CHANGES)
def test_a_platform_that_cannot_say_leaves_everything_as_it_is(
    how: str, delivery: Delivery, author: Membership
) -> None:
    restored(delivery, sent=True)
    rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
    before = rows(delivery)
    with pytest.raises(WrongState, match=r"could not be looked up.*Nothing was changed\. Try again"):
        change(how, delivery.post, author)
    assert rows(delivery) == before


def rows(delivery: Delivery) -> tuple[object, ...]:
    post, entries = Post.objects.filter(pk=delivery.post_id), Entry.objects.count()
    return post.values().get(), Delivery.objects.filter(pk=delivery.pk).values().get(), entries


def test_the_page_keeps_what_was_typed(client: Client, delivery: Delivery, author: Membership) -> None:
    restored(delivery, sent=True)
    rehearsal.ask_for(home(delivery), Fault(Kind.FIND_FAILS))
    form = typed(delivery.channel, post=delivery.post, text=["The ferry sails at ten, not at nine."])
    page = sign_in(client, author).post(url("edit", author, delivery.post_id), form)
    assert page.status_code == 409
    assert "The ferry sails at ten, not at nine." in page.content.decode()
    assert "could not be looked up" in page.content.decode()


def test_an_account_that_is_not_connected_cannot_say(delivery: Delivery, author: Membership) -> None:
    restored(delivery, sent=True)
    Channel.objects.update(health=Channel.Health.ATTENTION)
    with pytest.raises(WrongState, match="An admin has to connect it again"):
        change("withdraw", delivery.post, author)
    assert fresh(delivery).look_since == delivery.look_since


def test_a_sign_in_that_turns_out_bad_is_said_to_the_admins(delivery: Delivery, author: Membership) -> None:
    restored(delivery, sent=True)
    (home(delivery) / "revoked").touch()
    with pytest.raises(WrongState, match="could not be looked up"):
        change("withdraw", delivery.post, author)
    assert (fresh(delivery).state, fresh(delivery).channel.health) == (State.WAITING, "attention")


@pytest.mark.parametrize("sent", [True, False])
def test_one_that_a_worker_has_claimed_is_the_workers(
    delivery: Delivery, author: Membership, sent: bool
) -> None:
    make.make_due(delivery.post)
    restored(delivery, sent=sent)
    claim = sender._claim(delivery.pk)
    assert claim
    with pytest.raises(WrongState, match="being looked up or sent"):
        change("withdraw", delivery.post, author)
    now = fresh(delivery)
    assert (now.state, now.lease_token, now.look_since) == (State.WAITING, claim.token, delivery.look_since)


@pytest.mark.parametrize("sent", [True, False])
def test_what_was_missed_may_be_out_as_well(delivery: Delivery, author: Membership, sent: bool) -> None:
    """It had another time after the backup, or was declared missed after the restore."""
    restored(delivery, sent=sent)
    Delivery.objects.filter(pk=delivery.pk).update(state=State.MISSED)
    Post.objects.filter(pk=delivery.post_id).update(state=Post.State.MISSED)
    if sent:
        for _ in range(2):  # it stays missed, and that it is out stays known
            with pytest.raises(WrongState, match="out already"):
                change("save", delivery.post, author)
        now = fresh(delivery)
        assert (now.state, now.post.state, len(now.remote)) == (State.MISSED, Post.State.MISSED, 1)
        assert Entry.objects.filter(kind="delivery.sent_late", subject=f"delivery:{delivery.pk}").count() == 1
    else:
        assert change("save", delivery.post, author).state == Post.State.DRAFT
        assert fresh(delivery).look_since is None


def test_of_several_channels_each_is_read(author: Membership, reviewer: Membership) -> None:
    """Out on one, and not on the other: that one goes out at its time, and the post is not changed any more."""
    post = make.approved(author, reviewer, make.channel(author.team), make.channel(author.team))
    one, two = post.deliveries.order_by("pk")
    restored(one, sent=False)
    restored(two, sent=True)
    with pytest.raises(WrongState, match="out already"):
        change("save", post, author)
    make.make_due(Post.objects.get(pk=post.pk))
    assert (fresh(one).look_since, fresh(two).state) == (None, State.SENT)
    sender.send(one.pk)
    assert (copies(one), copies(two)) == (1, 1)
    assert Post.objects.get(pk=post.pk).state == Post.State.PUBLISHED


@pytest.mark.django_db(transaction=True)
def test_what_was_found_stays_recorded_though_the_change_is_undone() -> None:
    author = make.member(make.team(), "author")
    delivery = restored(
        make.approved(author, make.member(author.team, "reviewer")).deliveries.get(), sent=True
    )
    with pytest.raises(WrongState, match="out already"):
        change("save", delivery.post, author)
    assert fresh(delivery).sent_at <= timezone.now()
