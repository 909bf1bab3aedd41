"""Stopping; ending it is in scheduler/resuming.py.

The sender asks inside the transaction that says "sending", under the log's lock, which a pause takes too: nothing is
sent that stands behind the pause in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import Membership, Role, Team, User
from gate import reasons
from gate.errors import Incomplete, NotAllowed, WrongState
from ledger import services as ledger
from scheduler.models import Pause


def standing(team_id: int) -> Pause | None:
    """The pause that stops this team now, the one of all teams first."""
    return (
        Pause.objects.filter(Q(team_id=team_id) | Q(team__isnull=True), ended_at__isnull=True)
        .select_related("by")
        .order_by(F("team_id").asc(nulls_first=True))
        .first()
    )


def stopped_teams() -> tuple[bool, list[int]]:
    """Whether everything is stopped, and the teams that stopped themselves."""
    rows = list(Pause.objects.filter(ended_at__isnull=True).values_list("team_id", flat=True))
    return None in rows, [pk for pk in rows if pk is not None]


@transaction.atomic
def pause(*, by: User, reason: str, member: Membership | None = None) -> Pause:
    """Stops the member's team, or with no member everything (superusers only). Raises NotAllowed,
    Incomplete, WrongState."""
    if not reasons.is_one(reason):
        raise Incomplete("Say why you pause sending; everybody will see it. Nothing was paused yet.")
    if member is None and not by.is_superuser:
        raise NotAllowed("Only an operator of this installation can pause all teams.")
    if member is not None and not member.still_holds(Role.ADMIN, Role.REVIEWER):
        raise NotAllowed("Only an admin or a reviewer can pause sending.")
    team: Team | None = member.team if member else None
    try:
        with transaction.atomic():
            row = Pause.objects.create(team=team, reason=reason.strip()[:300], by=by)
    except IntegrityError as error:
        raise WrongState("Sending is paused already.") from error
    log(row, "sending.paused", by)
    return row


def log(row: Pause, kind: str, by: User, decided: Mapping[str, Any] | None = None) -> None:
    """One entry about a pause, last in the caller's transaction."""
    ledger.append(
        kind=kind,
        team_id=row.team_id,
        actor_id=by.pk,
        subject=f"pause:{row.pk}",
        data={"all": row.team_id is None, **(decided or {})},
        personal={
            "actor": str(by),
            "reason": row.reason,
            "title": "Sending paused" if not row.ended_at else "Sending resumed",
        },
        tags={"person": [by.pk]},
    )
