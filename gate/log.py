"""The gate's entries in the publish log: numbers and digests in the leaf, names and words erasable beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import Team, User
from gate.models import Submission
from ledger import services as ledger
from platforms.base import account_tag


def entry(
    submission: Submission,
    kind: str,
    actor: User | None,
    *,
    outcome: str = "",
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    responsible: User | None = None,
) -> None:
    """One entry about a submission, in the caller's transaction. `responsible`: who answers for it as its editor."""
    ledger.append(
        kind=kind,
        team_id=submission.team_id,
        actor_id=actor.pk if actor else None,
        subject=f"submission:{submission.pk}",
        outcome=outcome,
        data={
            "submission": submission.pk,
            "number": submission.number,
            "digest": submission.digest,
            "origin": submission.origin,
            **({"responsible": responsible.pk} if responsible else {}),
            **(data or {}),
        },
        personal={
            "title": submission.title,
            **({"responsible": str(responsible)} if responsible else {}),
            **({"actor": str(actor)} if actor else {}),
            **{name: text for name, text in (personal or {}).items() if text},
        },
        tags={
            "origin": [submission.origin],
            "person": _people(submission, actor, responsible),
            "channel": _channels(submission),
        },
    )


def _people(submission: Submission, *others: User | None) -> list[int]:
    return sorted({submission.author_id, *(user.pk for user in others if user)})


def _channels(submission: Submission) -> list[str]:
    return [account_tag(c.platform, c.account_id, c.instance) for c in submission.frozen.channels]


def utc(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def clock(at: datetime | None, team: Team) -> str:
    """A time as the team reads clocks."""
    return f"{at.astimezone(team.tz):%d %b %H:%M} ({team.zone})" if at else "a moment ago"
