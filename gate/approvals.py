"""How many approvals a submission needs, and the first of two where it was given. `approve`, the door and the pages ask
here; what asks for two is in gate/tiers.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from accounts.models import Membership
from gate import policy, settled
from gate.check_settings import Review
from gate.models import ConductVersion, Decision, Finding, Submission
from gate.tiers import Need, approvals_needed


def needed(
    submission: Submission,
    conduct: ConductVersion,
    findings: Iterable[Finding],
    overridden: Collection[int],
) -> Need:
    """By this version of the code of conduct. `findings`: of the present round; `overridden`: ids of those that two
    people have set aside."""
    return approvals_needed(
        submission.frozen,
        {(finding.run.check_id, finding.code) for finding in findings},
        bool(overridden),
        conduct.settings.get(Review.id, {}),
    )


def first(submission: Submission) -> Decision | None:
    """The first of two approvals of this digest in the present round, if somebody gave it."""
    return (
        Decision.objects.filter(
            submission=submission,
            kind=Decision.Kind.FIRST,
            round=submission.round,
            digest=submission.digest,
        )
        .select_related("reviewer", "conduct")
        .first()
    )


def why_void(submission: Submission, given: Decision, *, role_today: bool = True) -> str:
    """Why this first approval does not count; "" where it does. `role_today`: as in gate/settled.py."""
    if given.reviewer_id in settled.writers(submission):
        return "its author or an editor gave it"
    member = (
        Membership.objects.select_related("user")
        .filter(team_id=submission.team_id, user_id=given.reviewer_id)
        .first()
    )
    if member is None or (role_today and not settled.holds(member, settled.Who.REVIEWERS)):
        return f"{given.reviewer} is no reviewer of the team"
    if given.conduct.number < policy.floor(submission.team_id):
        return f"it was given under version {given.conduct.number} of the code of conduct, which lapsed"
    return ""
