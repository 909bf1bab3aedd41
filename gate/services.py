"""Every change of a submission. One transaction each: check, change by a conditional UPDATE, record, log.

The log entry comes last in each transaction: it takes the log's lock, which is held until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.notices import notify
from gate import log, policy
from gate.content import Content
from gate.errors import Incomplete, NotAllowed, Unanswered, WrongState
from gate.models import (
    Attestation,
    Blob,
    Comment,
    Decision,
    Editor,
    Finding,
    Submission,
)

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
        raise WrongState("This post is already with the reviewers. Reload the page to see where it stands.") from error
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
        raise Incomplete(f"{len(missing)} of the images cannot be found any more. Add them again; your text is kept.")


def nudge_checks(submission: Submission) -> None:
    """Asks the gate cluster to examine it. Losing the message loses nothing: the dispatcher asks again."""
    from django_q.tasks import async_task

    Submission.objects.filter(pk=submission.pk).update(nudged_at=timezone.now())
    transaction.on_commit(
        lambda: async_task("gate.tasks.run_checks", submission.pk, cluster="gate", group="checks", save=False)
    )


@transaction.atomic
def withdraw(*, submission_id: int, by: User, reason: str = "") -> Submission:
    """The author's side takes it back: from any open state. What is on its way out cannot be withdrawn here;
    the scheduler asks first. Raises WrongState."""
    submission = _locked(submission_id)
    _move(submission, to=State.WITHDRAWN, frm=Submission.OPEN)
    log.entry(submission, "submission.withdrawn", by, personal={"reason": reason})
    return submission


@transaction.atomic
def retime(*, submission_id: int, due_at: datetime | None, by: User) -> Submission:
    """Another due time for the same content. The approval stands if it lasts that long; a time beyond it needs a
    new approval. Raises WrongState."""
    submission = _locked(submission_id)
    if not submission.is_open:
        raise WrongState(f"This version is {submission.get_state_display().lower()}; it has no time to change.")
    if submission.approved_until and due_at and due_at > submission.approved_until:
        raise WrongState(
            "The new time lies beyond the approval. The old time is kept; edit the post and submit it again."
        )
    was = submission.due_at
    Submission.objects.filter(pk=submission.pk).update(due_at=due_at, version=F("version") + 1)
    log.entry(submission, "submission.retimed", by, data={"from": log.utc(was), "to": log.utc(due_at)})
    submission.refresh_from_db()
    return submission


@transaction.atomic
def recheck(*, submission_id: int, by: User) -> Submission:
    """Runs every check again on the same content, for instance after an engine was unavailable."""
    submission = _locked(submission_id)
    _move(
        submission,
        to=State.CHECKING,
        frm=(State.BLOCKED, State.IN_REVIEW),
        round=F("round") + 1,
        check_tries=0,
        check_lease_until=None,
        claimed_by=None,
        claimed_until=None,
    )
    log.entry(submission, "submission.rechecked", by)
    nudge_checks(submission)
    return submission


@transaction.atomic
def claim(*, submission_id: int, member: Membership, at: datetime | None = None) -> Submission:
    """Says "I am reading this" to the other reviewers for fifteen minutes. Raises WrongState with who has it."""
    now = at or timezone.now()
    submission = _locked(submission_id)
    _require_reviewer(submission, member)
    holder = submission.claim_holder(now)
    if holder and holder != member.user:
        raise WrongState(f"{holder} is reading this one until {log.clock(submission.claimed_until, submission.team)}.")
    if submission.state != State.IN_REVIEW:
        raise WrongState(_who_decided(submission))
    Submission.objects.filter(pk=submission.pk).update(claimed_by=member.user, claimed_until=now + CLAIM)
    log.entry(submission, "submission.claimed", member.user)
    submission.refresh_from_db()
    return submission


@transaction.atomic
def release(*, submission_id: int, member: Membership) -> Submission:
    """Gives a claim back."""
    submission = _locked(submission_id)
    mine = Submission.objects.filter(pk=submission_id, claimed_by=member.user)
    if mine.update(claimed_by=None, claimed_until=None):
        log.entry(submission, "submission.released", member.user)
    submission.refresh_from_db()
    return submission


@transaction.atomic
def approve(
    *,
    submission_id: int,
    version: int,
    member: Membership,
    attested: Iterable[int] = (),
    at: datetime | None = None,
) -> Decision:
    """Countersigns exactly this digest. `attested`: ids of the findings the reviewer answered, each one a
    deliberate act. Raises NotAllowed, Unanswered, WrongState."""
    now = at or timezone.now()
    submission = _decidable(submission_id, version, member, now)
    _require_other_person(submission, member.user)
    answered = set(attested)
    findings = list(Finding.objects.filter(submission=submission, round=submission.round))
    _require_answers(findings, answered)
    policy.require_acknowledged(team=submission.team, user=member.user)
    in_force = policy.current(submission.team)
    until = now + timedelta(days=submission.team.approval_days)
    decision = _decide(submission, Decision.Kind.APPROVE, member.user, conduct_id=in_force.pk, at=now, expires_at=until)
    Attestation.objects.bulk_create(
        [Attestation(decision=decision, finding=f, question=f.question or f.message) for f in findings if f.level == "attest"]
    )
    _move(submission, to=State.APPROVED, frm=(State.IN_REVIEW,), approved_until=until, **_unclaimed())
    log.entry(
        submission,
        "submission.approved",
        member.user,
        outcome="approved",
        data={
            "until": log.utc(until),
            "conduct": in_force.number,
            "attested": [f.pk for f in findings if f.level == "attest"],
        },
    )
    return decision


def _require_answers(findings: Iterable[Finding], answered: set[int]) -> None:
    if blocking := [f for f in findings if f.level == "blocks"]:
        raise NotAllowed(f"A blocking finding stands: {blocking[0].message}. It needs a change of the content.")
    if open_ := [f.pk for f in findings if f.level == "attest" and f.pk not in answered]:
        raise Unanswered("Approve waits for your answers to the marked findings. Nothing was decided yet.", open_)


@transaction.atomic
def ask_for_changes(
    *, submission_id: int, version: int, member: Membership, reason: str, clause: str = "", at: datetime | None = None
) -> Decision:
    """Sends it back to its author with a reason. Raises NotAllowed, WrongState, Incomplete."""
    return _refuse(
        submission_id, version, member, Decision.Kind.CHANGES, State.CHANGES_REQUESTED, reason, clause, at or timezone.now()
    )


@transaction.atomic
def reject(
    *, submission_id: int, version: int, member: Membership, reason: str, clause: str, at: datetime | None = None
) -> Decision:
    """Says no, with the clause of the code of conduct. Raises NotAllowed, WrongState, Incomplete."""
    if not clause:
        raise Incomplete("Choose the clause of the code of conduct that the post goes against. Nothing was decided yet.")
    return _refuse(
        submission_id, version, member, Decision.Kind.REJECT, State.REJECTED, reason, clause, at or timezone.now()
    )


def _refuse(
    submission_id: int,
    version: int,
    member: Membership,
    kind: Decision.Kind,
    state: Submission.State,
    reason: str,
    clause: str,
    now: datetime,
) -> Decision:
    _require_reason(reason)
    submission = _decidable(submission_id, version, member, now)
    _require_known_clause(submission, clause)
    decision = _decide(
        submission,
        kind,
        member.user,
        conduct_id=submission.conduct_id,
        at=now,
        reason=reason.strip(),
        clause=clause,
    )
    _move(submission, to=state, frm=(State.IN_REVIEW,), **_unclaimed())
    notify(
        team=submission.team,
        users=[submission.author],
        text=f"{kind.label}: {submission.title}. {reason.strip()[:200]}",
        url=submission.origin_url,
    )
    log.entry(
        submission,
        f"submission.{state}",
        member.user,
        outcome=str(state),
        data={"clause": clause},
        personal={"reason": reason.strip()},
    )
    return decision


@transaction.atomic
def revoke(*, submission_id: int, member: Membership, reason: str, at: datetime | None = None) -> Decision:
    """Takes an approval back, so that nothing more goes out under it. Any reviewer may, the author's side included:
    stopping is never the dangerous direction. Raises WrongState, Incomplete."""
    now = at or timezone.now()
    _require_reason(reason)
    submission = _locked(submission_id)
    if member.team_id != submission.team_id or not (member.is_reviewer or member.is_admin):
        raise NotAllowed("Only a reviewer or an admin of the team can revoke an approval.")
    decision = _decide(
        submission,
        Decision.Kind.REVOKE,
        member.user,
        conduct_id=submission.conduct_id,
        at=now,
        reason=reason.strip(),
    )
    _move(submission, to=State.REVOKED, frm=(State.APPROVED,))
    notify(
        team=submission.team,
        users=[submission.author],
        text=f"The approval was revoked: {submission.title}. {reason.strip()[:200]}",
        url=submission.origin_url,
    )
    log.entry(submission, "submission.revoked", member.user, outcome="revoked", personal={"reason": reason.strip()})
    return decision


@transaction.atomic
def comment(*, submission_id: int, member: Membership, text: str) -> Comment:
    """Adds a remark to the conversation. Raises Incomplete."""
    if not text.strip():
        raise Incomplete("Write something first.")
    submission = _locked(submission_id)
    if member.team_id != submission.team_id:
        raise NotAllowed("This submission is not your team's.")
    remark = Comment.objects.create(submission=submission, author=member.user, text=text.strip())
    log.entry(submission, "submission.commented", member.user, personal={"text": remark.text})
    return remark


@transaction.atomic
def expire(*, submission_id: int, at: datetime | None = None) -> Submission | None:
    """Closes an approval whose time has run out. None where there was nothing to close."""
    now = at or timezone.now()
    submission = _locked(submission_id)
    if submission.state != State.APPROVED or not submission.approved_until or submission.approved_until > now:
        return None
    _move(submission, to=State.EXPIRED, frm=(State.APPROVED,))
    log.entry(submission, "submission.expired", None, outcome="expired")
    return submission


def _locked(submission_id: int) -> Submission:
    return Submission.objects.select_for_update(of=("self",)).select_related("team", "author").get(pk=submission_id)


def _decidable(submission_id: int, version: int, member: Membership, now: datetime) -> Submission:
    """The submission, locked, if this member may decide on the version that they looked at."""
    submission = _locked(submission_id)
    _require_reviewer(submission, member)
    if submission.state != State.IN_REVIEW or submission.version != version:
        raise WrongState(_who_decided(submission))
    holder = submission.claim_holder(now)
    if holder and holder != member.user:
        raise WrongState(f"{holder} is reading this one. Nothing was decided; take another or wait for the claim to end.")
    return submission


def _require_reviewer(submission: Submission, member: Membership) -> None:
    if member.team_id != submission.team_id or member.ended_at or not member.is_reviewer or not member.user.is_active:
        raise NotAllowed("Only a reviewer of this team can do that.")


def _require_other_person(submission: Submission, user: User) -> None:
    if submission.author_id == user.pk or submission.editors.filter(user=user).exists():
        raise NotAllowed("You wrote or edited this post, so somebody else has to countersign it.")


def _require_reason(reason: str) -> None:
    if len(reason.strip()) < 3:
        raise Incomplete("Say why, in a few words that help the author. Nothing was decided yet.")


def _require_known_clause(submission: Submission, clause: str) -> None:
    if clause and clause not in {c.id for c in policy.clauses(submission.conduct)}:
        raise Incomplete(f"The code of conduct has no clause {clause}. Nothing was decided yet.")


def _who_decided(submission: Submission) -> str:
    decision = submission.decisions.select_related("reviewer").last()
    if decision is None:
        return f"This version is {submission.get_state_display().lower()} now. Reload to see it as it stands."
    when = log.clock(decision.at, submission.team)
    return f"{decision.get_kind_display()} by {decision.reviewer} at {when}. Your answer was not needed and not recorded."


def _decide(
    submission: Submission,
    kind: Decision.Kind,
    reviewer: User,
    *,
    conduct_id: int,
    at: datetime,
    reason: str = "",
    clause: str = "",
    expires_at: datetime | None = None,
) -> Decision:
    return Decision.objects.create(
        submission=submission,
        digest=submission.digest,
        kind=kind,
        reviewer=reviewer,
        conduct_id=conduct_id,
        reason=reason,
        clause=clause,
        at=at,
        expires_at=expires_at,
    )


def _unclaimed() -> Mapping[str, None]:
    return {"claimed_by": None, "claimed_until": None}


def _move(submission: Submission, *, to: Submission.State, frm: Iterable[str], **values: object) -> None:
    """The one conditional UPDATE behind every change of state."""
    changed = Submission.objects.filter(pk=submission.pk, state__in=list(frm), version=submission.version).update(
        state=to, version=F("version") + 1, **values
    )
    if not changed:
        submission.refresh_from_db()
        raise WrongState(_who_decided(submission))
    submission.refresh_from_db()
