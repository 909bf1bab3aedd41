"""How fast a channel publishes, and who goes first.

Two things make a channel quiet for a while (`Channel.quiet_until`): its platform asked the account to wait (429), or
what the platform allows in a span of time is used up (`Limits.paces`). Then nothing of that channel is nudged, claimed
or sent, and other channels go on. The pace is counted from our own attempts, with the channel locked in the
transaction that says "sending": workers count one after another and cannot exceed it together. Platforms without a
pace take no lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Func, IntegerField, Q, QuerySet, Sum
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import Channel
from gate.models import Submission
from platforms.base import Pace
from scheduler.models import Attempt, Delivery

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead another machine's clock may be. What lies further in the future is from before a clock was set back."""


KEYS = "delivery__record_keys"


class NotItsTurn(Exception):
    """The claim is taken back without a trace. `first`: the delivery of the same channel that goes before it."""

    def __init__(self, first: int | None = None) -> None:
        super().__init__(first)
        self.first = first


class _Parts(Func):
    """How many posts a delivery makes: a thread has one record key for each."""

    function = "json_array_length"
    output_field = IntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_array_length", **context)


def due(now: datetime) -> Q:
    """Deliveries that may be claimed, as far as their own rows say."""
    return Q(state=Delivery.State.WAITING, lease_token="", due_at__lte=now) & (
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now)
    )


def require_turn(delivery: Delivery, now: datetime) -> None:
    """Called with the delivery claimed. Raises NotItsTurn while the channel is quiet; and where its pace has too few
    places left for the older ones that wait and for this one: then the oldest goes first, whichever a worker was
    nudged for."""
    channel = delivery.channel
    if channel.quiet_until is not None and channel.quiet_until > now:
        raise NotItsTurn
    paces = channel.effective_limits.paces
    if not paces:
        return
    before = Q(due_at__lt=delivery.due_at) | Q(due_at=delivery.due_at, pk__lt=delivery.pk)
    older = Delivery.objects.filter(
        before,
        due(now),
        channel=channel,
        due_at__gte=now - delivery.team.lateness,
        submission__state=Submission.State.APPROVED,
    )
    wanted = older.aggregate(parts=Sum(_Parts("record_keys")))["parts"]
    if not wanted:
        return
    wanted += len(delivery.record_keys)
    if any(wanted > pace.posts - used for pace, used in _used(delivery, paces, now)):
        raise NotItsTurn(older.order_by("due_at", "pk").values_list("pk", flat=True).first())


def free_at(delivery: Delivery, now: datetime) -> datetime | None:
    """When the channel's pace lets this delivery go; None for now. Called with the delivery locked; locks the channel,
    until the caller's transaction has written that this one is sending, or ends."""
    paces = delivery.channel.effective_limits.paces
    if not paces:
        return None
    locked = Channel.objects.select_for_update(no_key=True).values_list("quiet_until", flat=True)
    quiet = locked.get(pk=delivery.channel_id)
    times = [_free_at(delivery, pace, used, now) for pace, used in _used(delivery, paces, now)]
    return max((at for at in (quiet, *times) if at is not None and at > now), default=None)


def _free_at(delivery: Delivery, pace: Pace, used: int, now: datetime) -> datetime | None:
    """When enough of what was sent is as old as the pace's span."""
    room = pace.posts - len(delivery.record_keys)
    if used == 0 or used <= room:  # used == 0: a thread that is longer than the pace goes alone
        return None
    rows = _sent(delivery, pace, now).order_by("sending_at").values_list("sending_at", _Parts(KEYS))
    for at, parts in rows:
        used -= parts
        if used <= max(room, 0):
            return at + timedelta(seconds=pace.seconds) if at else None
    return None


def _used(delivery: Delivery, paces: tuple[Pace, ...], now: datetime) -> list[tuple[Pace, int]]:
    """Each pace with how much of it is used, by one query over the longest."""
    sums = {
        f"n{number}": Sum(_Parts(KEYS), filter=Q(sending_at__gt=now - timedelta(seconds=pace.seconds)))
        for number, pace in enumerate(paces)
    }
    found = _sent(delivery, max(paces, key=lambda pace: pace.seconds), now).aggregate(**sums)
    return [(pace, found[f"n{number}"] or 0) for number, pace in enumerate(paces)]


def _sent(delivery: Delivery, pace: Pace, now: datetime) -> QuerySet[Attempt]:
    """What the channel has sent within the pace's span. What certainly failed is not counted: a server that was away
    must not cost the posts that wait for it their places."""
    return Attempt.objects.filter(
        delivery__channel_id=delivery.channel_id,
        sending_at__gt=now - timedelta(seconds=pace.seconds),
        sending_at__lte=now + CLOCKS_DIFFER,
        state__in=(Attempt.State.SENDING, Attempt.State.SENT, Attempt.State.UNKNOWN),
    )


@dataclass(frozen=True, slots=True)
class NextTry:
    """When a due delivery that has to wait is tried next, and why only then. `too_late`: its window ends before."""

    at: datetime
    why: str
    too_late: bool


def next_try(delivery: Delivery, now: datetime) -> NextTry | None:
    """None where nothing but its own time is waited for. One query where its channel is quiet."""
    channel = delivery.channel
    times = [
        at for at in (delivery.next_try_at, channel.quiet_until) if at and at > max(now, delivery.due_at)
    ]
    if delivery.state != Delivery.State.WAITING or not times:
        return None
    at = max(times)
    why = why_quiet(channel) if at == channel.quiet_until and at != delivery.next_try_at else delivery.reason
    return NextTry(at, why, delivery.is_late(at))


def held_back(delivery: Delivery) -> bool:
    """Whether its channel was quiet after its time."""
    return delivery.channel.quiet_until is not None and delivery.channel.quiet_until > delivery.due_at


def why_quiet(channel: Channel) -> str:
    """In words, what made the channel quiet: the delivery that met the limit says it while it waits."""
    met = Delivery.objects.filter(channel=channel, next_try_at=channel.quiet_until).exclude(reason="")
    reason = met.values_list("reason", flat=True).first()
    return reason or f"{channel.adapter.name} asked the account to wait, or its pace is used up."
