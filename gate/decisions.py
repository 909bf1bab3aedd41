"""What a reviewer decides about a submission: approve, ask for changes, reject, revoke.

One transaction each: check, record the decision, change the state, log. The log entry comes last: it takes the log's
lock, which is held until the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.clean import sentence
from accounts.models import Membership, Role, User
from accounts.notices import notify, who_hears
from gate import approvals, lapsing, log, policy, reasons, settled, telling
from gate.errors import Incomplete, NotAllowed, Unanswered, WrongState
from gate.evidence import behind, retired
from gate.models import Attestation, ConductVersion, Decision, Finding, Submission
from gate.responsible import named
from gate.tiers import Need
from gate.transitions import locked, move, require_reviewer, who_decided

State = Submission.State


@transaction.atomic
def approve(
    *,
    submission_id: int,
    version: int,
    member: Membership,
    attested: Iterable[int] = (),
    responsible: int | None = None,
    at: datetime | None = None,
) -> Decision:
    """Countersigns exactly this digest; where two approvals are asked for, the first one leaves it in review.
    `attested`: ids of the findings the reviewer answered, each one a deliberate act; `responsible`: who answers for the
    post as its editor, where a finding asks for that. Raises NotAllowed, Unanswered, Incomplete, WrongState."""
    now = at or timezone.now()
    submission = _decidable(submission_id, version, member, now)
    _require_other_person(submission, member.user)
    in_force = policy.current(submission.team)
    lapsing.require_present(submission, timezone.now())
    findings = list(
        Finding.objects.filter(submission=submission, round=submission.round).select_related("run")
    )
    overridden = settled.findings(submission, in_force)
    _require_answers(findings, set(attested), overridden)
    retired.require_none(submission)
    editor = named(submission.team, findings, responsible)
    policy.require_acknowledged(team=submission.team, user=member.user)
    need = approvals.needed(submission, in_force, findings, overridden)
    if not _is_last(submission, need, member.user):
        return _first(submission, need, member.user, in_force, findings, editor, now)
    until = now + timedelta(days=submission.team.approval_days)
    decision = _decide(
        submission,
        Decision.Kind.APPROVE,
        member.user,
        conduct_id=in_force.pk,
        at=now,
        expires_at=until,
        responsible=editor,
    )
    answers = _attest(decision, findings)
    move(submission, to=State.APPROVED, frm=(State.IN_REVIEW,), approved_until=until, **_unclaimed())
    log.entry(
        submission,
        "submission.approved",
        member.user,
        outcome="approved",
        data={
            "until": log.utc(until),
            "conduct": in_force.number,
            "attested": answers,
            **behind.in_the_log(findings, submission.frozen),
            **({"approval": 2} if need.approvals > 1 else {}),
        },
        responsible=editor,
    )
    return decision


def _is_last(submission: Submission, need: Need, user: User) -> bool:
    """Whether this person's approval is the one that closes the review."""
    given = approvals.first(submission)
    if given and given.reviewer_id == user.pk:
        raise NotAllowed("You gave the first of two approvals. Another reviewer gives the second.")
    if need.approvals > 1 and given and (why := approvals.why_void(submission, given)):
        raise NotAllowed(
            f"The first approval does not count: {why}. Run the checks again, which asks for both approvals anew."
        )
    return need.approvals == 1 or given is not None


def _first(
    submission: Submission,
    need: Need,
    user: User,
    in_force: ConductVersion,
    findings: Iterable[Finding],
    editor: User | None,
    now: datetime,
) -> Decision:
    """The first of two approvals: it opens nothing, and a new round of checks voids it."""
    decision = _decide(
        submission, Decision.Kind.FIRST, user, conduct_id=in_force.pk, at=now, responsible=editor
    )
    answers = _attest(decision, findings)
    move(submission, to=State.IN_REVIEW, frm=(State.IN_REVIEW,), **_unclaimed())
    telling.reviewers(
        submission,
        f"{user} approved it, and it takes a second reviewer: {submission.title}",
        but=[user.pk],
    )
    notify(
        team=submission.team,
        users=who_hears(submission.team, submission.author),
        text=f"1 of 2 approvals, by {user}: {sentence(submission.title)} {need.reasons[0]} Another reviewer "
        "decides now.",
        url=submission.origin_url,
    )
    log.entry(
        submission,
        "submission.first_approved",
        user,
        data={
            "approval": 1,
            "round": submission.round,
            "conduct": in_force.number,
            "attested": answers,
            **behind.in_the_log(findings, submission.frozen),
        },
        personal={"reason": " ".join(need.reasons)},
        responsible=editor,
    )
    return decision


