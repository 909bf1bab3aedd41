"""What became of a send whose outcome nobody saw: the platform is read, with growing pauses, and a person decides
where it can't tell (scheduler/settle.py). Nothing is ever sent again on a guess."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.channels import keep_quiet, need_attention
from platforms.base import Published, PublishedPart, PublishError
from scheduler import asking, journal, look_first, outcomes, progress, retries, sender
from scheduler.models import Attempt, Delivery, Post

logger = logging.getLogger(__name__)
State = Delivery.State
LOOKS_BEFORE_GONE = 2
"""A platform's list may lag behind, so that one look that finds nothing proves nothing."""
LOOKS_MOST = 8
LONGEST_PAUSE = timedelta(minutes=10)


def due(now: datetime) -> Q:
    """Deliveries to look up: unknown ones whose pause is over, and those whose worker died while sending."""
    return Q(state=State.UNKNOWN, next_try_at__lte=now) | Q(state=State.SENDING, lease_until__lt=now)


def look(delivery_id: int) -> None:
    """Reads the platform for one delivery; returns quietly where somebody else does or it is settled."""
    token = _take(delivery_id)
    if token is None:
        return
    delivery = Delivery.objects.select_related("team", "channel", "channel__team", "submission", "post").get(
        pk=delivery_id
    )
    try:
        request = sender.build_request(delivery, sender.channel_content(delivery))
        request = look_first.to_read(delivery, request)
        found = delivery.channel.adapter.find(request, delivery.channel.credentials())
        _clear(delivery, token, found)
    except PublishError as error:
        if error.account_waits:
            keep_quiet(channel=delivery.channel, until=timezone.now() + retries.pause(delivery.looks, error))
        if error.needs_reconnect:
            need_attention(channel=delivery.channel, reason=error.message)
        _not_clear(delivery, token, error.message, error.sent)
    except Exception as error:
        logger.exception("Delivery %s could not be looked up", delivery_id)
        _not_clear(delivery, token, f"It could not be looked up ({type(error).__name__}).")


@transaction.atomic
def _take(delivery_id: int) -> str | None:
    now = timezone.now()
    token = secrets.token_hex(16)
    taken = Delivery.objects.filter(due(now), pk=delivery_id).update(
        state=State.SENDING, lease_token=token, lease_until=now + sender.LEASE, looks=F("looks") + 1
    )
    if not taken:
        return None
    Attempt.objects.filter(delivery_id=delivery_id, state__in=Attempt.OPEN).update(
        state=Attempt.State.UNKNOWN, finished_at=now, message="The worker died while sending."
    )
    return token


@transaction.atomic
def _clear(delivery: Delivery, token: str, found: Published | None) -> None:
    ours = _ours(delivery, token)
    if ours is None:
        return
    locked, post = ours
    if found is not None and look_first.is_another(locked, found):
        outcomes.mark_unknown(locked, look_first.ANOTHER, None)
        asking.ask(locked, post)
    elif found is not None:
        if locked.left_at is not None:
            text = f"It is out: {post} on {locked.channel}. The platform shows it now."
            asking.tell_those_asked(locked, post, text)
        outcomes.mark_sent(locked, post, found.parts)
    elif not (locked.channel.adapter.resend_is_safe or look_first.nothing_is_under_way(locked)):
        _look_later(locked, post, "The platform does not show it, and may show it later.")
    elif locked.looks < LOOKS_BEFORE_GONE:
        message = "The platform does not show it yet. We look again before we conclude."
        outcomes.mark_unknown(locked, message, _pause(locked))
    elif locked.left_at is not None:
        _look_later(locked, post, "The platform does not show it, and somebody wanted it left as it is.")
    else:
        _send_again(locked)


def _send_again(delivery: Delivery) -> None:
    """The platform answered, twice, that there is no such post, and the same request can make only one, or none is
    on its way: it is sent again, with the same keys, if its time is not over. Never where a person wanted it left."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING,
        lease_token="",
        lease_until=None,
        next_try_at=None,
        nudged_at=None,
        looks=0,
        reason="The platform has no such post, so the same one is sent again.",
    )
    journal.delivery_entry(
        delivery, "delivery.not_received", outcome="delayed", data={"looks": delivery.looks}
    )


@transaction.atomic
def _not_clear(delivery: Delivery, token: str, message: str, out: tuple[PublishedPart, ...] = ()) -> None:
    ours = _ours(delivery, token)
    if ours is None:
        return
    locked, post = ours
    _look_later(locked, post, message, out)


def _look_later(delivery: Delivery, post: Post, message: str, out: tuple[PublishedPart, ...] = ()) -> None:
    """Unknown still: the next look comes after a longer pause, and after the last one a person decides."""
    if delivery.looks < LOOKS_MOST:
        outcomes.mark_unknown(delivery, message, _pause(delivery), out=out)
        return
    words = f"It may have been published. Look at the account and say what you see. {message}"
    outcomes.mark_unknown(delivery, words, None, out=out)
    asking.ask(delivery, post)


def _pause(delivery: Delivery) -> timedelta:
    return min(timedelta(seconds=10 * 2**delivery.looks), LONGEST_PAUSE)


def _ours(delivery: Delivery, token: str) -> tuple[Delivery, Post] | None:
    post = progress.locked_post(delivery.post_id)
    locked = (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "channel", "submission", "post")
        .filter(pk=delivery.pk, state=State.SENDING, lease_token=token)
        .first()
    )
    return (locked, post) if locked else None
