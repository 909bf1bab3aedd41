"""Sends one delivery, at most once. The only caller of a platform's `publish`.

tx1 claims the delivery with a lease and writes the attempt; tx2 asks the gate and writes "sending" if the lease is
still ours; then the platform is called, outside any transaction; tx3 writes the outcome and its log entry. Whatever
dies on the way is found by its lease: before "sending" nothing was sent, after it the platform is read, never guessed.
A database that goes away in the middle is waited for (scheduler/patience.py): the platform's answer is all that tells
whether a post is out, and some platforms cannot be asked twice.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import sealing
from accounts.channels import keep_quiet, need_attention
from accounts.models import Channel
from gate import blobs
from gate.content import ChannelContent
from gate.door import require_approval
from gate.errors import NotApproved, WrongState
from gate.models import Submission
from platforms.base import Credentials, Published, PublishError, PublishRequest
from scheduler import asking, journal, look_first, outcomes, pace, patience, pauses, progress, retries
from scheduler.models import Attempt, Delivery, Post

logger = logging.getLogger(__name__)
State = Delivery.State
LEASE = timedelta(minutes=5)
RELEASED_SECONDS, RELEASED_MOST_SECONDS = 5, 30
"""Between claims that were given back unsent: short against the shortest window, and growing."""
FIRST_LOOK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours until the lease ends."""

    delivery: Delivery
    attempt: Attempt
    token: str
    until: datetime

    def keep_trying(self, work: Callable[[], None]) -> None:
        """Does what must be written down, for as long as the lease lets nobody else do it."""
        patience.until(self.until, work)


class Released(Exception):
    """Nothing was sent and nothing will be by this attempt; `reason` says why. `hold`: the post's people must hear.
    `until`: the whole channel waits so long."""

    def __init__(self, reason: str, *, hold: bool = False, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hold = hold
        self.until = until


def send(delivery_id: int) -> None:
    """Tries to send; returns quietly where somebody else has it or it is not its time."""
    claim = _claim_in_turn(delivery_id)
    if claim is None:
        return
    try:
        channel = channel_content(claim.delivery)
        request = replace(build_request(claim.delivery, channel), still_ours=lambda: _is_ours(claim))
        credentials = claim.delivery.channel.credentials()
        _start(claim, channel, request)
    except Released as stop:
        claim.keep_trying(partial(_release, claim, stop.reason, hold=stop.hold, until=stop.until))
    except (blobs.BlobBroken, sealing.SealBroken, ValueError) as error:
        claim.keep_trying(partial(_release, claim, str(error), hold=True))
    except patience.AWAY:
        logger.exception("Delivery %s: the database went away before anything was sent", delivery_id)
        claim.keep_trying(partial(_undo_start, claim))
    else:
        claim.keep_trying(_publish(claim, request, credentials))


def _publish(claim: Claim, request: PublishRequest, credentials: Credentials) -> Callable[[], None]:
    """Calls the platform; what is to be written down of it."""
    adapter = claim.delivery.channel.adapter
    try:
        published = look_first.already_out(claim.delivery, request, credentials)
        if published is None:
            _looked(claim)
            published = adapter.publish(request, credentials)
    except PublishError as error:
        return partial(_record_error, claim, error)
    except Exception:
        logger.exception("Delivery %s: the adapter broke while sending", claim.delivery.pk)
        broken = PublishError("The adapter broke while sending.", maybe_sent=True)
        return partial(_record_error, claim, broken)
    return partial(_record_sent, claim, published)


def _claim_in_turn(delivery_id: int) -> Claim | None:
    """The delivery, or the older one that goes before it; the dispatcher then nudges this one again."""
    try:
        return _claimed(delivery_id)
    except pace.NotItsTurn as turn:
        if turn.first is None:
            return None
        first = turn.first
    Delivery.objects.filter(pk=delivery_id).update(nudged_at=None)
    with suppress(pace.NotItsTurn):
        return _claimed(first)
    return None


def _claimed(delivery_id: int) -> Claim | None:
    """A claim, or None. Where the database goes away meanwhile, a claim that it kept is given back."""
    token, now = secrets.token_hex(16), timezone.now()
    try:
        return _claim(delivery_id, token)
    except patience.AWAY:
        logger.exception("Delivery %s: the database went away while it was claimed", delivery_id)
        patience.until(now + LEASE, partial(_give_back, delivery_id, token, now))
        return None


@transaction.atomic
def _claim(delivery_id: int, token: str = "") -> Claim | None:
    """tx1: a conditional UPDATE; whoever changes the row has it. Raises pace.NotItsTurn, which takes it back."""
    now = timezone.now()
    token = token or secrets.token_hex(16)
    claimed = (
        Delivery.objects.filter(pk=delivery_id, state=State.WAITING, lease_token="", due_at__lte=now)
        .filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=now))
        .update(lease_token=token, lease_until=now + LEASE)
    )
    if not claimed:
        return None
    delivery = Delivery.objects.select_related("team", "channel", "channel__team", "submission", "post").get(
        pk=delivery_id
    )
    pace.require_turn(delivery, now)
    before = Q(
        state=Attempt.State.FAILED, finished_at__lt=delivery.due_at
    )  # not received, at an earlier time
    asked = delivery.attempts.filter(sending_at__isnull=False).exclude(before)
    if delivery.record_time is None or not asked.exists():
        Delivery.objects.filter(pk=delivery_id).update(record_time=now)
        delivery.record_time = now
    attempt = Attempt.objects.create(
        delivery=delivery,
        number=delivery.attempts.count() + 1,
        token=token,
        digest=delivery.submission.digest,
    )
    return Claim(delivery, attempt, token, now + LEASE)


