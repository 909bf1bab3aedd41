"""After a backup was restored: the rows are as old as the backup, and the platforms are not.

What was to go out since may be out. So nothing is sent until somebody has looked: sending is paused for all teams;
what was being sent or has become due is unknown, and read on its platform; whatever else may still be sent may have
been sent at another time, and is read before. scheduler/backups/ puts the rows back; this says what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Team, User
from gate.errors import WrongState
from ledger import services as ledger
from ledger.leaf import moment
from scheduler import outcomes, pauses, progress, resuming
from scheduler.models import Attempt, Beat, Delivery, Post

State = Delivery.State
NOT_SETTLED = (State.WAITING, State.UNKNOWN, State.MISSED)
"""What may be sent again later, by its time or by a person."""
NOBODY = "restore@localhost"
"""Whose act the pause is where the installation has no operator: an account that nobody can sign in with."""
AT_ONCE = timedelta(seconds=1)
REASON = "It may have been sent after the backup that was restored."


@dataclass(frozen=True, slots=True)
class Restored:
    """What is to be looked up now, and what before it is sent."""

    unknown: int
    later: int


@transaction.atomic
def settle(*, backup_at: datetime, size: int, root: str, by: User) -> Restored:
    """Everything that must hold before anything may run on restored rows, in one transaction. `size` and `root` are
    those of the log in the backup. Raises WrongState if something changes these rows meanwhile."""
    now = timezone.now()
    deliveries = _locked(_may_be_out(now))
    for delivery in deliveries:
        _look_first(delivery, backup_at)
    later = Delivery.objects.filter(state=State.WAITING).count()
    Delivery.objects.filter(state__in=NOT_SETTLED).update(look_since=backup_at)
    Beat.objects.all().delete()
    _pause(by, backup_at)
    outcome = Restored(len(deliveries), later)
    for team_id in [None, *Team.objects.order_by("pk").values_list("pk", flat=True)]:
        _entry(team_id, by, backup_at, size, root, outcome)
    return outcome


def operator(email: str = "") -> User:
    """Who restores: the operator of this address, the first of the installation, or nobody in particular. Raises
    User.DoesNotExist for an address that is no operator's."""
    operators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    if email:
        return operators.get(email=email.strip().lower())
    return operators.first() or _nobody()


def _nobody() -> User:
    known = User.objects.filter(email=NOBODY).first()
    return known or User.objects.create_superuser(NOBODY, name="Restore of a backup", is_active=False)


def _may_be_out(now: datetime) -> Q:
    """In review at the time of the backup counts too: it may have been approved since."""
    return Q(state=State.SENDING) | Q(state=State.WAITING) & (Q(due_at__lte=now) | ~Q(lease_token=""))


def _locked(which: Q) -> list[Delivery]:
    """The deliveries, with their posts locked before them; each by number."""
    found = Delivery.objects.filter(which)
    posts = Post.objects.select_for_update(of=("self",), no_key=True)
    list(posts.filter(pk__in=found.values("post_id")).order_by("pk").values_list("pk"))
    rows = found.select_for_update(of=("self",), no_key=True).order_by("pk")
    return list(rows.select_related("team", "channel", "submission", "post"))


def _look_first(delivery: Delivery, backup_at: datetime) -> None:
    """Unknown, to be read back as far as the backup. Its post can no longer be edited, as of any that may be out."""
    changed = Delivery.objects.filter(
        pk=delivery.pk, state=delivery.state, lease_token=delivery.lease_token
    ).update(
        state=State.UNKNOWN,
        lease_token="",
        lease_until=None,
        looks=0,
        nudged_at=None,
        record_time=Coalesce("record_time", backup_at),
    )
    if not changed:
        raise WrongState("Something works with the restored rows already. Stop everything, and begin again.")
    Attempt.objects.filter(delivery=delivery, state__in=Attempt.OPEN).update(
        state=Attempt.State.UNKNOWN, finished_at=timezone.now(), message=REASON
    )
    post = progress.locked_post(delivery.post_id)
    if post.state in Post.WAITING:
        progress.start_publishing(post)
    outcomes.mark_unknown(delivery, REASON, AT_ONCE)


def _pause(by: User, backup_at: datetime) -> None:
    """A pause of all teams that stood in the backup ends for this one, which says what is to be done."""
    if pauses.stopped_teams()[0]:
        resuming.resume(
            by=by, then=resuming.Then.SEND
        )  # nothing is sent: the next pause begins in this transaction
    reason = (
        f"Restored from a backup of {backup_at:%d %b %Y, %H:%M} UTC. What was sent since is looked up; "
        "look at the accounts, then resume."
    )
    pauses.pause(by=by, reason=reason)


def _entry(
    team_id: int | None, by: User, backup_at: datetime, size: int, root: str, outcome: Restored
) -> None:
    """One for the installation and one for each team: its auditors read their own log."""
    ledger.append(
        kind="installation.restored",
        team_id=team_id,
        actor_id=by.pk,
        subject="installation",
        data={
            "backup_at": moment(backup_at),
            "size": size,
            "root": root,
            "unknown": outcome.unknown,
            "later": outcome.later,
        },
        personal={"actor": str(by), "title": "Restored from a backup"},
    )
