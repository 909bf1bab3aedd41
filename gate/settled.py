"""Which blocking findings two people have set aside: proved from the rows every time. `approve`, the door and the pages
ask here; gate/overrides.py writes the rows."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from accounts.models import Membership
from gate.checks import registry
from gate.checks.base import CheckSettings, Level
from gate.models import ConductVersion, Finding, Override, Submission

NEEDED = 2


class Who(StrEnum):
    """Who may override what a check blocks: the values of its setting `override`."""

    NOBODY = "nobody"
    REVIEWERS = "reviewers"
    ADMINS = "admins"


def who_may(check_id: str, conduct: ConductVersion) -> Who:
    """What this version says of the check; nobody, where the check or its setting is not understood."""
    try:
        return Who(CheckSettings(own=conduct.settings).value(registry.load(check_id), "override"))
    except Exception:  # a check that cannot be loaded raises anything: then nothing of it is set aside
        return Who.NOBODY


def overrides(
    submission: Submission, conduct: ConductVersion, *, role_today: bool = True
) -> dict[int, list[Override]]:
    """Every finding that blocks the present round, to the overrides that count by this version: of this submission,
    this finding and this digest, one for each person, by nobody who wrote it and nobody from outside the team.
    `role_today`: only of those who hold the role for it now. The door asks without: what was given before the approval
    does not lapse with a role."""
    blocking = Finding.objects.filter(submission=submission, round=submission.round, level=Level.BLOCKS)
    who = {f.pk: who_may(f.run.check_id, conduct) for f in blocking.select_related("run")}
    counted: dict[int, list[Override]] = {finding: [] for finding in who}
    if not counted:
        return {}
    wrote = writers(submission)
    people = Membership.objects.filter(team_id=submission.team_id).select_related("user")
    members = {m.user_id: m for m in people}
    rows = Override.objects.filter(submission=submission, finding__in=counted, digest=submission.digest)
    for row in rows.select_related("reviewer").order_by("pk"):
        member = members.get(row.reviewer_id)
        if member is None or row.reviewer_id in wrote or who[row.finding_id] == Who.NOBODY:
            continue
        if role_today and not holds(member, who[row.finding_id]):
            continue
        if row.reviewer_id not in {each.reviewer_id for each in counted[row.finding_id]}:
            counted[row.finding_id].append(row)
    return counted


def findings(submission: Submission, conduct: ConductVersion, *, role_today: bool = True) -> frozenset[int]:
    """Ids of the blocking findings of the present round that two people have set aside."""
    counted = overrides(submission, conduct, role_today=role_today)
    return frozenset(finding for finding, rows in counted.items() if len(rows) >= NEEDED)


def holds(member: Membership, who: Who) -> bool:
    """Whether this person, as a member, is one of those who may override."""
    if who == Who.NOBODY or member.ended_at or not member.is_reviewer or not member.user.is_active:
        return False
    return who == Who.REVIEWERS or member.is_admin


def writers(submission: Submission) -> Collection[int]:
    """Ids of whoever wrote or edited any part of it."""
    return {submission.author_id, *submission.editors.values_list("user_id", flat=True)}
