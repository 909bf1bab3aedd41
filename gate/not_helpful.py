"""A reviewer's word on a finding that was a false alarm: the gate report counts them, check by check."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Membership, Role, User
from gate import log
from gate.errors import NotAllowed
from gate.models import Finding, NotHelpful, Submission
from gate.transitions import locked


@transaction.atomic
def mark(*, finding: Finding, member: Membership, stands: bool) -> NotHelpful:
    """Says that a finding was not helpful, or takes that back. It changes nothing about the post: a finding that blocks
    goes on to block. Saying it twice is saying it once. Raises NotAllowed."""
    submission = locked(finding.submission_id)
    if member.team_id != submission.team_id or not member.still_holds(Role.REVIEWER):
        raise NotAllowed("Only a reviewer of the team can say that a finding was not helpful.")
    said, new = NotHelpful.objects.get_or_create(
        finding=finding, user=member.user, defaults={"stands": stands}
    )
    changed = new or NotHelpful.objects.filter(pk=said.pk).exclude(stands=stands).update(stands=stands)
    if changed:
        said.stands = stands
        data = {"finding": finding.pk, "code": finding.code, "stands": stands}
        log.entry(submission, "finding.not_helpful", member.user, data=data)
    return said


def marked_by(user: User, submission: Submission) -> frozenset[int]:
    """Ids of the findings that this person's word stands on."""
    marks = NotHelpful.objects.filter(finding__submission=submission, user=user, stands=True)
    return frozenset(marks.values_list("finding_id", flat=True))
