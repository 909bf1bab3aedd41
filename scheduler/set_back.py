"""What was written before the machine's clock was set back.

A lease, a pause or a nudge that lies further in the future than any that is made now is from the other side of a step
of the clock. It is brought back to what it would be, so that nothing waits an hour longer than it was to. Brought
back, not ended: a worker that lives still has its lease, and two workers never hold the same one. A step forward needs
nothing: leases and pauses end early, which only means a look sooner, and what is late then is missed with words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Max, QuerySet

from accounts import renewing
from accounts.models import Channel
from gate.runner import CLOCKS_DIFFER
from scheduler import reconcile, sender
from scheduler.models import Delivery

State = Delivery.State


def bring_back(now: datetime) -> int:
    """Looks at what waits for something. Returns how many rows were changed; mostly none, and then nothing is
    written."""
    ahead = now + CLOCKS_DIFFER
    rows = Delivery.objects.all()
    leased = rows.filter(state__in=(State.WAITING, State.SENDING), lease_until__gt=ahead + sender.LEASE)
    nudged = rows.filter(state__in=(State.WAITING, State.SENDING, State.UNKNOWN), nudged_at__gt=ahead)
    looked = rows.filter(state=State.UNKNOWN, next_try_at__gt=ahead + reconcile.LONGEST_PAUSE)
    return (
        _update(leased, lease_until=now + sender.LEASE)
        + _update(nudged, nudged_at=None)
        + _update(looked, next_try_at=now + reconcile.LONGEST_PAUSE)
        + _next_tries(now)
        + _renewals(now)
    )


def _update(rows: QuerySet[Delivery], **values: Any) -> int:
    return rows.update(**values) if rows.exists() else 0


def _next_tries(now: datetime) -> int:
    """A platform may ask to wait for a day, so that the length of a pause says nothing. The attempt after which it
    was made does: it ended in the future. What was left of the pause then is waited for from now on, by the whole
    channel where the platform asked the account."""
    ahead = now + CLOCKS_DIFFER
    rows = (
        Delivery.objects.filter(state=State.WAITING, due_at__lte=now, next_try_at__gt=ahead)
        .annotate(ended=Max("attempts__finished_at"))
        .filter(ended__gt=ahead, next_try_at__gt=F("ended"))
        .values_list("pk", "channel_id", "next_try_at", "ended")
    )
    changed = 0
    for pk, channel_id, at, ended in rows:
        until = now + (at - ended)
        changed += Delivery.objects.filter(pk=pk, next_try_at=at).update(next_try_at=until)
        Channel.objects.filter(pk=channel_id, quiet_until=at).update(quiet_until=until)
    return changed


def _renewals(now: datetime) -> int:
    rows = Channel.objects.filter(renewing_until__gt=now + CLOCKS_DIFFER + renewing.LEASE)
    return rows.update(renewing_until=now + renewing.LEASE) if rows.exists() else 0
