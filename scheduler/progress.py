"""What the clock, the sender and the platforms do to a post: people's own changes are in scheduler/lifecycle.py.

The same order of locks holds here: post, submission, delivery, and last the publish log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.clean import sentence
from accounts.notices import notify, who_hears
from gate import lapsing
from gate import services as gate
from gate.errors import WrongState
from scheduler import journal
from scheduler.models import Delivery, Post

State = Post.State


@transaction.atomic
def hold(*, post_id: int, reason: str) -> bool:
    """Due, but the gate has not said yes: it waits inside its window, and its people hear."""
    post = locked_post(post_id)
    if post.state != State.SUBMITTED:
        return False
    move(post, State.HELD, (State.SUBMITTED,), state_reason=reason[:500])
    _tell_held(post, reason)
    journal.post_entry(post, "post.held", None, outcome="held", reason=reason)
    return True


def hold_again(post: Post, reason: str) -> None:
    """A locked post on its way, of which nothing is out or unsure, waits for its account to be connected again."""
    rows = Delivery.objects.filter(post=post, submission=post.submission)
    if post.state == State.PUBLISHING and not rows.exclude(state=Delivery.State.WAITING).exists():
        move(post, State.HELD, (State.PUBLISHING,), state_reason=reason[:500])
        _tell_held(post, reason)
        journal.post_entry(post, "post.held", None, outcome="held", reason=reason)


@transaction.atomic
def expire(*, post_id: int, now: datetime) -> bool:
    """The approval ran out, or lapsed with an older code of conduct, before the post's time: it is held, and its people
    hear while they can still act."""
    post = locked_post(post_id)
    if post.state not in Post.WAITING or post.submission_id is None:
        return False
    if gate.expire(submission_id=post.submission_id, at=now):
        why = "The approval ran out before its time."
    elif floor := lapsing.lapse(submission_id=post.submission_id, at=now):
        why = f"Version {floor} of the code of conduct ended approvals under older ones."
    else:
        return False
    reason = f"{why} Edit it, or submit it again, for a new one."
    if post.state == State.SUBMITTED:
        move(post, State.HELD, (State.SUBMITTED,), state_reason=reason)
        journal.post_entry(post, "post.held", None, outcome="held", reason=reason)
    _tell_held(post, reason)
    return True


def _tell_held(post: Post, reason: str) -> None:
    users = who_hears(post.team, post.author)
    notify(team=post.team, users=users, text=f"Held: {sentence(str(post))} {reason}", url=url(post))


def start_publishing(post: Post) -> None:
    """The first delivery is on its way: from here on a post cannot be edited. Called with the post locked, by the
    sender, in the transaction that logs the delivery. Raises WrongState for a post that is settled."""
    if post.state != State.PUBLISHING:
        move(post, State.PUBLISHING, (*Post.WAITING, State.PARTLY), state_reason="")


def settle(post: Post) -> None:
    """Gives a locked post the state that its deliveries add up to; called in the transaction that changed one."""
    rows = list(Delivery.objects.filter(post=post, submission=post.submission))
    states = {row.state for row in rows}
    if not rows or not states <= set(Delivery.SETTLED):
        return
    if states == {Delivery.State.SENT}:
        to = State.PUBLISHED
    elif Delivery.State.SENT in states or any(row.remote for row in rows):
        to = State.PARTLY
    elif Delivery.State.FAILED in states:
        to = State.FAILED
    elif Delivery.State.MISSED in states:
        to = State.MISSED
    else:
        return
    reasons = "; ".join(dict.fromkeys(row.reason for row in rows if row.reason))
    move(post, to, (State.SUBMITTED, State.HELD, State.PUBLISHING, State.PARTLY), state_reason=reasons[:500])
    journal.post_entry(post, f"post.{to}", None, outcome=str(to))


def locked_post(post_id: int) -> Post:
    """The post, locked: before its submission and its deliveries, always."""
    locked = Post.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("team", "author").get(pk=post_id)


def move(post: Post, to: Post.State, frm: tuple[str, ...], **values: Any) -> None:
    changed = Post.objects.filter(pk=post.pk, state__in=frm, version=post.version).update(
        state=to, version=F("version") + 1, updated_at=timezone.now(), **values
    )
    if not changed:
        raise WrongState(
            "Somebody else changed this post a moment ago. Reload the page to see where it stands."
        )
    post.refresh_from_db()


def url(post: Post) -> str:
    return f"/t/{post.team.slug}/posts/{post.pk}/"
