"""1, again, from below: what was withdrawn, refused, revoked or expired is not opened again and sent, not even by SQL.

A withdrawal is no decision, so the approval before it is still the last one: only the states say no. The statements
here meet every trigger, unlike the tampering of test_01_only_approved_content_is_sent.py.
"""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership
from gate import decisions
from gate import services as gate
from gate.models import Decision, Submission
from platforms import sandbox
from scheduler import lifecycle, sender
from scheduler.models import Delivery, Post
from tests import factories as make

pytestmark = pytest.mark.django_db


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def out(post: Post) -> int:
    channel = post.deliveries.get().channel
    return len(sandbox.posts(str(settings.SANDBOX_DIR / str(post.team_id)), channel.account_id))


def withdraw(submission: Submission, reviewer: Membership) -> None:
    post = Post.objects.get(submission=submission)
    lifecycle.withdraw(post_id=post.pk, member=post.team.members.get(user=post.author))


def revoke(submission: Submission, reviewer: Membership) -> None:
    decisions.revoke(submission_id=submission.pk, member=reviewer, reason="We found a mistake.")


def expire(submission: Submission, reviewer: Membership) -> None:
    assert gate.expire(submission_id=submission.pk, at=submission.approved_until)


def lapse(submission: Submission, reviewer: Membership) -> None:
    assert gate.lapse(submission_id=submission.pk)


def reject(submission: Submission, reviewer: Membership) -> None:
    decisions.reject(
        submission_id=submission.pk,
        version=submission.version,
        member=reviewer,
        reason="Not for us.",
        clause="1.1",
    )


def ask_for_changes(submission: Submission, reviewer: Membership) -> None:
    decisions.ask_for_changes(
        submission_id=submission.pk, version=submission.version, member=reviewer, reason="Where is it from?"
    )


Close = Callable[[Submission, Membership], None]
AFTER_APPROVAL: dict[Close, str] = {withdraw: "withdrawn", revoke: "revoked", expire: "expired"}
IN_REVIEW: dict[Close, str] = {
    withdraw: "withdrawn",
    reject: "rejected",
    ask_for_changes: "changes_requested",
    lapse: "expired",
}


@pytest.fixture
def reviewer():
    return make.member(make.team(), "reviewer")


@pytest.fixture
def post(reviewer):
    """Approved and due."""
    return make.make_due(make.approved(make.member(reviewer.team, "author"), reviewer))


def stays(submission: Submission, state: str) -> None:
    for other in set(Submission.State) - {state}:
        with pytest.raises(IntegrityError, match="guard: "):
            sql("UPDATE gate_submission SET state = %s WHERE id = %s", other, submission.pk)
    sql("UPDATE gate_submission SET version = version + 1 WHERE id = %s", submission.pk)
    submission.refresh_from_db()
    assert submission.state == state


def test_all_closed_states_are_tried():
    assert {*AFTER_APPROVAL.values(), *IN_REVIEW.values()} == set(Submission.State) - set(Submission.OPEN)


@pytest.mark.parametrize("close", AFTER_APPROVAL, ids=lambda close: close.__name__)
def test_what_was_approved_and_closed_stays_closed(post, reviewer, close):
    submission = post.submission
    close(submission, reviewer)
    stays(submission, AFTER_APPROVAL[close])


@pytest.mark.parametrize("close", IN_REVIEW, ids=lambda close: close.__name__)
def test_what_was_in_review_and_closed_stays_closed(reviewer, close):
    submission = make.examined(make.member(reviewer.team, "author"))
    close(submission, reviewer)
    stays(submission, IN_REVIEW[close])


def test_a_cancelled_delivery_stays_cancelled(post, reviewer):
    delivery = post.deliveries.get()
    withdraw(post.submission, reviewer)
    for state in set(Delivery.State) - {Delivery.State.CANCELLED}:
        with pytest.raises(IntegrityError, match="what was cancelled"):
            sql(
                "UPDATE scheduler_delivery SET state = %s, lease_token = 'x' WHERE id = %s",
                state,
                delivery.pk,
            )
    sql("UPDATE scheduler_delivery SET reason = 'as before' WHERE id = %s", delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.CANCELLED


def test_three_updates_do_not_send_what_was_withdrawn(post, reviewer):
    submission, delivery = post.submission, post.deliveries.get()
    withdraw(submission, reviewer)
    assert submission.decisions.last().kind == Decision.Kind.APPROVE
    with pytest.raises(IntegrityError, match="a closed submission"):
        sql("UPDATE gate_submission SET state = 'approved' WHERE id = %s", submission.pk)
    with pytest.raises(IntegrityError, match="what was cancelled"):
        sql("UPDATE scheduler_delivery SET state = 'waiting' WHERE id = %s", delivery.pk)
    sql(
        "UPDATE scheduler_post SET state = 'submitted', submission_id = %s WHERE id = %s",
        submission.pk,
        post.pk,
    )
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, out(post)) == (Delivery.State.CANCELLED, 0)


def test_the_guard_of_the_submission_is_enough(post, reviewer):
    """As where a delivery was never cancelled: the gate's withdrawal leaves it waiting."""
    submission, delivery = post.submission, post.deliveries.get()
    gate.withdraw(submission_id=submission.pk, by=post.author)
    with pytest.raises(IntegrityError, match="a closed submission"):
        sql("UPDATE gate_submission SET state = 'approved' WHERE id = %s", submission.pk)
    assert delivery.state == Delivery.State.WAITING
    sender.send(delivery.pk)
    assert out(post) == 0
