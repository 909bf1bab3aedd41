"""What a version of the code of conduct does when it comes into force. Under a floor, approvals under older versions
lapse; the door holds such approvals by itself (gate/door.py), and this is so that people hear in time. Where settings
changed, what is still with the reviewers is examined again: nobody approves what was examined by settings that an admin
has taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from gate import log, policy, services
from gate.errors import WrongState
from gate.models import ConductVersion, Decision, Submission
from gate.transitions import locked, move

State = Submission.State
UNDER_REVIEW = (State.BLOCKED, State.IN_REVIEW)


def floor_of(team: str, at: datetime) -> Subquery:
    """In a query: the floor of the team whose id is in the column `team`."""
    return _newest(team, at, is_floor=True)


def _newest(team: str, at: datetime, **which: bool) -> Subquery:
    come = Q(effective_at__lte=at) | Q(number=1)
    versions = ConductVersion.objects.filter(come, team_id=OuterRef(team), **which)
    return Subquery(versions.order_by("-number").values("number")[:1])


@transaction.atomic
def lapse(*, submission_id: int, at: datetime) -> int | None:
    """Closes an approval that was given under an older version than the floor. Returns the floor, None where there was
    nothing to close."""
    submission = locked(submission_id)
    floor = policy.floor(submission.team_id, at)
    under = _approved_under(submission)
    if under is None or under >= floor:
        return None
    move(submission, to=State.EXPIRED, frm=(State.APPROVED,))
    log.entry(
        submission,
        "submission.expired",
        None,
        outcome="expired",
        data={"conduct": under, "floor": floor},
    )
    return floor


def why(submission: Submission, at: datetime, *, floor: int | None = None) -> str:
    """Why a standing approval does not count any more; "" where it does. `floor`: of its team at that time, where it is
    known."""
    under = _approved_under(submission)
    if under is None:
        return ""
    floor = policy.floor(submission.team_id, at) if floor is None else floor
    if under >= floor:
        return ""
    return f"Version {floor} of the code of conduct ended older approvals, and it was approved under version {under}."


def _approved_under(submission: Submission) -> int | None:
    """The version under which it is approved, None where it is not. Asks nothing where the decisions were fetched with
    it."""
    if submission.state != State.APPROVED:
        return None
    approvals = [each for each in submission.decisions.all() if each.kind == Decision.Kind.APPROVE]
    return approvals[-1].conduct.number if approvals else None


def outdated(at: datetime) -> Iterator[int]:
    """Ids of what is with the reviewers and was examined by settings that are not in force any more."""
    rows = Submission.objects.filter(state__in=UNDER_REVIEW, runs__round=F("round"))
    worked_by = Coalesce("runs__conduct__number", "conduct__number")
    older = rows.alias(newest=_newest("team_id", at)).annotate(worked_by=worked_by)
    found = older.filter(worked_by__lt=F("newest")).order_by("pk", "team_id").distinct()
    since = cache(lambda team_id: policy.examined_since(team_id, at))
    for pk, team_id, number in found.values_list("pk", "team_id", "worked_by"):
        if number < since(team_id):
            yield pk


@transaction.atomic
def examine_again(*, submission_id: int, at: datetime) -> bool:
    """A new round of checks for what `outdated` found. False where it has moved on since."""
    submission = locked(submission_id)
    if submission.state not in UNDER_REVIEW or not is_outdated(submission, at):
        return False
    services.start_round(submission, None, conduct=policy.current(submission.team, at).number)
    return True


def is_outdated(submission: Submission, at: datetime) -> bool:
    """Whether a check of the present round worked by other settings than those in force, or by a version from before
    the floor. Of a run from before versions had settings it is not known: the version that the post was handed in under
    counts."""
    runs = submission.runs.filter(round=submission.round).select_related("conduct")
    since = policy.examined_since(submission.team_id, at)
    return any((run.conduct or submission.conduct).number < since for run in runs)


def require_present(submission: Submission, at: datetime) -> None:
    """Nobody approves what was examined by settings that do not count any more. Raises WrongState."""
    if is_outdated(submission, at):
        raise WrongState(
            "The code of conduct changed, and the checks of this post have to run again by what it says now. They do "
            "so by themselves; come back to it in a moment. Nothing was decided."
        )
