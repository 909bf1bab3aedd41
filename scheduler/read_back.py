"""Before a restored post is edited, withdrawn or cancelled. The next submission gets other keys, and with those a copy
that went out after the backup is not found any more: two would come out. So the platform is read before the waiting or
missed deliveries are given up, outside any transaction, as the sender reads it (scheduler/look_first.py)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.channels import keep_quiet, need_attention
from accounts.models import Channel
from gate.errors import WrongState
from gate.models import Submission
from platforms.base import Published, PublishError
from scheduler import look_first, outcomes, progress, retries, sender
from scheduler.models import Delivery, Post

logger = logging.getLogger(__name__)
State = Delivery.State
GIVEN_UP: Final = (State.WAITING, State.MISSED)
"""What an edit leaves behind. A missed one may have had another time after the backup, and have gone out then."""
BUSY = (
    "This post came back with a backup, and it is being looked up or sent at this moment. Nothing was changed. "
    "Try again in a moment."
)
_P = ParamSpec("_P")
_Result = TypeVar("_Result")


class NotRead(WrongState):
    """The platforms have to be read first; meanwhile nothing was changed."""

    def __init__(self, post_id: int) -> None:
        super().__init__(BUSY)
        self.post_id = post_id


def require_read(post: Post, submission: Submission) -> None:
    """Called with both locked, before the submission's deliveries are given up. Raises NotRead; WrongState where one
    that was missed is known to be out."""
    rows = Delivery.objects.filter(submission=submission, state__in=GIVEN_UP, look_since__isnull=False)
    found = list(rows.select_related("channel").order_by("pk"))
    if out := [str(row.channel) for row in found if len(row.remote) >= len(row.record_keys)]:
        raise _is_out(out)
    if found:
        raise NotRead(post.pk)


def reads_first(change: Callable[_P, _Result]) -> Callable[_P, _Result]:
    """For a whole change of a post, around its transaction: where it meets NotRead, the platforms are read, and then
    it is made once more. Raises WrongState, with nothing changed, if the post is out or a platform cannot say."""

    @wraps(change)
    def changed(*args: _P.args, **given: _P.kwargs) -> _Result:
        try:
            return change(*args, **given)
        except NotRead as refusal:
            post_id = refusal.post_id
        _read(post_id)
        return change(*args, **given)

    return changed


def _read(post_id: int) -> None:
    """Every one is read, so that whatever is out is known, before the first refusal is said. Raises WrongState."""
    rows = Delivery.objects.filter(
        post_id=post_id, submission=F("post__submission"), state__in=GIVEN_UP, look_since__isnull=False
    ).select_related("team", "channel", "channel__team", "submission", "post")
    out, unclear = [], []
    for delivery in rows.order_by("pk"):
        try:
            found = _found(delivery)
        except PublishError as error:
            unclear.append(f"{delivery.channel}: {error.message}")
            continue
        if found is None:
            _clear(delivery)
        else:
            _record(delivery, found)
            out.append(str(delivery.channel))
    if out:
        raise _is_out(out)
    if unclear:
        raise WrongState(
            "This post came back with a backup and may be out already, which could not be looked up. "
            f"{' '.join(unclear)} Nothing was changed. Try again in a moment."
        )


def _is_out(channels: list[str]) -> WrongState:
    return WrongState(
        f"This post is out already on {', '.join(channels)}: it went out after the backup that was restored. That is "
        "recorded, and your change was not made. To say something else, write a new post."
    )


def _found(delivery: Delivery) -> Published | None:
    """What the sender would find. Raises PublishError where nothing certain can be said, for whatever reason."""
    channel = delivery.channel
    if channel.health != Channel.Health.CONNECTED:
        raise PublishError("It is not connected. An admin has to connect it again first.")
    try:
        request = sender.build_request(delivery, sender.channel_content(delivery))
        return look_first.already_out(delivery, request, channel.credentials())
    except PublishError as error:
        if error.account_waits:
            keep_quiet(channel=channel, until=timezone.now() + retries.pause(0, error))
        if error.needs_reconnect:
            need_attention(channel=channel, reason=error.message)
        raise
    except Exception as error:
        logger.exception("Delivery %s could not be read before a change of its post", delivery.pk)
        raise PublishError(f"It could not be read ({type(error).__name__}).") from error


def _as_it_was(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, if it is the one that was read about. One that a worker has claimed is the worker's, who reads too."""
    return Delivery.objects.filter(
        pk=delivery.pk, state=delivery.state, look_since=delivery.look_since, lease_token=""
    )


def _clear(delivery: Delivery) -> None:
    """Not there, and nobody but us can send it now. Raises WrongState."""
    if not _as_it_was(delivery).update(look_since=None):
        raise WrongState(BUSY)


@transaction.atomic(durable=True)
def _record(delivery: Delivery, found: Published) -> None:
    """It is out, whatever becomes of the change. Raises WrongState if something else was faster."""
    post = progress.locked_post(delivery.post_id)
    Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.submission_id)
    rows = _as_it_was(delivery).select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("team", "channel", "submission", "post").first()
    if locked is None:
        raise WrongState(BUSY)
    if locked.state == State.MISSED:  # and stays so: nobody approved another time
        outcomes.out_after_all(locked, post, found.parts)
        return
    if post.state in Post.WAITING:
        progress.start_publishing(post)
    outcomes.mark_sent(locked, post, found.parts)
