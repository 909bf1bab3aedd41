"""How many approvals a submission needs, and the first of two where it was given. `approve`, the door and the pages ask
here; what asks for two is in gate/tiers.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import F

from accounts.models import Membership
from gate import policy, queries, settled, tiers
from gate.check_settings import Review
from gate.checks.base import Level
from gate.models import ConductVersion, Decision, Finding, Submission
from gate.tiers import Found, Need, approvals_needed


def needed(
    submission: Submission,
    conduct: ConductVersion,
    findings: Iterable[Finding],
    overridden: Collection[int],
) -> Need:
    """By this version of the code of conduct, and by the one under which it was handed in. `findings`: of the present
    round; `overridden`: ids of those that two people have set aside."""
    found = {(finding.run.check_id, finding.code) for finding in findings}
    return _asked_by_either(submission, conduct, submission.conduct, found, bool(overridden))


def _asked_by_either(
    submission: Submission,
    conduct: ConductVersion,
    handed_in_under: ConductVersion,
    found: Collection[Found],
    overridden: bool,
) -> Need:
    """A version that asks less counts for what is handed in under it: nobody loosens the rule for what waits already,
    and then approves it alone. One that asks more counts at once."""
    content = submission.frozen
    now, then = (
        approvals_needed(content, found, overridden, version.settings.get(Review.id, {}))
        for version in (conduct, handed_in_under)
    )
    more = [reason for reason in then.reasons if reason not in now.reasons]
    if not more:
        return now
    why = f"Version {handed_in_under.number} of the code of conduct, under which it was handed in, asks for that."
    return Need((*now.reasons, *more, why))


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


def firsts(submissions: Sequence[Submission]) -> dict[int, Decision]:
    """The first approvals of a page of submissions, by submission: one query."""
    rows = queries.firsts().filter(submission__in=[s.pk for s in submissions]).select_related("reviewer")
    return {row.submission_id: row for row in rows}


def needs(submissions: Sequence[Submission], conduct: ConductVersion) -> dict[int, Need]:
    """Why two are needed, for a page of submissions in review: two queries, and none where the team asks for two
    nowhere. What blocks a post in review was overridden."""
    older = {submission.conduct_id for submission in submissions} - {conduct.pk}
    versions = {conduct.pk: conduct, **ConductVersion.objects.defer("text").in_bulk(older)}
    if not any(_asks(version) for version in versions.values()):
        return {}
    found: dict[int, set[Found]] = defaultdict(set)
    overridden: set[int] = set()
    rows = Finding.objects.filter(
        submission__in=[s.pk for s in submissions], round=F("submission__round")
    ).order_by()
    for pk, check_id, code, level in rows.values_list(
        "submission_id", "run__check_id", "code", "level"
    ).distinct():
        found[pk].add((check_id, code))
        if level == Level.BLOCKS:
            overridden.add(pk)
    return {
        s.pk: _asked_by_either(s, conduct, versions[s.conduct_id], found[s.pk], s.pk in overridden)
        for s in submissions
    }


def _asks(version: ConductVersion) -> bool:
    """Whether it asks for two anywhere."""
    wanted = version.settings.get(Review.id, {})
    return any(setting.name in wanted for setting in tiers.SETTINGS)
