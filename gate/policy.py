"""The team's code of conduct as it is in force: its versions, the floor, and who has acknowledged it; and what its
checks look for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from gate import check_settings, conduct
from gate.conduct import Clause
from gate.errors import Incomplete, NotAcknowledged, NotAllowed, WrongState
from gate.models import Acknowledgement, ConductVersion
from ledger import services as ledger


def current(team: Team) -> ConductVersion:
    """The version in force. Every team is born with one (see `adopt_default`)."""
    version = in_force(team.pk).order_by("-number").first()
    if version is None:
        raise NotAcknowledged("This team has no code of conduct yet. An admin has to publish one first.")
    return version


def in_force(team_id: int) -> QuerySet[ConductVersion]:
    """The versions whose time has come; the first one always, also where a clock was set back."""
    come = Q(effective_at__lte=timezone.now()) | Q(number=1)
    return ConductVersion.objects.filter(come, team_id=team_id)


def floor(team_id: int) -> int:
    """The oldest version whose approvals still count."""
    floors = in_force(team_id).filter(is_floor=True)
    number = floors.aggregate(n=Max("number"))["n"]
    return int(number or 1)


def clauses(version: ConductVersion) -> list[Clause]:
    return conduct.parse(version.text)


def has_acknowledged(*, team: Team, user: User) -> bool:
    return acknowledgements(current(team)).filter(user=user).exists()


def acknowledgements(version: ConductVersion) -> QuerySet[Acknowledgement]:
    """Whoever has read these words: of this version, or of one before it with the same text."""
    return Acknowledgement.objects.filter(
        conduct__team_id=version.team_id,
        conduct__number__gte=version.text_since,
        conduct__number__lte=version.number,
    )


def require_acknowledged(*, team: Team, user: User) -> ConductVersion:
    """The version in force, if this person has acknowledged it. Raises NotAcknowledged."""
    version = current(team)
    if not acknowledgements(version).filter(user=user).exists():
        raise NotAcknowledged(
            f"Read and acknowledge the code of conduct (version {version.number}) first. Your work is kept."
        )
    return version


@transaction.atomic
def adopt_default(*, team: Team, by: User) -> ConductVersion:
    """The first version of a new team: our template, as it stands."""
    note = "The template that Countersign comes with"
    return _publish(team, by, conduct.default_text(), note, {}, is_floor=True)


@transaction.atomic
def publish(
    *, member: Membership, text: str, note: str, is_floor: bool, written_from: int | None = None
) -> ConductVersion:
    """A new version. Everybody is asked to acknowledge it before they next submit or approve; with `is_floor`,
    approvals under older versions lapse. `written_from`: the version that the text was made from. Of two admins at
    once, one waits here for the other. Raises NotAllowed, Incomplete, and WrongState where `written_from` is no
    longer in force."""
    team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    if not member.still_holds(Role.ADMIN):
        raise NotAllowed("Only an admin of the team can publish the code of conduct.")
    before = current(team)
    if written_from is not None and written_from != before.number:
        raise WrongState(
            f"{before.published_by} published version {before.number} while you wrote. Nothing was published: "
            "compare below what yours would change, and publish again."
        )
    _require_clauses(text, {clause.id for clause in clauses(before)})
    return _publish(team, member.user, text, note, before.settings, is_floor=is_floor)


def _require_clauses(text: str, cited: set[str]) -> None:
    """Raises Incomplete where the text cannot be cut into clauses, or one that decisions may cite is gone."""
    try:
        new = {clause.id for clause in conduct.parse(text)}
    except ValueError as error:
        raise Incomplete(f"{error}. Nothing was published; your text is kept.") from error
    if not new:
        raise Incomplete(
            "No numbered clause was found in the text. Nothing was published; your text is kept."
        )
    if gone := cited - new:
        listed = ", ".join(sorted(gone))
        raise Incomplete(
            f"Clauses that decisions may cite are missing: {listed}. Nothing was published; your text is kept."
        )


def _publish(
    team: Team, by: User, text: str, note: str, settings: Mapping[str, Any], *, is_floor: bool
) -> ConductVersion:
    last = ConductVersion.objects.filter(team=team).order_by("-number").first()
    number = last.number + 1 if last else 1
    version = ConductVersion.objects.create(
        team=team,
        number=number,
        text=text,
        text_since=last.text_since if last and last.text == text else number,
        settings=settings,
        note=note,
        is_floor=is_floor,
        published_by=by,
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
def acknowledge(*, team: Team, user: User, number: int | None = None) -> Acknowledgement:
    """This person agrees to the version in force; saying it twice changes nothing. `number`: the version that the
    person has read. Raises WrongState where it is no longer in force."""
    version = current(team)
    if number is not None and number != version.number:
        raise WrongState(
            f"Version {version.number} was published while you read version {number}. Nothing was recorded: read "
            "the new one below and acknowledge that."
        )
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


@transaction.atomic
def change_settings(*, member: Membership, settings: Mapping[str, Mapping[str, Any]]) -> ConductVersion:
    """What the team's checks look for from the next run on: a new version with the same text, which nobody has to read
    again. Checks that are not named keep their settings. Raises NotAllowed; Incomplete, which names the field."""
    team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    if not member.still_holds(Role.ADMIN):
        raise NotAllowed("Only an admin of the team can change what the checks look for.")
    before = current(team)
    try:
        wanted = check_settings.read({**before.settings, **settings})
    except check_settings.SettingRefused as error:
        raise Incomplete(f"{error.words} Nothing was changed; what you wrote is kept.") from error
    changed = [c for c in {**before.settings, **wanted} if before.settings.get(c) != wanted.get(c)]
    if not changed:
        return before
    version = _publish(
        team, member.user, before.text, f"Settings: {', '.join(changed)}", wanted, is_floor=False
    )
    ledger.append(
        kind="checks.configured",
        team_id=team.pk,
        actor_id=member.user_id,
        subject=f"team:{team.pk}",
        data={"changed": sorted(changed), "number": version.number},
        personal={
            "actor": str(member.user),
            "title": "What the checks look for",
            "settings": json.dumps(wanted, ensure_ascii=False, sort_keys=True),
        },
        tags={"person": [member.user_id]},
    )
    return version
