"""The team's code of conduct as it is in force: its versions, the floor, and who has acknowledged it; and what its
checks look for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import phonenumbers
from django.db import transaction
from django.db.models import Max

from accounts.models import Membership, Role, Team, User
from gate import conduct
from gate.checks import word_list
from gate.conduct import Clause
from gate.errors import Incomplete, NotAcknowledged, NotAllowed, WrongState
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
    return _publish(team, member.user, text, note, is_floor=is_floor)


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
def change_settings(*, member: Membership, settings: Mapping[str, Any]) -> Team:
    """What the team's checks look for from the next run on: fields of CheckSettings, and `unknown`. Other settings
    stay as they are. Raises NotAllowed, Incomplete."""
    if not member.is_admin:
        raise NotAllowed("Only an admin of the team can change what the checks look for.")
    if problem := _settings_problem(settings):
        raise Incomplete(f"{problem} Nothing was changed; what you wrote is kept.")
    team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    changed = sorted(name for name, value in settings.items() if team.check_settings.get(name) != value)
    if not changed:
        return team
    team.check_settings = {**team.check_settings, **settings}
    team.save(update_fields=["check_settings"])
    ledger.append(
        kind="checks.configured",
        team_id=team.pk,
        actor_id=member.user_id,
        subject=f"team:{team.pk}",
        data={"changed": changed},
        personal={
            "actor": str(member.user),
            "title": "What the checks look for",
            "settings": json.dumps(team.check_settings, ensure_ascii=False, sort_keys=True),
        },
        tags={"person": [member.user_id]},
    )
    return team


def _settings_problem(settings: Mapping[str, Any]) -> str:
    """Why the checks could not work with these settings; "" where they can. A setting that a check cannot read makes
    the check unknown for every post, so it is refused here."""
    if strange := set(settings) - {"regions", "public_contacts", "words", "unknown"}:
        return f"There is no setting {', '.join(sorted(strange))}."
    for region in settings.get("regions", ()):
        if region not in phonenumbers.SUPPORTED_REGIONS:
            return f"{region} is not a country code like GB or PT."
    try:
        for words, setting in settings.get("words", {}).items():
            word_list.term(words, setting)
    except ValueError as error:
        return f"{str(error).capitalize()}."
    if settings.get("unknown", "blocks") not in ("blocks", "attest"):
        return "A check that could not run either blocks or asks."
    return ""
