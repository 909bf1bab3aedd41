"""5. What an outage or a pause made late is missed together: each author hears of all of it in one message, in the
transaction that missed it, and it goes out at another time under the approval that it has."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from gate import decisions
from gate.errors import Incomplete, NotAllowed, WrongState
from ledger.models import Entry
from platforms.base import PublishError
from scheduler import dispatcher, lifecycle, missing, pauses, sender
from scheduler.models import Attempt, Delivery, Post
from tests import factories as make
from tests import mails
from tests.must_hold.sending import copies, started

pytestmark = pytest.mark.django_db
LATE = timedelta(minutes=16)


class Team:
    def __init__(self) -> None:
        self.team = make.team("Harbour")
        self.author = make.member(self.team, "author", name="Amara")
        self.second = make.member(self.team, "author", name="Ken")
        self.reviewer = make.member(self.team, "reviewer", "admin", name="Rosa")
        self.channel = make.channel(self.team, "pier")

    def late(self, author: Membership, title: str, ago: timedelta = LATE, channels: int = 1) -> Post:
        others = [make.channel(self.team) for _ in range(channels - 1)]
        post = make.approved(
            author, self.reviewer, self.channel, *others, title=title, text=f"{title} is on."
        )
        return make.make_due(post, ago)


@pytest.fixture
def harbour() -> Team:
    return Team()


def notices(member: Membership) -> list[str]:
    rows = member.user.notices.filter(text__startswith="Missed").order_by("pk")
    return list(rows.values_list("text", flat=True))


def at(moment: object) -> dict[str, str]:
    return {"due_local": f"{moment:%Y-%m-%dT%H:%M}", "due_zone": "UTC"}


def later(hours: int = 24) -> dict[str, str]:
    return at(timezone.now() + timedelta(hours=hours))


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def test_after_an_outage_each_author_gets_one_message_that_lists_them(
    harbour, mailoutbox, django_capture_on_commit_callbacks
):
    for n in range(4):
        harbour.late(harbour.author, f"Tide {n}", LATE + timedelta(minutes=9 - n))
    harbour.late(harbour.second, "Night walk", channels=2)
    with django_capture_on_commit_callbacks(execute=True):
        dispatcher.tick(timezone.now())
    [told] = notices(harbour.author)
    assert told.startswith(
        "Missed: 4 of your posts did not go out in time: “Tide 0”, “Tide 1”, “Tide 2” and 1 more."
    )
    [other] = notices(harbour.second)
    assert "Night walk" in other
    mails.deliver()
    letters = {letter.to[0]: letter for letter in mailoutbox if "Missed" in letter.subject}
    body = letters[harbour.author.user.email].body
    assert all(f"Tide {n}, on " in body for n in range(4))
    assert "Night walk" not in body
    assert body.endswith(f"/t/{harbour.team.slug}/missed/")
    assert entries("delivery.missed") == 6
    assert entries("post.missed") == 5
    assert harbour.author.user.notices.latest("pk").url == f"/t/{harbour.team.slug}/missed/"


def test_what_is_inside_its_window_is_left_alone_and_told_when_it_is_missed(harbour):
    harbour.late(harbour.author, "First")
    second = harbour.late(harbour.author, "Second", timedelta(minutes=14))
    assert dispatcher.tick(timezone.now()) == 1
    second.refresh_from_db()
    assert second.state == Post.State.SUBMITTED
    Delivery.objects.filter(post=second).update(lease_token="")
    dispatcher.tick(timezone.now() + timedelta(minutes=2))
    assert len(notices(harbour.author)) == 2
    assert "Second" in notices(harbour.author)[1]


def test_many_are_missed_a_batch_at_a_time_with_a_message_each(harbour, monkeypatch):
    monkeypatch.setattr(missing, "BATCH", 2)
    for n in range(3):
        harbour.late(harbour.author, f"Tide {n}", LATE + timedelta(minutes=n))
    assert missing.miss_late(timezone.now()) == 2
    assert Post.objects.filter(state=Post.State.MISSED).count() == 2
    assert missing.miss_late(timezone.now()) == 1
    assert ["2 of your posts" in text for text in notices(harbour.author)] == [True, False]


@pytest.mark.parametrize("gone", ["left", "deactivated"])
def test_where_the_author_has_left_the_admins_hear_and_nobody_outside(harbour, gone):
    admin, author = make.member(harbour.team, "admin"), harbour.author
    harbour.late(author, "Tide")
    if gone == "left":
        Membership.objects.filter(pk=author.pk).update(ended_at=timezone.now())
    else:
        type(author.user).objects.filter(pk=author.user_id).update(is_active=False)
    missing.miss_late(timezone.now())
    assert (len(notices(admin)), notices(author)) == (1, [])


def test_a_crash_before_the_end_misses_nothing_and_tells_nobody(harbour, monkeypatch):
    post = harbour.late(harbour.author, "Tide")

    def crash(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("scheduler.journal.delivery_entry", crash)
        with pytest.raises(RuntimeError):
            missing.miss_late(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.SUBMITTED
    assert notices(harbour.author) == []
    assert missing.miss_late(timezone.now()) == 1
    assert len(notices(harbour.author)) == 1


def test_it_says_that_sending_was_paused(harbour):
    admin = harbour.reviewer
    pauses.pause(by=admin.user, member=admin, reason="A storm")
    post = harbour.late(harbour.author, "Tide")
    dispatcher.tick(timezone.now())
    post.refresh_from_db()
    assert (
        post.state_reason
        == "Its time window ended before it could be sent. Sending was paused by Rosa: A storm"
    )


def test_a_missed_post_gets_another_time_under_its_approval_and_goes_out_once(harbour):
    post = harbour.late(harbour.author, "Tide")
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    before = post.deliveries.get()
    lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())
    post.refresh_from_db()
    after = post.deliveries.get()
    assert (post.state, post.state_reason, post.submission.state) == ("submitted", "", "approved")
    assert (after.state, after.reason, after.due_at) == (Delivery.State.WAITING, "", post.due_at)
    assert (after.pk, after.key, after.record_keys) == (before.pk, before.key, before.record_keys)
    assert [entries(f"{what}.retimed") for what in ("post", "submission", "delivery")] == [1, 1, 1]
    make.make_due(post)
    sender.send(after.pk)
    post.refresh_from_db()
    assert post.state == Post.State.PUBLISHED
    assert copies(after) == 1


def test_a_post_that_was_tried_in_vain_carries_the_time_at_which_it_goes_out(harbour):
    post = harbour.late(harbour.author, "Tide", timedelta(minutes=1))
    delivery, yesterday = post.deliveries.get(), timezone.now() - timedelta(days=1)
    claim, _ = started(delivery)
    sender._record_error(claim, PublishError("The server could not be reached."))
    Attempt.objects.filter(pk=claim.attempt.pk).update(finished_at=yesterday)
    Delivery.objects.filter(pk=delivery.pk).update(record_time=yesterday)
    make.make_due(post, timedelta(days=1, minutes=1))
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())
    make.make_due(post)
    assert started(delivery)[1].created_at > timezone.now() - timedelta(minutes=1)


def test_what_was_missed_and_went_out_after_all_gets_no_other_time(harbour):
    post = harbour.late(harbour.author, "Tide", timedelta(minutes=1))
    claim, request = started(post.deliveries.get())
    published = claim.delivery.channel.adapter.publish(request, claim.delivery.channel.credentials())
    Attempt.objects.filter(pk=claim.attempt.pk).update(state="unknown")
    Delivery.objects.filter(post=post).update(state="waiting", lease_token="", lease_until=None)
    make.make_due(post, LATE)
    missing.miss_late(timezone.now())
    for _ in range(2):  # a commit whose confirmation was lost
        sender._record_sent(claim, published)
    assert harbour.author.user.notices.filter(text__contains="after all").count() == 1
    post.refresh_from_db()
    with pytest.raises(WrongState, match=r"after all\. Look at the account"):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())
    assert post.deliveries.get().state == Delivery.State.MISSED


@pytest.mark.parametrize("how", ["revoked", "ended", "lapsed"])
def test_without_a_standing_approval_it_has_to_be_submitted_again(harbour, how):
    if how == "lapsed":
        submission = make.examined(harbour.author, harbour.channel)
        post = make.make_due(Post.objects.get(submission=submission), LATE)
    else:
        post = harbour.late(harbour.author, "Tide")
    missing.miss_late(timezone.now())
    if how == "revoked":
        decisions.revoke(submission_id=post.submission_id, member=harbour.reviewer, reason="Not now")
    if how == "ended":
        type(post.submission).objects.filter(pk=post.submission_id).update(approved_until=timezone.now())
    post.refresh_from_db()
    with pytest.raises(WrongState, match="Submit the post again"):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())
    assert post.deliveries.get().state == Delivery.State.MISSED
    submission = lifecycle.submit_again(
        post_id=post.pk, version=post.version, member=harbour.author, **later()
    )
    post.refresh_from_db()
    assert (submission.number, post.state, post.submission_id) == (2, Post.State.SUBMITTED, submission.pk)
    assert sorted(post.deliveries.values_list("state", flat=True)) == ["missed", "waiting"]


def test_only_authors_at_the_version_they_saw_to_a_later_time(harbour):
    post = harbour.late(harbour.author, "Tide")
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    with pytest.raises(NotAllowed):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.reviewer, **later())
    with pytest.raises(WrongState, match="changed"):
        lifecycle.retime(post_id=post.pk, version=post.version - 1, member=harbour.author, **later())
    with pytest.raises(Incomplete, match="passed"):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later(-1))
    with pytest.raises(Incomplete, match="30 days"):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later(24 * 31))
    assert post.deliveries.get().state == Delivery.State.MISSED


def test_of_a_post_that_is_out_on_one_channel_the_missed_rest_gets_another_time(harbour):
    post = harbour.late(harbour.author, "Tide", timedelta(minutes=1), channels=3)
    first, second, third = post.deliveries.order_by("position")
    sender.send(first.pk)
    Delivery.objects.filter(pk__in=[second.pk, third.pk]).update(due_at=timezone.now() - LATE)
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    due = post.due_at
    assert post.state == Post.State.PARTLY
    lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later(1))
    lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later(2))
    post.refresh_from_db()
    assert (post.state, post.due_at) == (Post.State.PARTLY, due)
    assert entries("delivery.retimed") == 4
    Delivery.objects.filter(post=post, state="waiting").update(due_at=timezone.now())
    sender.send(second.pk)
    post.refresh_from_db()
    assert post.state == Post.State.PUBLISHING
    Delivery.objects.filter(pk=third.pk).update(due_at=timezone.now() - LATE)
    missing.miss_late(timezone.now())
    post.refresh_from_db()
    assert post.state == Post.State.PARTLY
    assert [copies(each) for each in (first, second, third)] == [1, 1, 0]


def test_a_rest_that_is_missed_again_before_any_of_it_was_sent_leaves_the_post_partly_published(harbour):
    post = harbour.late(harbour.author, "Tide", timedelta(minutes=1), channels=2)
    first, second = post.deliveries.order_by("position")
    sender.send(first.pk)
    for _ in range(2):
        Delivery.objects.filter(pk=second.pk).update(due_at=timezone.now() - LATE)
        missing.miss_late(timezone.now())
        post.refresh_from_db()
        assert post.state == Post.State.PARTLY
        post = lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())
    assert len(notices(harbour.author)) == 2
    Delivery.objects.filter(pk=second.pk).update(due_at=timezone.now())
    sender.send(second.pk)
    post.refresh_from_db()
    assert post.state == Post.State.PUBLISHED


def test_what_is_published_or_failed_cannot_be_moved(harbour):
    post = harbour.late(harbour.author, "Tide", timedelta(minutes=1))
    sender.send(post.deliveries.get().pk)
    post.refresh_from_db()
    with pytest.raises(WrongState, match="published"):
        lifecycle.retime(post_id=post.pk, version=post.version, member=harbour.author, **later())


def test_the_database_lets_missed_wait_again_under_an_approval_and_become_nothing_else(harbour):
    post = harbour.late(harbour.author, "Tide")
    missing.miss_late(timezone.now())
    row = Delivery.objects.filter(post=post)
    for state in ("sending", "sent", "failed", "unknown", "cancelled"):
        with pytest.raises(IntegrityError, match="missed"), transaction.atomic():
            row.update(state=state, lease_token="x")
    decisions.revoke(submission_id=post.submission_id, member=harbour.reviewer, reason="Not now")
    with pytest.raises(IntegrityError, match="missed"), transaction.atomic():
        row.update(state="waiting")


def test_what_is_left_for_the_next_batch_is_neither_sent_nor_held_meanwhile(harbour, monkeypatch):
    """An author hears once a batch that posts were missed, and not before of each that it was held."""
    monkeypatch.setattr(missing, "BATCH", 1)
    for n in range(3):
        submission = make.examined(harbour.author, harbour.channel, text=f"Nobody read number {n}.")
        make.make_due(Post.objects.get(submission=submission), LATE)
    harbour.late(harbour.author, "Tide")
    inside = harbour.late(harbour.author, "Ferry", timedelta(minutes=14))
    assert dispatcher.tick(timezone.now()) == 1
    assert inside.deliveries.get().nudged_at
    assert Post.objects.filter(state=Post.State.MISSED).count() == 1
    assert not harbour.author.user.notices.filter(text__startswith="Held").exists()
