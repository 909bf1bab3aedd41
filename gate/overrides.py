"""A reviewer's word that a blocking finding does not stand in the way (docs/decisions/0037).

It takes two of them for each finding, with a reason each. The second one for the last finding moves the submission
into review, where an approval is still needed like for any other. There is no way to take one back but to run the
checks again: that asks everything anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.clean import sentence
from accounts.models import Membership
from accounts.notices import notify, who_hears
from gate import lapsing, log, policy, reasons, settled, telling
from gate.checks.base import Level
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import ConductVersion, Finding, Override, Submission
from gate.settled import Who
from gate.transitions import locked, move, require_reviewer, who_decided

State = Submission.State
REASON_LEAST = 10
"""Letters: "ok" is no reason."""
WHO = {
    Who.NOBODY: "The code of conduct lets nobody override “{}”.",
    Who.REVIEWERS: "Only a reviewer of the team can override this.",
    Who.ADMINS: "The code of conduct lets only reviewers who are admins as well override “{}”.",
}


@transaction.atomic
def override(
    *, finding_id: int, version: int, member: Membership, reason: str, at: datetime | None = None
) -> Override:
    """One of the two overrides that a blocking finding needs. `version`: of the submission, as the reviewer saw it.
    Raises NotAllowed, NotAcknowledged, Incomplete, WrongState."""
    finding = Finding.objects.select_related("run").get(pk=finding_id)
    submission = locked(finding.submission_id)
    require_reviewer(submission, member)
    if submission.version != version:
        raise WrongState(who_decided(submission))
    lapsing.require_present(submission, timezone.now())
    conduct = policy.require_acknowledged(team=submission.team, user=member.user)
    _require_reason(reason)
    if why := Standing.of(submission, member, conduct).why_not(finding):
        raise NotAllowed(why)
    made = Override.objects.create(
        finding=finding,
        submission=submission,
        digest=submission.digest,
        reviewer=member.user,
        reason=reason.strip(),
        at=at or timezone.now(),
    )
    count = len(settled.overrides(submission, conduct)[finding.pk])
    moved = _to_review(submission, conduct)
    _tell(submission, finding, member, count, moved=moved)
    log.entry(
        submission,
        "submission.overridden",
        member.user,
        outcome=str(State.IN_REVIEW) if moved else "",
        data={
            "round": submission.round,
            "finding": finding.code,
            "check": finding.run.check_id,
            "clause": finding.clause,
            "override": count,
            "conduct": conduct.number,
        },
        personal={"reason": made.reason},
    )
    return made


@dataclass(frozen=True, slots=True)
class Standing:
    """What one member may do about the blocks of one submission, and what was done: read once for all its findings."""

    submission: Submission
    conduct: ConductVersion
    counted: Mapping[int, list[Override]]
    """Blocking finding of the present round to the overrides that count."""
    wrote: bool
    member: Membership | None
    given: frozenset[int]
    """Findings that this member has overridden."""

    @classmethod
    def of(cls, submission: Submission, member: Membership, conduct: ConductVersion) -> Standing:
        mine = Membership.objects.select_related("user").filter(pk=member.pk, team_id=submission.team_id)
        given = Override.objects.filter(submission=submission, reviewer=member.user)
        return cls(
            submission=submission,
            conduct=conduct,
            counted=settled.overrides(submission, conduct),
            wrote=member.user_id in settled.writers(submission),
            member=mine.first(),
            given=frozenset(given.values_list("finding_id", flat=True)),
        )

    def is_settled(self, finding: Finding) -> bool:
        return len(self.counted.get(finding.pk, ())) >= settled.NEEDED

    def why_not(self, finding: Finding) -> str:
        """Why this member cannot override this finding now; "" where they can."""
        if self.submission.state not in (State.BLOCKED, State.IN_REVIEW):
            return who_decided(self.submission)
        if finding.submission_id != self.submission.pk or finding.round != self.submission.round:
            return "The checks have run again since. Look at what they found now."
        if finding.level != Level.BLOCKS:
            return "This finding does not block the post, so there is nothing to override."
        who = settled.who_may(finding.run.check_id, self.conduct)
        if who == Who.NOBODY:
            return WHO[who].format(finding.run.title)
        if self.wrote:
            return "You wrote or edited this post, so two other people would have to override it."
        if self.member is None or not settled.holds(self.member, who):
            return WHO[who].format(finding.run.title)
        if finding.pk in self.given:
            return "You have overridden this. Another reviewer has to do the same."
        if self.is_settled(finding):
            return "Two people have overridden this already."
        return ""


def _require_reason(reason: str) -> None:
    if not reasons.is_one(reason, least=REASON_LEAST):
        raise Incomplete(
            "Say why it does not stand in the way, in a sentence that auditors understand. Nothing was recorded yet."
        )


def _to_review(submission: Submission, conduct: ConductVersion) -> bool:
    """Moves a blocked submission on when nothing blocks it any more. Whether it moved."""
    blocking = set(
        Finding.objects.filter(submission=submission, round=submission.round, level=Level.BLOCKS).values_list(
            "pk", flat=True
        )
    )
    if submission.state != State.BLOCKED or blocking - settled.findings(submission, conduct):
        return False
    move(submission, to=State.IN_REVIEW, frm=(State.BLOCKED,))
    return True


def _tell(submission: Submission, finding: Finding, member: Membership, count: int, *, moved: bool) -> None:
    if moved:
        telling.reviewers(submission, f"Waiting for review, its blocks overridden: {submission.title}")
        notify(
            team=submission.team,
            users=who_hears(submission.team, submission.author),
            text=f"Two reviewers overrode what blocked it: {sentence(submission.title)} It waits for review now.",
            url=submission.origin_url,
        )
    elif count < settled.NEEDED:
        telling.reviewers(
            submission,
            f"{member.user} overrode “{finding.run.title}”, and it takes a second reviewer: {submission.title}",
            but=[member.user_id],
        )
