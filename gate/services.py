"""Every change of a submission but a reviewer's decision (gate/decisions.py).

One transaction each: check, change by a conditional UPDATE, record, log. The log entry comes last in each transaction:
it takes the log's lock, which is held until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts import queue
from accounts.models import Membership, Role, Team, User
from gate import log, policy, queries, retiming
from gate.content import Content
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import Blob, CheckRun, Comment, Editor, Submission
from gate.transitions import locked, move, require_reviewer, who_decided

State = Submission.State
CLAIM = timedelta(minutes=15)


@transaction.atomic
def submit(
    *,
    team: Team,
    author: User,
    editors: Iterable[User],
    content: Content,
    title: str,
    origin: str,
    origin_url: str,
    due_at: datetime | None,
) -> Submission:
    """Freezes `content` and hands it to the checks. An earlier open submission of the same origin must have been
    withdrawn. Raises NotAcknowledged, Incomplete, WrongState."""
    in_force = policy.require_acknowledged(team=team, user=author)
    _require_complete(team, content)
    canonical = content.canonical()
    last = Submission.objects.filter(team=team, origin=origin).aggregate(n=Max("number"))["n"] or 0
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                team=team,
                origin=origin,
                origin_url=origin_url,
                number=last + 1,
                title=title[:200] or "Untitled post",
                content=canonical,
                digest=content.digest,
                author=author,
                conduct=in_force,
                due_at=due_at,
            )
    except IntegrityError as error:
        raise WrongState(
            "This post is already with the reviewers. Reload the page to see where it stands."
        ) from error
    people = {user.pk: user for user in (author, *editors)}
    Editor.objects.bulk_create([Editor(submission=submission, user=user) for user in people.values()])
    log.entry(submission, "submission.submitted", author, data={"editors": sorted(people)})
    nudge_checks(submission)
    return submission


def _require_complete(team: Team, content: Content) -> None:
    if not content.channels:
        raise Incomplete("Choose at least one channel. Your text is kept as a draft.")
    wanted = content.media()
    known = set(Blob.objects.filter(team=team, sha256__in=wanted).values_list("sha256", flat=True))
    if missing := set(wanted) - known:
        raise Incomplete(
            f"{len(missing)} of the images cannot be found any more. Add them again; your text is kept."
        )


def nudge_checks(submission: Submission) -> None:
    """Asks the gate cluster to examine it. Losing the message loses nothing: the dispatcher asks again."""
    Submission.objects.filter(pk=submission.pk).update(nudged_at=timezone.now())
    queue.after_commit("gate.tasks.run_checks", submission.pk, cluster="gate", group="checks")


@transaction.atomic
def withdraw(*, submission_id: int, by: User, reason: str = "") -> Submission:
    """The author's side takes it back: from any open state. What is on its way out cannot be withdrawn here;
    the scheduler asks first. Raises WrongState."""
    submission = locked(submission_id)
    move(submission, to=State.WITHDRAWN, frm=Submission.OPEN)
    log.entry(submission, "submission.withdrawn", by, personal={"reason": reason})
    return submission


@transaction.atomic
def retime(*, submission_id: int, due_at: datetime | None, by: User | None) -> Submission:
    """Another due time for the same content. The approval stands if it lasts that long and the timing check asks
    nothing new; before a decision the checks run again where the time changes what they say. Raises WrongState.

    `by` is None where a zone's rules changed: nobody is there to be refused, so an approval that does not cover the
    time ends."""
    submission = locked(submission_id)
    if not submission.is_open:
        raise WrongState(
            f"This version is {submission.get_state_display().lower()}; it has no time to change."
        )
    if submission.approved_until and due_at and due_at > submission.approved_until:
        raise WrongState(
            "The new time lies beyond the approval. The old time is kept; edit the post and submit it again."
        )
    if by is not None:
        retiming.require_fits(submission, due_at)
    was = submission.due_at
    Submission.objects.filter(pk=submission.pk).update(due_at=due_at, version=F("version") + 1)
    log.entry(submission, "submission.retimed", by, data={"from": log.utc(was), "to": log.utc(due_at)})
    submission.refresh_from_db()
    if retiming.check_again(submission, by):
        nudge_checks(submission)
    return submission


@transaction.atomic
def end_where_time_breaks(*, submission_id: int) -> str:
    """Ends an approval that does not cover the submission's time any more, since the rules of a zone moved it. Returns
    why, in words; "" where it stands. Raises WrongState."""
    submission = locked(submission_id)
    if submission.state != State.APPROVED:
        return ""
    if not (new := retiming.new_findings(submission, submission.due_at)):
        return ""
    why = retiming.words(new)
    move(submission, to=State.EXPIRED, frm=(State.APPROVED,))
    log.entry(submission, "submission.expired", None, outcome="expired", personal={"reason": why})
    return why


@transaction.atomic
def recheck(*, submission_id: int, member: Membership) -> Submission:
    """Runs every check again on the same content, for instance after an engine was unavailable. Raises NotAllowed,
    WrongState."""
    submission = locked(submission_id)
    if member.team_id != submission.team_id or not member.still_holds(Role.AUTHOR, Role.REVIEWER, Role.ADMIN):
        raise NotAllowed("Only an author, a reviewer or an admin of the team can run the checks again.")
    if why := why_no_recheck(submission, member, timezone.now()):
        raise NotAllowed(why)
    start_round(submission, member.user)
    return submission


def start_round(submission: Submission, by: User | None, **data: Any) -> None:
    """Every check again, for a locked submission that is blocked or in review. `by` is None where a new version of the
    code of conduct asks for it. Raises WrongState."""
    move(
        submission,
        to=State.CHECKING,
        frm=(State.BLOCKED, State.IN_REVIEW),
        round=F("round") + 1,
        check_tries=0,
        check_lease_until=None,
        claimed_by=None,
        claimed_until=None,
    )
    log.entry(submission, "submission.rechecked", by, data=data)
    nudge_checks(submission)


def why_no_recheck(submission: Submission, member: Membership, at: datetime) -> str:
    """Why this author, reviewer or admin of the team cannot have the checks of a blocked submission, or of one in
    review, run again; "" where they can. A new round takes the post out of a reader's hands and asks every question
    anew: whoever wrote it can do that to a post in review only where a check could not run and nobody is reading."""
    if submission.state != State.IN_REVIEW:
        return ""
    if not queries.wrote(submission, member.user) and member.still_holds(Role.REVIEWER, Role.ADMIN):
        return ""
    holder = submission.claim_holder(at)
    if holder and holder != member.user:
        until = log.clock(submission.claimed_until, submission.team)
        return f"{holder} is reading this one until {until}. The checks stand as they are."
    unknown = submission.runs.filter(round=submission.round, status=CheckRun.Status.UNKNOWN)
    return "" if unknown.exists() else "Every check has run. A reviewer can still have them run again."


@transaction.atomic
def claim(*, submission_id: int, member: Membership, at: datetime | None = None) -> Submission:
    """Says "I am reading this" to the other reviewers for fifteen minutes. Raises WrongState with who has it."""
    now = at or timezone.now()
    submission = locked(submission_id)
    require_reviewer(submission, member)
    holder = submission.claim_holder(now)
    if holder and holder != member.user:
        raise WrongState(
            f"{holder} is reading this one until {log.clock(submission.claimed_until, submission.team)}."
        )
    if submission.state != State.IN_REVIEW:
        raise WrongState(who_decided(submission))
    Submission.objects.filter(pk=submission.pk).update(claimed_by=member.user, claimed_until=now + CLAIM)
    log.entry(submission, "submission.claimed", member.user)
    submission.refresh_from_db()
    return submission


@transaction.atomic
def release(*, submission_id: int, member: Membership) -> Submission:
    """Gives a claim back."""
    submission = locked(submission_id)
    mine = Submission.objects.filter(pk=submission_id, claimed_by=member.user)
    if mine.update(claimed_by=None, claimed_until=None):
        log.entry(submission, "submission.released", member.user)
    submission.refresh_from_db()
    return submission


@transaction.atomic
def comment(*, submission_id: int, member: Membership, text: str) -> Comment:
    """Adds a remark to the conversation. Raises Incomplete."""
    if not text.strip():
        raise Incomplete("Write something first.")
    submission = locked(submission_id)
    if member.team_id != submission.team_id or not member.still_holds(*Role):
        raise NotAllowed("This submission is not your team's.")
    remark = Comment.objects.create(submission=submission, author=member.user, text=text.strip())
    log.entry(submission, "submission.commented", member.user, personal={"text": remark.text})
    return remark


@transaction.atomic
def expire(*, submission_id: int, at: datetime | None = None) -> Submission | None:
    """Closes an approval whose time has run out. None where there was nothing to close."""
    now = at or timezone.now()
    submission = locked(submission_id)
    if submission.state != State.APPROVED or not submission.approved_until or submission.approved_until > now:
        return None
    move(submission, to=State.EXPIRED, frm=(State.APPROVED,))
    log.entry(submission, "submission.expired", None, outcome="expired")
    return submission


@transaction.atomic
def lapse(*, submission_id: int) -> Submission | None:
    """Its time has passed and nobody approved it: it leaves the queue. None where there was nothing to close."""
    submission = locked(submission_id)
    if submission.state not in (State.CHECKING, State.BLOCKED, State.IN_REVIEW):
        return None
    move(
        submission,
        to=State.EXPIRED,
        frm=(State.CHECKING, State.BLOCKED, State.IN_REVIEW),
        claimed_by=None,
        claimed_until=None,
    )
    log.entry(submission, "submission.expired", None, outcome="expired", data={"approved": False})
    return submission
