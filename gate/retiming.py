"""Another time for a submission: what the timing check says of it, whether its evidence holds and its words may be said
then, and what that means for review and approval (docs/decisions/0040)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from accounts.models import User
from gate import check_context, log, policy
from gate.checks import registry
from gate.checks.base import Finding as Found
from gate.checks.base import Level
from gate.checks.settings import examine
from gate.errors import WrongState
from gate.models import Finding, Submission
from gate.transitions import move

TIMING = "timing"
TIMED = {"word-list": "word-list.until", "claims": "claims.expired", "replies": "replies.late"}
"""Of other checks the one finding that depends on the time: terms that a day ends, evidence that is too old, an answer
that is late."""
WORSE_EARLIER = ("timing.embargo", "word-list.until")
WORSE_LATER = ("replies.late",)
"""Findings that say the same of many days, and weigh more the further a post is moved that way: an answer about one
time does not cover these others."""
State = Submission.State
ASKS = (Level.BLOCKS, Level.ATTEST)


def findings(submission: Submission, due_at: datetime | None) -> list[Found]:
    """What the timing check says of this time, and others of what depends on it, by the code of conduct in force.
    Raises what the checks raise."""
    conduct = policy.current(submission.team)
    settings, content = check_context.for_timing(submission, conduct, due_at), submission.frozen
    found = examine(registry.load(TIMING), content, settings)
    for check_id, code in TIMED.items():
        found += [f for f in examine(registry.load(check_id), content, settings) if f.id == code]
    return found


def new_findings(submission: Submission, due_at: datetime | None) -> list[Found]:
    """What nobody has answered or overridden: blocks and questions that the reviewed round did not have. Raises
    WrongState where the check cannot say."""
    had = _had(submission)
    try:
        found = findings(submission, due_at)
    except Exception as error:
        raise WrongState(
            "The checks of the new time could not run. The old time is kept; try again, or tell an admin."
        ) from error
    worse = _worse(submission.due_at, due_at)
    return [
        each
        for each in found
        if each.level in ASKS and ((each.id, each.message) not in had or each.id in worse)
    ]


def _worse(was: datetime | None, due_at: datetime | None) -> tuple[str, ...]:
    """Findings that weigh more at the new time than they did at the old one."""
    if was is None or due_at is None or was == due_at:
        return ()
    return WORSE_EARLIER if due_at < was else WORSE_LATER


def require_fits(submission: Submission, due_at: datetime | None) -> None:
    """An approval covers a time about which nothing new is to be answered. Raises WrongState."""
    if submission.state == State.APPROVED and (new := new_findings(submission, due_at)):
        raise WrongState(
            f"{words(new)} Nobody has answered that, so the approval does not cover the new time. The old time is "
            "kept: choose another, or edit the post and submit it again with this one."
        )


def words(found: list[Found]) -> str:
    """The messages of the findings, in one line."""
    return " ".join(each.message for each in found)[:300]


def check_again(submission: Submission, by: User | None) -> bool:
    """A locked submission that is not decided gets a new round where the timing check says something else of its
    time than it did; otherwise what was found stands. Returns whether it did."""
    if submission.state not in (State.CHECKING, State.BLOCKED, State.IN_REVIEW) or not _differs(submission):
        return False
    move(
        submission,
        to=State.CHECKING,
        frm=(State.CHECKING, State.BLOCKED, State.IN_REVIEW),
        round=F("round") + 1,
        check_tries=0,
        check_lease_until=None,
        claimed_by=None,
        claimed_until=None,
    )
    log.entry(submission, "submission.rechecked", by)
    return True


def _differs(submission: Submission) -> bool:
    """Also where nobody can say: the new round then has the check as unknown. While checks are running they may have
    asked about the old time already."""
    if submission.state == State.CHECKING:
        return True
    try:
        found = findings(submission, submission.due_at)
    except Exception:
        return True
    return {(each.id, each.message) for each in found} != _had(submission)


def _had(submission: Submission) -> set[tuple[str, str]]:
    rows = Finding.objects.filter(submission=submission, round=submission.round)
    timed = rows.filter(Q(run__check_id=TIMING) | Q(code__in=list(TIMED.values())))
    return set(timed.values_list("code", "message"))
