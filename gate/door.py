"""The one door. The sender calls `require_approval` with exactly what it is about to send, every time.

Everything is proved again from the rows and the bytes; whatever is missing, expired or raising keeps it shut.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gate import policy, settled
from gate.checks import registry
from gate.content import ChannelContent, Content, digest_of
from gate.errors import NotApproved
from gate.models import Attestation, CheckRun, Decision, Editor, Finding, Submission

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Approval:
    """What stands behind a send: who countersigned which digest, until when."""

    submission_id: int
    decision_id: int
    reviewer_id: int
    digest: str
    expires_at: datetime


def require_approval(
    *, team_id: int, submission_id: int, channel: ChannelContent, media: Mapping[str, bytes], at: datetime
) -> Approval:
    """Proves that `channel` with these media bytes is part of a content that this team approved, under an approval
    that is neither expired nor revoked at `at`. `media`: SHA-256 to bytes. Raises NotApproved, and nothing else."""
    try:
        return _prove(team_id, submission_id, channel, media, at)
    except NotApproved:
        raise
    except Exception as error:
        logger.exception("The approval of submission %s could not be verified", submission_id)
        raise NotApproved("The approval could not be verified, so nothing was sent.") from error


def _prove(
    team_id: int, submission_id: int, channel: ChannelContent, media: Mapping[str, bytes], at: datetime
) -> Approval:
    submission = Submission.objects.filter(pk=submission_id, team_id=team_id).first()
    if submission is None:
        raise NotApproved("There is no such submission in this team.")
    if submission.state != Submission.State.APPROVED:
        raise NotApproved(f"It is {submission.get_state_display().lower()}, not approved.")
    content = _same_content(submission, channel)
    _same_bytes(channel, media)
    decision = _approval_of(submission, at)
    _by_somebody_else(submission, decision)
    _examined(submission, decision)
    _same_rules(submission, decision)
    if decision.digest != content.digest:
        raise NotApproved("The approval is for other content.")
    return Approval(submission.pk, decision.pk, decision.reviewer_id, decision.digest, _expiry(decision))


def _same_content(submission: Submission, channel: ChannelContent) -> Content:
    if digest_of(submission.content) != submission.digest:
        raise NotApproved("The frozen content does not match its digest.")
    content = submission.frozen
    if content.canonical() != submission.content or channel not in content.channels:
        raise NotApproved("What would be sent is not what was submitted.")
    return content


def _same_bytes(channel: ChannelContent, media: Mapping[str, bytes]) -> None:
    wanted = {m.sha256 for part in channel.parts for m in part.media}
    if wanted != set(media):
        raise NotApproved("An image is missing, or there is one too many.")
    for sha256, data in media.items():
        if hashlib.sha256(data).hexdigest() != sha256:
            raise NotApproved("The bytes of an image are not the ones that were approved.")


def _approval_of(submission: Submission, at: datetime) -> Decision:
    decisions = list(Decision.objects.filter(submission=submission).order_by("pk"))
    approvals = [d for d in decisions if d.kind == Decision.Kind.APPROVE]
    if len(approvals) != 1 or decisions[-1] != approvals[0]:
        raise NotApproved("There is no standing approval.")
    decision = approvals[0]
    if decision.digest != submission.digest:
        raise NotApproved("The approval is for other content.")
    if not decision.at <= at < _expiry(decision):
        raise NotApproved("The approval has expired. Submit the post again.")
    return decision


def _expiry(decision: Decision) -> datetime:
    if decision.expires_at is None:
        raise NotApproved("The approval has no end, so it does not count.")
    return decision.expires_at


def _by_somebody_else(submission: Submission, decision: Decision) -> None:
    wrote = Editor.objects.filter(submission=submission, user_id=decision.reviewer_id).exists()
    if wrote or submission.author_id == decision.reviewer_id:
        raise NotApproved("Its author or an editor approved it.")


def _examined(submission: Submission, decision: Decision) -> None:
    """Every check that is registered today ran in the round that was reviewed, every question was answered, and what
    blocks was set aside by two people, as the code of conduct that was approved under lets them."""
    runs = {r.check_id: r for r in CheckRun.objects.filter(submission=submission, round=submission.round)}
    if missing := set(registry.CHECKS) - set(runs):
        raise NotApproved(f"Checks have not run: {', '.join(sorted(missing))}.")
    findings = Finding.objects.filter(submission=submission, round=submission.round)
    attested = set(Attestation.objects.filter(decision=decision).values_list("finding_id", flat=True))
    overridden = settled.findings(submission, decision.conduct, role_today=False)
    spoken = set()
    for finding in findings:
        spoken.add(finding.run_id)
        by_two = finding.level == "blocks" and finding.pk in overridden
        answered = finding.level == "attest" and finding.pk in attested
        if not (by_two or answered or finding.level == "advises"):
            raise NotApproved(f"A finding is not settled: {finding.message}")
    if any(r.status == CheckRun.Status.UNKNOWN and r.pk not in spoken for r in runs.values()):
        raise NotApproved("A check could not run, and nobody was asked about it.")


def _same_rules(submission: Submission, decision: Decision) -> None:
    floor = policy.floor(submission.team_id)
    if decision.conduct.number < floor:
        raise NotApproved(
            f"The code of conduct now asks for version {floor} or newer. Submit the post again."
        )
