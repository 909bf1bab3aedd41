"""One process at a time renews a channel's sign-in.

A refresh token is often good for one use, and a server that sees it twice may end the whole sign-in (RFC 9700,
4.14.2). So whoever finds a sign-in expired takes a lease in the channel's row and reads the secrets again inside it:
somebody may have renewed meanwhile. No transaction stays open while the platform is asked, and a holder that dies is
overtaken when its lease ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from accounts import sealing
from platforms.base import Exchange, Platform, PublishError, Renews, Secrets, Term, exchanged

if TYPE_CHECKING:
    from accounts.models import Channel

LEASE = timedelta(minutes=3)
"""Longer than one call can take (platforms/guard.py: 20 s for the connection and 120 s for the answer)."""
WAIT_SECONDS = 30.0
"""How long a call waits for somebody else's renewal before it gives up, unsent."""
LOOK_SECONDS = 0.1
PAUSES_OF_THE_DATABASE = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_AWAY = (OperationalError, InterfaceError)
SHARE_OF_TERM = 0.8
SOONEST = timedelta(minutes=1)


def renewed(channel: Channel, known: Secrets, exchange: Exchange) -> Secrets:
    """The secrets to go on with in place of `known`: those that somebody else got meanwhile, or what the exchange
    brings, which is stored. Raises PublishError; what is stored is then as it was."""
    give_up = time.monotonic() + WAIT_SECONDS
    try:
        while (secrets := _try(channel, known, exchange)) is None:
            if time.monotonic() > give_up:
                raise PublishError("The sign-in is being renewed by another process, which takes long.")
            time.sleep(LOOK_SECONDS)
    except _AWAY as error:
        if connection.in_atomic_block:
            raise
        connection.close()
        raise PublishError("The database was away while the sign-in was to be renewed.") from error
    return secrets


def _try(channel: Channel, known: Secrets, exchange: Exchange) -> Secrets | None:
    """As renewed; None while somebody else is at it."""
    with _lease(channel) as ours:
        stored = _sealed(channel)
        current = _opened(stored)
        if current != known:
            return current
        return _exchange(channel, stored, current, exchange) if ours else None


def due(term: Term) -> datetime:
    """A fifth of its term before a sign-in ends, by the clock that the term goes by."""
    return term.begins + (term.ends - term.begins) * SHARE_OF_TERM


def renew_at(platform: Platform, secrets: Secrets, now: datetime) -> datetime | None:
    """When to renew secrets that were got now, by our own clock. None where they do not end or do not say."""
    term = platform.sign_in_term(secrets) if isinstance(platform, Renews) else None
    if term is None or term.ends <= term.begins:
        return None
    return now + max(due(term) - term.begins, SOONEST)


@contextmanager
def _lease(channel: Channel) -> Iterator[bool]:
    """Whether it is ours. A lease that ran out is anybody's."""
    now = timezone.now()
    mine = now + LEASE
    row = _rows(channel)
    free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=now)
    ours = bool(row.filter(free).update(renewing_until=mine))
    try:
        yield ours
    finally:
        if ours:
            row.filter(renewing_until=mine).update(renewing_until=None)


def _exchange(channel: Channel, stored: bytes, current: Secrets, exchange: Exchange) -> Secrets:
    try:
        new = exchanged(current, exchange)
    except PublishError:
        if (meanwhile := _sealed(channel)) in (stored, b""):
            raise
        return _opened(meanwhile)  # Connected anew: what was refused is no longer what there is.
    return new if _keep_surely(channel, stored, new) else _opened(_sealed(channel))


def _keep_surely(channel: Channel, stored: bytes, new: Secrets) -> bool:
    """What was renewed with may be used up, so a database that is away for a moment is waited for."""
    for seconds in PAUSES_OF_THE_DATABASE:
        try:
            return _keep(channel, stored, new)
        except _AWAY:
            if connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(seconds)
    return _keep(channel, stored, new)


def _keep(channel: Channel, stored: bytes, new: Secrets) -> bool:
    """Puts the new secrets where the old ones still are: an account that was connected anew or disconnected meanwhile
    keeps what it has."""
    now = timezone.now()
    healthy = When(health=channel.Health.CONNECTED, then=Value(""))
    return bool(
        _rows(channel)
        .filter(sealed=stored)
        .exclude(health=channel.Health.DISCONNECTED)
        .update(
            sealed=sealing.seal(new),
            renew_at=renew_at(channel.adapter, new, now),
            health_reason=Case(healthy, default=F("health_reason")),
            checked_at=now,
        )
    )


def _opened(sealed: bytes) -> Secrets:
    if not sealed:
        raise PublishError("The channel was disconnected.", permanent=True, needs_reconnect=True)
    try:
        return sealing.unseal(sealed)
    except sealing.SealBroken as error:
        raise PublishError(str(error), permanent=True, needs_reconnect=True) from None


def _sealed(channel: Channel) -> bytes:
    return bytes(_rows(channel).values_list("sealed", flat=True).get())


def _rows(channel: Channel) -> QuerySet[Channel]:
    return type(channel).objects.filter(pk=channel.pk)
