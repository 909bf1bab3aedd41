"""What the review page says of acts that take two people: overriding a block, and approving where two are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Membership
from gate import approvals as gate
from gate import settled
from gate.checks.base import Level
from gate.models import ConductVersion, Decision, Finding, Override, Submission
from gate.overrides import Standing
from gate.tiers import Need

State = Submission.State


@dataclass(frozen=True, slots=True)
class Overriding:
    """How far a block is overridden. `counted`: of those given, how many count today. `why_not`: why the person who
    looks cannot do it; "" where they can."""

    given: list[Override]
    counted: int
    why_not: str

    @property
    def is_settled(self) -> bool:
        return self.counted >= settled.NEEDED


def overriding(
    member: Membership,
    submission: Submission,
    conduct: ConductVersion,
    findings: Sequence[Finding],
    overrides: Sequence[Override],
) -> dict[int, Overriding]:
    """By finding, for those that block. What was decided is shown as it was then. `overrides`: all there are."""
    blocking = [f for f in findings if f.level == Level.BLOCKS]
    if not blocking:
        return {}
    given = {f.pk: [o for o in overrides if o.finding_id == f.pk] for f in blocking}
    if submission.state not in (State.BLOCKED, State.IN_REVIEW):
        return {pk: Overriding(rows, len(rows), "") for pk, rows in given.items()}
    standing = Standing.of(submission, member, conduct)
    return {
        f.pk: Overriding(given[f.pk], len(standing.counted.get(f.pk, ())), standing.why_not(f))
        for f in blocking
    }


def overrides(submission: Submission) -> list[Override]:
    return list(submission.overrides.select_related("reviewer", "finding__run"))


def first(submission: Submission) -> Decision | None:
    """The first of two approvals in the present round, of the decisions that were fetched with the submission."""
    given = (d for d in submission.decisions.all() if d.kind == Decision.Kind.FIRST)
    return next((d for d in given if d.round == submission.round), None)


def approvals(submission: Submission, conduct: ConductVersion, findings: Sequence[Finding]) -> dict[str, Any]:
    """Whether it takes two approvals and why, who gave the first, and why that does not count."""
    given = first(submission)
    if submission.state != State.IN_REVIEW:
        return {"need": Need(), "first": given, "first_void": ""}
    blocked = any(f.level == Level.BLOCKS for f in findings)
    overridden = settled.findings(submission, conduct) if blocked else frozenset[int]()
    need = gate.needed(submission, conduct, findings, overridden)
    void = gate.why_void(submission, given) if given and need.approvals > 1 else ""
    return {"need": need, "first": given, "first_void": void}
