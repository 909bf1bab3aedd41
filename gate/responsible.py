"""Who answers, as an editor does, for what AI wrote or made of people in the public interest.

The exemption of EU AI Act article 50(4) asks for human review and for a person who holds editorial responsibility. The
reviewer names that person with the approval, and the door asks for the name again.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import Membership, Team, User
from gate.checks.disclosure_ai import ANSWERED_FOR
from gate.errors import Incomplete, NotApproved
from gate.models import Decision, Finding


def asked(finding: Finding) -> bool:
    """Whether this finding is attested only together with a name."""
    return finding.level == "attest" and finding.code in ANSWERED_FOR


def choices(team: Team) -> list[User]:
    """The members of the team, who may be named."""
    members = Membership.objects.filter(team=team, ended_at__isnull=True, user__is_active=True)
    return [member.user for member in members.select_related("user").order_by("user__name", "pk")]


def named(team: Team, findings: Iterable[Finding], user_id: int | None) -> User | None:
    """Who answers, None where nobody has to. Raises Incomplete where somebody has to and no member is named."""
    if not any(asked(finding) for finding in findings):
        return None
    person = next((user for user in choices(team) if user.pk == user_id), None)
    if person is None:
        raise Incomplete(
            "Choose who answers for it as its editor: a member of the team. Nothing was decided yet."
        )
    return person


def prove(decision: Decision, findings: Iterable[Finding]) -> None:
    """Raises NotApproved where an approval names nobody and somebody has to answer."""
    if decision.responsible_id is None and any(asked(finding) for finding in findings):
        raise NotApproved(
            "Nobody is named who answers for what AI made, as its editor. Submit the post again."
        )