def _is_ours(claim: Claim) -> bool:
    """Asked by adapters before each creating call: the lease still holds. A database that is away is waited for,
    because to create nothing is safe, and to break off would leave a post unknown that was never asked for."""
    mine = Delivery.objects.filter(pk=claim.delivery.pk, state=State.SENDING, lease_token=claim.token)
    return patience.until(claim.until, lambda: mine.filter(lease_until__gt=timezone.now()).exists())


def _looked(claim: Claim) -> None:
    """The platform does not have it yet. Gone before it is asked to create: from here on a look must not conclude
    from an empty answer that nothing is on its way."""
    if claim.delivery.look_since is not None:
        mine = Delivery.objects.filter(pk=claim.delivery.pk, state=State.SENDING, lease_token=claim.token)
        patience.until(claim.until, lambda: mine.update(look_since=None))


def channel_content(delivery: Delivery) -> ChannelContent:
    """The frozen content of this delivery's channel. Raises Released if the channel is not the one that was signed."""
    frozen = delivery.submission.frozen.channels[delivery.position]
    channel = delivery.channel
    signed = (frozen.platform, frozen.account_id, frozen.instance)
    if signed != (channel.platform, channel.account_id, channel.instance):
        raise Released("The channel is not the account that the post was approved for.", hold=True)
    return frozen


def build_request(delivery: Delivery, channel: ChannelContent) -> PublishRequest:
    """The same request every time: keys, time, parts and bytes are all stored. Raises blobs.BlobBroken. (A restored
    delivery that nobody has claimed yet is only read: with the time that it is looked for from.)"""
    created_at = delivery.record_time or delivery.look_since
    assert created_at is not None
    wanted = {m.sha256 for part in channel.parts for m in part.media}
    return PublishRequest(
        key=delivery.key,
        record_keys=tuple(delivery.record_keys),
        created_at=created_at,
        parts=channel.parts,
        options=channel.options,
        media={sha256: blobs.read(delivery.team_id, sha256) for sha256 in sorted(wanted)},
    )


