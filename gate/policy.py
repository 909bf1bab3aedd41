"""The team's code of conduct as it is in force: its versions, the floor, and who has acknowledged it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from accounts.models import Membership, Team, User
from gate import conduct
from gate.conduct import Clause
from gate.errors import Incomplete, NotAcknowledged, NotAllowed
from gate.models import Acknowledgement, ConductVersion
from ledger import services as ledger


def current(team: Team) -> ConductVersion:
    """The version in force. Every team is born with one (see `adopt_default`)."""
    version = ConductVersion.objects.filter(team=team).order_by("-number").first()
    if version is None:
        raise NotAcknowledged("This team has no code of conduct yet. An admin has to publish one first.")
    return version


def floor(team_id: int) -> int:
    """The oldest version whose approvals still count."""
    number = ConductVersion.objects.filter(team_id=team_id, is_floor=True).aggregate(n=Max("number"))["n"]
    return int(number or 1)


def clauses(version: ConductVersion) -> list[Clause]:
    return conduct.parse(version.text)


def has_acknowledged(*, team: Team, user: User) -> bool:
    return Acknowledgement.objects.filter(conduct=current(team), user=user).exists()


def require_acknowledged(*, team: Team, user: User) -> ConductVersion:
    """The version in force, if this person has acknowledged it. Raises NotAcknowledged."""
    version = current(team)
    if not Acknowledgement.objects.filter(conduct=version, user=user).exists():
        raise NotAcknowledged(
            f"Read and acknowledge the code of conduct (version {version.number}) first. Your work is kept."
        )
    return version


@transaction.atomic
def adopt_default(*, team: Team, by: User) -> ConductVersion:
    """The first version of a new team: our template, as it stands."""
    return _publish(
        team, by, conduct.default_text(), "The template that Countersign comes with", is_floor=True
    )


@transaction.atomic
def publish(*, member: Membership, text: str, note: str, is_floor: bool) -> ConductVersion:
    """A new version. Everybody is asked to acknowledge it before they next submit or approve; with `is_floor`,
    approvals under older versions lapse. Raises NotAllowed, Incomplete."""
    if not member.is_admin:
        raise NotAllowed("Only an admin of the team can publish the code of conduct.")
    try:
        new = {c.id for c in conduct.parse(text)}
    except ValueError as error:
        raise Incomplete(f"{error}. Nothing was published; your text is kept.") from error
    old = {c.id for c in clauses(current(member.team))}
    if not new:
        raise Incomplete(
            "No numbered clause was found in the text. Nothing was published; your text is kept."
        )
    if gone := old - new:
        listed = ", ".join(sorted(gone))
        raise Incomplete(
            f"Clauses that decisions may cite are missing: {listed}. Nothing was published; your text is kept."
        )
    return _publish(member.team, member.user, text, note, is_floor=is_floor)


def _publish(team: Team, by: User, text: str, note: str, *, is_floor: bool) -> ConductVersion:
    number = (ConductVersion.objects.filter(team=team).aggregate(n=Max("number"))["n"] or 0) + 1
    version = ConductVersion.objects.create(
        team=team, number=number, text=text, note=note, is_floor=is_floor, published_by=by
    )
    ledger.append(
        kind="conduct.published",
        team_id=team.pk,
        actor_id=by.pk,
        subject=f"conduct:{version.pk}",
        data={"number": number, "is_floor": is_floor},
        personal={"actor": str(by), "title": f"Code of conduct, version {number}"},
        tags={"person": [by.pk]},
    )
    return version


@transaction.atomic
def acknowledge(*, team: Team, user: User) -> Acknowledgement:
    """This person agrees to the version in force; saying it twice changes nothing."""
    version = current(team)
    said, new = Acknowledgement.objects.get_or_create(conduct=version, user=user)
    if new:
        ledger.append(
            kind="conduct.acknowledged",
            team_id=team.pk,
            actor_id=user.pk,
            subject=f"conduct:{version.pk}",
            data={"number": version.number},
            personal={"actor": str(user), "title": f"Code of conduct, version {version.number}"},
            tags={"person": [user.pk]},
        )
    return said
