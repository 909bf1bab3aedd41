"""How a submission changes its state: locked, by one conditional UPDATE whose row count is counted.

gate/services.py, gate/decisions.py, gate/overrides.py, gate/lapsing.py and gate/retiming.py are the only callers.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from accounts.models import Membership, Role
from gate import log
from gate.errors import NotAllowed, WrongState
from gate.models import Decision, Submission


def locked(submission_id: int) -> Submission:
    return (
        Submission.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "author")
        .get(pk=submission_id)
    )


def move(submission: Submission, *, to: Submission.State, frm: Iterable[str], **values: object) -> None:
    """The one conditional UPDATE behind every change of state."""
    changed = Submission.objects.filter(
        pk=submission.pk, state__in=list(frm), version=submission.version
    ).update(state=to, version=F("version") + 1, **values)
    if not changed:
        submission.refresh_from_db()
        raise WrongState(who_decided(submission))
    submission.refresh_from_db()


def who_decided(submission: Submission) -> str:
    decision = submission.decisions.select_related("reviewer").last()
    if decision is None:
        return f"This version is {submission.get_state_display().lower()} now. Reload to see it as it stands."
    when = log.clock(decision.at, submission.team)
    if decision.kind == Decision.Kind.FIRST and submission.state == Submission.State.IN_REVIEW:
        first = f"{decision.reviewer} gave the first of two approvals at {when}."
        return f"{first} Yours was not recorded: look again, and decide."
    done = f"{decision.get_kind_display()} by {decision.reviewer} at {when}."
    return f"{done} Your answer was not needed and not recorded."


def require_reviewer(submission: Submission, member: Membership) -> None:
    if member.team_id != submission.team_id or not member.still_holds(Role.REVIEWER):
        raise NotAllowed("Only a reviewer of this team can do that.")