@transaction.atomic
def _start(claim: Claim, channel: ChannelContent, request: PublishRequest) -> None:
    """tx2: the gate is asked and "sending" is written, both or neither. Raises Released."""
    now = timezone.now()
    delivery = claim.delivery
    post = progress.locked_post(delivery.post_id)
    Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.submission_id)
    _require_time_and_channel(delivery, now)
    try:
        require_approval(
            team_id=delivery.team_id,
            submission_id=delivery.submission_id,
            channel=channel,
            media=request.media,
            at=now,
        )
    except NotApproved as refusal:
        raise Released(refusal.message, hold=True) from refusal
    mine = Delivery.objects.filter(
        pk=delivery.pk,
        state=State.WAITING,
        lease_token=claim.token,
        lease_until__gt=now,
        due_at__lte=now,
        post__submission_id=delivery.submission_id,
    )
    if not mine.update(state=State.SENDING, reason=""):
        raise Released("The claim was lost before sending.")
    _require_pace(delivery, now)
    Attempt.objects.filter(pk=claim.attempt.pk).update(state=Attempt.State.SENDING, sending_at=now)
    try:
        progress.start_publishing(post)
    except WrongState as refusal:
        raise Released(refusal.message) from refusal
    journal.delivery_entry(delivery, "delivery.sending", data={"attempt": claim.attempt.number})
    _require_no_pause(delivery)


def _require_no_pause(delivery: Delivery) -> None:
    """Asked once the log is ours: whoever pauses has written there before us, and we see it, or writes after us, and
    this one was on its way."""
    if (pause := pauses.standing(delivery.team_id)) is not None:
        raise Released(f"Sending is paused: {pause.reason}")


def _require_time_and_channel(delivery: Delivery, now: datetime) -> None:
    if delivery.is_late(now):
        raise Released("Its time window is over.")
    health, quiet = Channel.objects.values_list("health", "quiet_until").get(pk=delivery.channel_id)
    if quiet is not None and quiet > now:
        raise Released(f"{delivery.channel} was asked to wait.", until=quiet)
    if health != Channel.Health.CONNECTED:
        raise Released(f"{delivery.channel} needs attention. An admin has to connect it again.", hold=True)


def _require_pace(delivery: Delivery, now: datetime) -> None:
    """Called with the delivery locked; locks its channel where a pace counts."""
    if (until := pace.free_at(delivery, now)) is not None:
        words = f"{delivery.channel} has published as much as its platform allows for now."
        raise Released(words, until=until)


@transaction.atomic
def _release(claim: Claim, reason: str, *, hold: bool, until: datetime | None = None) -> None:
    """Gives the claim back; nothing was sent. `until`: nothing of its channel is sent before that."""
    now = timezone.now()
    progress.locked_post(claim.delivery.post_id)
    pause = min(RELEASED_SECONDS * 2 ** min(claim.attempt.number - 1, 10), RELEASED_MOST_SECONDS)
    Delivery.objects.filter(pk=claim.delivery.pk, lease_token=claim.token, state=State.WAITING).update(
        lease_token="",
        lease_until=None,
        reason=reason[:500],
        next_try_at=until or now + timedelta(seconds=pause),
    )
    Attempt.objects.filter(pk=claim.attempt.pk, state=Attempt.State.CLAIMED).update(
        state=Attempt.State.RELEASED, finished_at=now, message=reason[:500]
    )
    if until is not None:
        keep_quiet(channel=claim.delivery.channel, until=until)
    if hold:
        progress.hold(post_id=claim.delivery.post_id, reason=reason)


@transaction.atomic
def _undo_start(claim: Claim) -> None:
    """The database went away around tx2, and may have kept it or not; the platform was not called in either case."""
    message = "The database did not answer in time, so nothing was sent yet."
    progress.locked_post(claim.delivery.post_id)
    if Delivery.objects.filter(pk=claim.delivery.pk, state=State.SENDING, lease_token=claim.token).exists():
        _record_error(claim, PublishError(message))
    else:
        _release(claim, message, hold=False)


@transaction.atomic
def _record_sent(claim: Claim, published: Published) -> None:
    """tx3 of a good end."""
    if (ours := _finish(claim, Attempt.State.SENT, "")) is not None:
        outcomes.mark_sent(*ours, published.parts)
    else:
        _record_late_answer(claim, published)


