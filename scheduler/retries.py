"""When a send that was provably not received is tried again, and when no more."""

from __future__ import annotations

import random
from datetime import timedelta

from platforms.base import PublishError
from scheduler.models import Attempt, Delivery

BACKOFF_SECONDS = 5
BACKOFF_MOST_SECONDS = 300
MOST_TRIES = 10
"""Then it has failed. With the pauses between them ten tries take some 20 minutes, more than the usual window of 15;
where a team's window is longer, a server that was away for so long is a matter for a person."""
JITTER_MOST_SECONDS = 10.0


def tries(delivery: Delivery) -> int:
    """How often it has failed since its time: one that was missed and given another time begins anew."""
    failed = delivery.attempts.filter(state=Attempt.State.FAILED, finished_at__gte=delivery.due_at)
    return failed.count()


def pause(tries: int, error: PublishError) -> timedelta:
    """Before the next try, after this many that failed: as long as the platform asked for, or twice as long each time.
    With jitter, so that the posts of many channels do not come back as one; never shorter than was asked for."""
    if (asked := error.retry_after) is not None:
        return timedelta(seconds=asked + random.uniform(0, min(asked / 10, JITTER_MOST_SECONDS)))  # noqa: S311
    seconds = min(BACKOFF_SECONDS * 2 ** max(tries - 1, 0), BACKOFF_MOST_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


def given_up(tries: int, error: PublishError) -> PublishError | None:
    """The failure for good that this many tries add up to; None while it is tried again. That the account has to wait,
    or to sign in, is no failure of the post's: there the window alone is the limit."""
    if tries < MOST_TRIES or error.account_waits or error.needs_reconnect:
        return None
    words = f"Given up after {tries} tries, the last one: {error.message}"
    do = "Nothing was published. When the platform answers again, edit the post and submit it again."
    return PublishError(f"{words} {do}", permanent=True)
