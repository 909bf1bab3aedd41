"""Governments change the rules of their clocks, sometimes weeks before they count. What a person chose is a wall time:
a post that waits keeps it, and its instant follows the rules that are in force here (docs/decisions/0029)."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from accounts.clean import sentence
from accounts.notices import notify, who_hears
from gate import services as gate
from gate.errors import WrongState
from gate.models import Submission
from scheduler import journal, progress, retiming, when
from scheduler.models import Post

logger = logging.getLogger(__name__)
FOLLOWS = (Post.State.DRAFT, *Post.WAITING)
REASON = "The rules of its time zone have changed: it keeps the time of day that was chosen."


def follow(now: datetime) -> int:
    """Looks at every post that waits for its time; called when a dispatcher starts, since a process reads the rules
    once. Returns how many were moved."""
    rows = Post.objects.filter(state__in=FOLLOWS, due_at__gt=now).exclude(due_local="")
    return sum(
        _move(pk)
        for pk, local, zone, due_at in rows.values_list("pk", "due_local", "due_zone", "due_at")
        if due_at and means(local, zone, due_at) != due_at
    )


def means(local: str, zone: str, was: datetime) -> datetime:
    """The instant of a stored wall time by the rules of today. Of a time that comes twice the one that it was; a time
    that there is no more stays what it was."""
    try:
        return when.resolve(local, zone)
    except when.TimeExistsTwice as twice:
        return was if was == twice.second else twice.first
    except when.WhenError:
        return was


def _move(pk: int) -> bool:
    try:
        return _moved(pk)
    except WrongState:
        logger.warning("Post %s keeps its instant: its approval ends before the time that is meant now", pk)
        return False


@transaction.atomic
def _moved(pk: int) -> bool:
    post = progress.locked_post(pk)
    was = post.due_at
    if (
        was is None
        or post.state not in FOLLOWS
        or (due_at := means(post.due_local, post.due_zone, was)) == was
    ):
        return False
    progress.move(post, Post.State(post.state), FOLLOWS, due_at=due_at)
    held = ""
    if post.submission_id and post.state in Post.WAITING:
        submission = Submission.objects.select_for_update(of=("self",), no_key=True).get(
            pk=post.submission_id
        )
        retiming.move_waiting(submission, due_at)
        gate.retime(submission_id=submission.pk, due_at=due_at, by=None)
        held = _hold_where_it_breaks(post)
    text = f"Held: {sentence(str(post))} {held}" if held else f"Moved: {sentence(str(post))} {REASON}"
    notify(team=post.team, users=who_hears(post.team, post.author), text=text, url=progress.url(post))
    times = {"from": was.isoformat(), "to": due_at.isoformat()}
    journal.post_entry(post, "post.retimed", None, data=times, reason=REASON)
    return True


def _hold_where_it_breaks(post: Post) -> str:
    """A locked post whose approval does not cover the moment that is meant now: the approval ends, and it waits for
    its people. Returns what it says to them; "" where the approval stands."""
    assert post.submission_id is not None, "it is submitted"
    if not (why := gate.end_where_time_breaks(submission_id=post.submission_id)):
        return ""
    reason = f"{REASON} {why} Its approval did not answer that: edit it and submit it again."
    progress.move(post, Post.State.HELD, Post.WAITING, state_reason=reason[:500])
    journal.post_entry(post, "post.held", None, outcome="held", reason=reason)
    return reason
