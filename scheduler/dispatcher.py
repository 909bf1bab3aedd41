"""Looks every second for what is due and nudges the workers. It decides nothing: the rows and the sender do, so that
several dispatchers may run, and a nudge that is lost or comes twice changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest

from accounts import queue, renewals
from accounts.models import Channel
from gate import lapsing, runner
from gate import services as gate
from gate.evidence import expiring
from gate.models import Decision, Submission
from ledger import handout
from scheduler import beats, missing, pace, patience, pauses, progress, reconcile, sender, set_back
from scheduler.models import Delivery, Post

logger = logging.getLogger(__name__)
State = Delivery.State
NUDGE_AGAIN = timedelta(seconds=30)
CHECKPOINT_EVERY = timedelta(minutes=1)
EVIDENCE_EVERY = timedelta(hours=6)
BATCH = 200


def tick(now: datetime) -> int:
    """One look at everything. Returns how many deliveries were nudged. What can still go out comes before what is to be
    missed, which may be much after an outage; of that no author hears a word more than that it was missed. A row that
    breaks one step keeps nothing else from being done; its error is raised after the last step."""
    inside = missing.inside(now)
    nudged: list[int] = []
    steps: tuple[Callable[[], object], ...] = (
        lambda: set_back.bring_back(now),
        lambda: sender.reap(now=now),
        lambda: _expire(now, inside),
        lambda: _lapse(now, inside),
        lambda: _hold_unapproved(now, inside),
        lambda: _hold_disconnected(now, inside),
        lambda: nudged.append(nudge_due(now)),
        lambda: missing.miss_late(now),
        lambda: _nudge_lookups(now),
        lambda: _nudge_checks(now),
        lambda: _nudge_renewals(now),
    )
    broken: Exception | None = None
    for step in steps:
        try:
            step()
        except patience.AWAY:
            raise
        except Exception as error:
            logger.exception("A step of the dispatcher broke; the others go on")
            broken = broken or error
    if broken is not None:
        raise broken
    return sum(nudged)


def next_due(now: datetime, within: timedelta) -> datetime | None:
    """When the next delivery becomes due or may be tried again, where that is soon: the dispatcher wakes for it. Reads
    the index by state and due time, and of it only what is inside a window or about to be."""
    at = Greatest(F("due_at"), Coalesce(F("next_try_at"), F("due_at")))
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lte=now + within).annotate(at=at)
    return waiting.filter(at__gt=now).order_by("at").values_list("at", flat=True).first()


def beat(now: datetime) -> None:
    """Says that this dispatcher works. The clusters say so themselves (scheduler/brokers.py)."""
    beats.beat("dispatcher")
    beats.forget_old(now)


def checkpoint() -> None:
    """Signs the log as it stands and hands the checkpoint out."""
    handout.checkpoint_and_hand_out()


def tell_of_evidence(now: datetime) -> None:
    """People hear of evidence that expires while posts that cite it are still on their way."""
    expiring.tell(now)


def nudge_due(now: datetime) -> int:
    """Asks the workers for what is due and approved, the oldest first. Those of a quiet channel wait, and are all asked
    for anew when its time is over. Returns for how many; BATCH means that there may be more."""
    everything, teams = pauses.stopped_teams()
    if everything:
        return 0
    rows = (
        Delivery.objects.filter(
            pace.due(now), missing.inside(now), submission__state=Submission.State.APPROVED
        )
        .filter(channel__health=Channel.Health.CONNECTED)
        .filter(Q(channel__quiet_until__isnull=True) | Q(channel__quiet_until__lte=now))
        .exclude(team_id__in=teams)
        .filter(
            Q(nudged_at__isnull=True)
            | Q(nudged_at__lt=now - NUDGE_AGAIN)
            | Q(nudged_at__lt=F("next_try_at"))
            | Q(nudged_at__lt=F("channel__quiet_until"))
        )
        .order_by("due_at", "pk")
    )
    return _nudge(list(rows.values_list("pk", flat=True)[:BATCH]), "scheduler.tasks.publish", now)


def _nudge_lookups(now: datetime) -> None:
    rows = Delivery.objects.filter(reconcile.due(now)).filter(
        Q(nudged_at__isnull=True) | Q(nudged_at__lt=now - NUDGE_AGAIN) | Q(nudged_at__lt=F("next_try_at"))
    )
    _nudge(list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]), "scheduler.tasks.look", now)


def _nudge(ids: list[int], task: str, now: datetime) -> int:
    """Stops where the queue does not answer: the rest is nudged when it does."""
    for done, pk in enumerate(ids):
        if not queue.hand_over(task, pk, cluster="publish", group="publish"):
            return done
        Delivery.objects.filter(pk=pk).update(nudged_at=now)
    return len(ids)


def _nudge_checks(now: datetime) -> None:
    for submission in runner.overdue(now):
        gate.nudge_checks(submission)


def _nudge_renewals(now: datetime) -> None:
    for pk in renewals.take_due(now):
        queue.hand_over("scheduler.tasks.renew", pk, cluster="publish", group="publish")


def _expire(now: datetime, inside: Q) -> None:
    rows = Post.objects.filter(inside).filter(
        state__in=Post.WAITING,
        submission__state=Submission.State.APPROVED,
        submission__approved_until__lte=now,
    )
    for pk in rows.values_list("pk", flat=True)[:BATCH]:
        progress.expire(post_id=pk, now=now)


def _lapse(now: datetime, inside: Q) -> None:
    """Approvals from before a floor of the code of conduct, and checks that worked by older settings."""
    approved = Post.objects.filter(
        inside, state__in=Post.WAITING, submission__state=Submission.State.APPROVED
    )
    rows = approved.alias(floor=lapsing.floor_of("team_id", now)).filter(
        submission__decisions__kind=Decision.Kind.APPROVE,
        submission__decisions__conduct__number__lt=F("floor"),
    )
    for pk in rows.values_list("pk", flat=True)[:BATCH]:
        progress.expire(post_id=pk, now=now)
    for pk in list(islice(lapsing.outdated(now), BATCH)):
        lapsing.examine_again(submission_id=pk, at=now)


def _hold_unapproved(now: datetime, inside: Q) -> None:
    rows = Post.objects.filter(inside, state=Post.State.SUBMITTED, due_at__lte=now).exclude(
        submission__state=Submission.State.APPROVED
    )
    for post in rows.select_related("submission")[:BATCH]:
        assert post.submission is not None
        reason = f"It is due, and the review says: {post.submission.get_state_display().lower()}."
        progress.hold(post_id=post.pk, reason=reason)


def _hold_disconnected(now: datetime, inside: Q) -> None:
    """Approved and due, but an account is not connected: its people hear while there is still time."""
    rows = Delivery.objects.filter(pace.due(now), inside, post__state=Post.State.SUBMITTED).exclude(
        channel__health=Channel.Health.CONNECTED
    )
    for delivery in rows.select_related("channel")[:BATCH]:
        reason = f"{delivery.channel} is not connected. An admin has to connect it again."
        progress.hold(post_id=delivery.post_id, reason=reason)
