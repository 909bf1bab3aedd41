"""The one door. The sender calls `require_approval` with exactly what it is about to send, every time.

Everything is proved again from the rows and the bytes; whatever is missing, expired or raising keeps it shut.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gate import approvals, policy, responsible, settled
from gate.check_settings import examined_by
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
    findings = list(
        Finding.objects.filter(submission=submission, round=submission.round).select_related("run")
    )
    overridden = settled.findings(submission, decision.conduct, role_today=False)
    _examined(submission, decision, findings, overridden)
    responsible.prove(decision, findings)
    _by_enough_people(submission, decision, findings, overridden)
    _same_rules(submission, decision, at)
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
    if decision.round not in (None, submission.round):
        raise NotApproved("The approval is for an earlier round of checks.")
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


def _examined(
    submission: Submission, decision: Decision, findings: Iterable[Finding], overridden: Collection[int]
) -> None:
    """Every check that is registered today ran in the round that was reviewed, every question was answered, and what
    blocks was set aside by two people, as the code of conduct that was approved under lets them."""
    runs = {r.check_id: r for r in CheckRun.objects.filter(submission=submission, round=submission.round)}
    if missing := set(registry.CHECKS) - set(runs):
        raise NotApproved(f"Checks have not run: {', '.join(sorted(missing))}.")
    attested = _answered(decision)
    spoken = set()
    for finding in findings:
        if finding.level != "advises":
            spoken.add(finding.run_id)
        by_two = finding.level == "blocks" and finding.pk in overridden
        answered = finding.level == "attest" and finding.pk in attested
        if not (by_two or answered or finding.level == "advises"):
            raise NotApproved(f"A finding is not settled: {finding.message}")
    if any(r.status == CheckRun.Status.UNKNOWN and r.pk not in spoken for r in runs.values()):
        raise NotApproved("A check could not run, and nobody was asked about it.")


def _answered(decision: Decision) -> set[int]:
    return set(Attestation.objects.filter(decision=decision).values_list("finding_id", flat=True))


def _by_enough_people(
    submission: Submission, decision: Decision, findings: Iterable[Finding], overridden: Collection[int]
) -> None:
    """Where the code of conduct that was approved under asks for two approvals, another person gave the first, in the
    round that was reviewed, with every question answered."""
    if approvals.needed(submission, decision.conduct, findings, overridden).approvals == 1:
        return
    first = approvals.first(submission)
    if first is None or first.round != decision.round or first.pk > decision.pk:
        raise NotApproved("It needs two approvals, and one was given.")
    if first.reviewer_id == decision.reviewer_id:
        raise NotApproved("It needs the approvals of two people, and one person gave both.")
    if why := approvals.why_void(submission, first, role_today=False):
        raise NotApproved(f"The first of its two approvals does not count: {why}.")
    if {f.pk for f in findings if f.level == "attest"} - _answered(first):
        raise NotApproved("A question was not answered with the first of its two approvals.")


def _same_rules(submission: Submission, decision: Decision, at: datetime) -> None:
    floor = policy.floor(submission.team_id, at)
    if decision.conduct.number < floor:
        raise NotApproved(
            f"The code of conduct now asks for version {floor} or newer. Submit the post again."
        )
    runs = CheckRun.objects.filter(submission=submission, round=submission.round).select_related("conduct")
    for worked_by in (run.conduct or submission.conduct for run in runs):
        if worked_by.number < floor:
            raise NotApproved(
                f"Its checks worked by settings from before version {floor}. Submit the post again."
            )
        if examined_by(worked_by.settings) != examined_by(decision.conduct.settings):
            raise NotApproved(
                "Its checks worked by other settings than the code of conduct had when it was approved. "
                "Submit the post again."
            )
