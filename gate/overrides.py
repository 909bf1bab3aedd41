"""A reviewer's word that a blocking finding does not stand in the way (docs/decisions/0037).

It takes two of them for each finding, with a reason each. The second one for the last finding moves the submission
into review, where an approval is still needed like for any other. There is no way to take one back but to run the
checks again: that asks everything anew.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.notices import notify, who_hears
from gate import log, policy, settled, telling
from gate.checks.base import Level
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import ConductVersion, Finding, Override, Submission
from gate.settled import Who
from gate.transitions import locked, move, require_reviewer, who_decided

State = Submission.State
REASON_LEAST = 10
"""Characters: "ok" is no reason."""
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
    conduct = policy.require_acknowledged(team=submission.team, user=member.user)
    _require_reason(reason)
    if why := why_not(submission, finding, member, conduct):
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


def why_not(submission: Submission, finding: Finding, member: Membership, conduct: ConductVersion) -> str:
    """Why this member cannot override this finding now; "" where they can."""
    if submission.state not in (State.BLOCKED, State.IN_REVIEW):
        return who_decided(submission)
    if finding.submission_id != submission.pk or finding.round != submission.round:
        return "The checks have run again since. Look at what they found now."
    if finding.level != Level.BLOCKS:
        return "This finding does not block the post, so there is nothing to override."
    if member.user_id in settled.writers(submission):
        return "You wrote or edited this post, so two other people have to override it."
    who = settled.who_may(finding.run.check_id, conduct)
    now = Membership.objects.select_related("user").filter(pk=member.pk, team_id=submission.team_id).first()
    if who == Who.NOBODY or now is None or not settled.holds(now, who):
        return WHO[who].format(finding.run.title)
    if Override.objects.filter(finding=finding, reviewer=member.user).exists():
        return "You have overridden this finding. Another reviewer has to do the same."
    if len(settled.overrides(submission, conduct)[finding.pk]) >= settled.NEEDED:
        return "Two people have overridden this finding already."
    return ""


def _require_reason(reason: str) -> None:
    if len(reason.strip()) < REASON_LEAST:
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
            text=f"Two reviewers overrode what blocked it: {submission.title}. It waits for review now.",
            url=submission.origin_url,
        )
    elif count < settled.NEEDED:
        telling.reviewers(
            submission,
            f"{member.user} overrode “{finding.run.title}”, and it takes a second reviewer: {submission.title}",
            but=[member.user_id],
        )
