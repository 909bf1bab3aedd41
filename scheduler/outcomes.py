"""What became of a delivery, written down: sent, unknown, put off or failed for good.

Each is called in a transaction that holds post and delivery locked, and writes its log entry last. Who may say so is
the caller's matter: the sender for what a platform answered, scheduler/reconcile.py for what was found there,
scheduler/settle.py for what a person saw.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.clean import sentence
from accounts.models import User
from accounts.notices import notify, who_hears
from platforms.base import PublishedPart, PublishError
from scheduler import asking, journal, progress
from scheduler.models import Delivery, Post

State = Delivery.State


def mark_sent(
    delivery: Delivery, post: Post, parts: tuple[PublishedPart, ...], *, by: User | None = None
) -> None:
    """The post is known to be out; called with post and delivery locked."""
    now = timezone.now()
    remote = [{"id": part.remote_id, "url": part.url} for part in parts]
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.SENT,
        sent_at=now,
        remote=remote,
        lease_token="",
        lease_until=None,
        next_try_at=None,
        reason="",
    )
    progress.settle(post)
    late = round((now - delivery.due_at).total_seconds(), 3)
    journal.delivery_entry(
        delivery, "delivery.sent", actor=by, outcome="sent", data={"remote": remote, "late_s": str(late)}
    )


def mark_unknown(
    delivery: Delivery, message: str, look_in: timedelta | None, *, out: tuple[PublishedPart, ...] = ()
) -> None:
    """It may be out; `out`, the first parts of a thread, are. The platform is read before anything else happens."""
    remote = _known_out(delivery, out)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.UNKNOWN,
        remote=remote,
        lease_token="",
        lease_until=None,
        next_try_at=timezone.now() + look_in if look_in else None,
        reason=message[:500],
    )
    data = {**({"remote": remote} if remote else {}), **({"looks": delivery.looks} if delivery.looks else {})}
    journal.delivery_entry(delivery, "delivery.unknown", outcome="unknown", data=data, reason=message)


def _known_out(delivery: Delivery, parts: tuple[PublishedPart, ...]) -> list[dict[str, str]]:
    """What an earlier try or look has seen on the platform stays known."""
    now = [{"id": part.remote_id, "url": part.url} for part in parts]
    return now if len(now) >= len(delivery.remote) else delivery.remote


def out_after_all(delivery: Delivery, post: Post, parts: tuple[PublishedPart, ...]) -> None:
    """A locked delivery that was settled is out, or out twice. One that was given up keeps its state, and what is out
    is known, so that it is not given another time (scheduler/retiming.py), and its people hear."""
    ids = [part.remote_id for part in parts]
    again = "a second time" if delivery.state == State.SENT else "after all"
    text = f"{post} went out on {delivery.channel} {again} ({', '.join(ids)}). Look at the account."
    notify(team=post.team, users=asking.concerned(delivery, post), text=text, url=asking.url(delivery, post))
    rows = Delivery.objects.filter(pk=delivery.pk).exclude(state=State.SENT)
    rows.update(remote=_known_out(delivery, parts))
    journal.delivery_entry(delivery, "delivery.sent_late", outcome="sent", data={"remote": ids})


def put_off(delivery: Delivery, message: str, until: datetime) -> None:
    """Provably not received: it is tried again."""
    seconds = (until - timezone.now()).total_seconds()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING, lease_token="", lease_until=None, next_try_at=until, reason=message[:500]
    )
    journal.delivery_entry(
        delivery, "delivery.delayed", outcome="delayed", data={"in_s": round(seconds)}, reason=message
    )


def mark_failed(delivery: Delivery, post: Post, error: PublishError, *, by: User | None = None) -> None:
    """It is certainly not out (or only the first parts of a thread are), and the same again cannot help."""
    total = len(delivery.record_keys)
    out = _known_out(delivery, error.sent)
    message = f"{len(out)} of {total} parts are out. {error.message}" if out and not by else error.message
    Delivery.objects.filter(pk=delivery.pk).update(
        state=State.FAILED,
        remote=out,
        lease_token="",
        lease_until=None,
        next_try_at=None,
        reason=message[:500],
    )
    progress.settle(post)
    if by is None:  # else whoever says so tells (scheduler/settle.py)
        notify(
            team=post.team,
            users=who_hears(post.team, post.author),
            text=f"Not published on {delivery.channel}: {sentence(str(post))} {message}",
            url=f"/t/{post.team.slug}/posts/{post.pk}/",
        )
    journal.delivery_entry(
        delivery, "delivery.failed", actor=by, outcome="failed", data={"remote": out}, reason=message
    )