def _attest(decision: Decision, findings: Iterable[Finding]) -> list[int]:
    """Keeps the reviewer's word on every question. Ids of the findings that asked."""
    asked = [f for f in findings if f.level == "attest"]
    Attestation.objects.bulk_create(
        [Attestation(decision=decision, finding=f, question=f.question or f.message) for f in asked]
    )
    return [f.pk for f in asked]


def _require_answers(findings: Iterable[Finding], answered: set[int], overridden: Collection[int]) -> None:
    if blocking := [f for f in findings if f.level == "blocks" and f.pk not in overridden]:
        raise NotAllowed(
            f"A blocking finding stands: {blocking[0].message}. It needs a change of the content, or two reviewers "
            "who may override it."
        )
    if open_ := [f.pk for f in findings if f.level == "attest" and f.pk not in answered]:
        raise Unanswered(
            "Approve waits for your answers to the marked findings. Nothing was decided yet.", open_
        )


@transaction.atomic
def ask_for_changes(
    *,
    submission_id: int,
    version: int,
    member: Membership,
    reason: str,
    clause: str = "",
    at: datetime | None = None,
) -> Decision:
    """Sends it back to its author with a reason. Raises NotAllowed, WrongState, Incomplete."""
    return _refuse(
        submission_id,
        version,
        member,
        Decision.Kind.CHANGES,
        State.CHANGES_REQUESTED,
        reason,
        clause,
        at or timezone.now(),
    )


@transaction.atomic
def reject(
    *,
    submission_id: int,
    version: int,
    member: Membership,
    reason: str,
    clause: str,
    at: datetime | None = None,
) -> Decision:
    """Says no, with the clause of the code of conduct. Raises NotAllowed, WrongState, Incomplete."""
    if not clause:
        raise Incomplete(
            "Choose the clause of the code of conduct that the post goes against. Nothing was decided yet."
        )
    return _refuse(
        submission_id,
        version,
        member,
        Decision.Kind.REJECT,
        State.REJECTED,
        reason,
        clause,
        at or timezone.now(),
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
    move(submission, to=state, frm=(State.IN_REVIEW,), **_unclaimed())
    notify(
        team=submission.team,
        users=who_hears(submission.team, submission.author),
        text=f"{kind.label}: {sentence(submission.title)} {reason.strip()[:200]}",
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
    submission = locked(submission_id)
    if member.team_id != submission.team_id or not member.still_holds(Role.REVIEWER, Role.ADMIN):
        raise NotAllowed("Only a reviewer or an admin of the team can revoke an approval.")
    decision = _decide(
        submission,
        Decision.Kind.REVOKE,
        member.user,
        conduct_id=submission.conduct_id,
        at=now,
        reason=reason.strip(),
    )
    move(submission, to=State.REVOKED, frm=(State.APPROVED,))
    notify(
        team=submission.team,
        users=who_hears(submission.team, submission.author),
        text=f"The approval was revoked: {sentence(submission.title)} {reason.strip()[:200]}",
        url=submission.origin_url,
    )
    log.entry(
        submission, "submission.revoked", member.user, outcome="revoked", personal={"reason": reason.strip()}
    )
    return decision


def _decidable(submission_id: int, version: int, member: Membership, now: datetime) -> Submission:
    """The submission, locked, if this member may decide on the version that they looked at."""
    submission = locked(submission_id)
    require_reviewer(submission, member)
    if submission.state != State.IN_REVIEW or submission.version != version:
        raise WrongState(who_decided(submission))
    holder = submission.claim_holder(now)
    if holder and holder != member.user:
        raise WrongState(
            f"{holder} is reading this one. Nothing was decided; take another or wait for the claim to end."
        )
    return submission


def _require_other_person(submission: Submission, user: User) -> None:
    if submission.author_id == user.pk or submission.editors.filter(user=user).exists():
        raise NotAllowed("You wrote or edited this post, so somebody else has to countersign it.")


def _require_reason(reason: str) -> None:
    if not reasons.is_one(reason):
        raise Incomplete("Say why, in a few words that help the author. Nothing was decided yet.")


def _require_known_clause(submission: Submission, clause: str) -> None:
    if clause and clause not in {c.id for c in policy.clauses(submission.conduct)}:
        raise Incomplete(f"The code of conduct has no clause {clause}. Nothing was decided yet.")


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
    responsible: User | None = None,
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
        round=submission.round,
        responsible=responsible,
    )


def _unclaimed() -> Mapping[str, None]:
    return {"claimed_by": None, "claimed_until": None}