def _record_late_answer(claim: Claim, published: Published) -> None:
    """The answer came after the lease was taken over. It is true all the same: it settles what is still unknown, and
    where it is a second post, or one that was given up, that is said instead of forgotten."""
    post = progress.locked_post(claim.delivery.post_id)
    delivery = Delivery.objects.select_for_update(of=("self",), no_key=True).get(pk=claim.delivery.pk)
    known = {part["id"] for part in delivery.remote}
    ids = [part.remote_id for part in published.parts]
    if delivery.state in (State.UNKNOWN, State.SENDING, State.WAITING):
        text = f"It is out: {post} on {delivery.channel}. The platform's answer came late."
        asking.tell_those_asked(delivery, post, text)
        outcomes.mark_sent(delivery, post, published.parts)
    elif "" not in known and not known.issuperset(ids):
        outcomes.out_after_all(delivery, post, published.parts)


@transaction.atomic
def _record_error(claim: Claim, error: PublishError) -> None:
    """tx3 of a bad end: unknown, to be tried again, or failed for good."""
    state = Attempt.State.UNKNOWN if error.maybe_sent else Attempt.State.FAILED
    ours = _finish(claim, state, error.message)
    if ours is None:
        return
    delivery, post = ours
    until = timezone.now() + retries.pause(retries.tries(delivery), error)
    if error.account_waits:
        keep_quiet(channel=delivery.channel, until=until)
    if error.needs_reconnect:
        need_attention(channel=delivery.channel, reason=error.message)
    if error.maybe_sent:
        outcomes.mark_unknown(delivery, error.message, FIRST_LOOK, out=error.sent)
    elif error.sent or (error.permanent and not error.needs_reconnect):
        outcomes.mark_failed(delivery, post, error)
    elif failure := retries.given_up(retries.tries(delivery), error):
        outcomes.mark_failed(delivery, post, failure)
    else:
        outcomes.put_off(delivery, error.message, until)
        if error.needs_reconnect:
            progress.hold_again(
                post, f"{delivery.channel} needs attention. An admin has to connect it again."
            )


def _finish(claim: Claim, state: Attempt.State, message: str) -> tuple[Delivery, Post] | None:
    """Closes the attempt if the lease is still ours, with post and delivery locked; None where a
    reconciliation has taken over meanwhile."""
    post = progress.locked_post(claim.delivery.post_id)
    delivery = (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "channel", "submission", "post")
        .filter(pk=claim.delivery.pk, state=State.SENDING, lease_token=claim.token)
        .first()
    )
    attempt = Attempt.objects.filter(pk=claim.attempt.pk)
    if delivery is None:
        logger.warning("Delivery %s: the answer came after the lease was taken over", claim.delivery.pk)
        words, open_still = "It was settled by another answer.", attempt.filter(state__in=Attempt.OPEN)
        open_still.update(state=Attempt.State.UNKNOWN, finished_at=timezone.now(), message=words)
        return None
    attempt.update(state=state, finished_at=timezone.now(), message=message[:500])
    return delivery, post


def reap(*, now: datetime) -> int:
    """Claims whose worker died before sending go back to waiting. (Those that died while sending are reconciled.)"""
    gone = list(
        Delivery.objects.filter(state=State.WAITING, lease_until__lt=now)
        .exclude(lease_token="")
        .values_list("pk", "lease_token")
    )
    for pk, token in gone:
        _give_back(pk, token, now)
    return len(gone)


@transaction.atomic
def _give_back(pk: int, token: str, now: datetime) -> None:
    if Delivery.objects.filter(pk=pk, state=State.WAITING, lease_token=token).update(
        lease_token="", lease_until=None
    ):
        Attempt.objects.filter(delivery_id=pk, token=token, state=Attempt.State.CLAIMED).update(
            state=Attempt.State.RELEASED, finished_at=now, message="The worker died before sending."
        )
