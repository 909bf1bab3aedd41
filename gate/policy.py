"""The team's code of conduct as it is in force: its versions, the floor, and who has acknowledged it; and what its
checks look for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from accounts.notices import notify
from gate import check_settings, conduct, log, rendering
from gate.conduct import Clause
from gate.errors import Incomplete, NotAcknowledged, NotAllowed, WrongState
from gate.models import Acknowledgement, ConductVersion
from ledger import services as ledger

Settings = Mapping[str, Mapping[str, Any]]
"""Check id, or "review", to setting and value."""


def current(team: Team, at: datetime | None = None) -> ConductVersion:
    """The version in force, now or at another moment. Every team is born with one (see `adopt_default`)."""
    version = in_force(team.pk, at).order_by("-number").first()
    if version is None:
        raise NotAcknowledged("This team has no code of conduct yet. An admin has to publish one first.")
    return version


def newest(team: Team) -> ConductVersion:
    """The version published last, in force or not yet: the one that the next is made from."""
    return ConductVersion.objects.filter(team=team).order_by("-number").first() or current(team)


def in_force(team_id: int, at: datetime | None = None) -> QuerySet[ConductVersion]:
    """The versions whose time has come; the first one always, also where a clock was set back."""
    come = Q(effective_at__lte=at or timezone.now()) | Q(number=1)
    return ConductVersion.objects.filter(come, team_id=team_id)


def coming(present: ConductVersion) -> list[ConductVersion]:
    """What was published after the version in force and is to come, the first to come first. One that a newer version
    overtakes never will, and is left out."""
    versions = ConductVersion.objects.filter(team_id=present.team_id, number__gt=present.number)
    found: list[ConductVersion] = []
    for version in versions.order_by("-number"):
        if not found or version.effective_at < found[0].effective_at:
            found.insert(0, version)
    return found


def overtaken(team_id: int) -> set[int]:
    """Numbers of the versions that never were in force and never will be: a newer one came before their time. One that
    is a floor ends older approvals all the same, since a clock that was set back looks alike."""
    found: set[int] = set()
    earliest: datetime | None = None
    versions = ConductVersion.objects.filter(team_id=team_id).order_by("-number")
    for number, at in versions.values_list("number", "effective_at"):
        if earliest is not None and at > earliest:
            found.add(number)
        earliest = at if earliest is None else min(at, earliest)
    return found


def floor(team_id: int, at: datetime | None = None) -> int:
    """The oldest version whose approvals still count."""
    floors = in_force(team_id, at).filter(is_floor=True)
    number = floors.aggregate(n=Max("number"))["n"]
    return int(number or 1)


def examined_since(team_id: int, at: datetime | None = None) -> int:
    """The oldest version by which the checks of a post that nobody has approved yet may have worked: the floor, or the
    first of those after it that have the settings now in force."""
    now, since = None, 1
    for version in in_force(team_id, at).defer("text").order_by("-number").iterator():
        settings = check_settings.examined_by(version.settings)
        now = settings if now is None else now
        if settings != now:
            break
        since = version.number
        if version.is_floor:
            break
    return since


def floor_to_come(present: ConductVersion, before: datetime | None) -> ConductVersion | None:
    """The first version after the one in force that will end approvals given until then; with `before`, where it comes
    by that time."""
    floors = ConductVersion.objects.filter(team_id=present.team_id, number__gt=present.number, is_floor=True)
    if before is not None:
        floors = floors.filter(effective_at__lte=before)
    return floors.defer("text", "settings").order_by("effective_at").first()


def clauses(version: ConductVersion) -> list[Clause]:
    return conduct.parse(version.text)


def has_acknowledged(*, team: Team, user: User) -> bool:
    return acknowledgements(current(team)).filter(user=user).exists()


def acknowledgements(version: ConductVersion) -> QuerySet[Acknowledgement]:
    """Whoever has read these words: of this version, or of another with the same text, older or newer."""
    return Acknowledgement.objects.filter(
        conduct__team_id=version.team_id, conduct__text_since=version.text_since
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
    version = _create(team, by, conduct.default_text(), note, {}, is_floor=True)
    _log(version, {})
    return version


@transaction.atomic
def publish(
    *,
    member: Membership,
    text: str,
    note: str,
    is_floor: bool,
    written_from: int | None = None,
    settings: Settings | None = None,
    effective_at: datetime | None = None,
) -> ConductVersion:
    """A new version of the text and of what the checks look for. Where its text is new everybody hears, and is asked to
    acknowledge it before they next submit or approve; they hear again where that comes sooner than was said. With
    `is_floor`, approvals under older versions lapse.

    written_from: the version that it was made from, the newest. settings: the checks and settings that are named
    change, the others stay. effective_at: when it comes into force, now where nothing is said; never before now. Of
    two admins at once, one waits here for the other. Raises NotAllowed, Incomplete, and WrongState where a newer
    version than `written_from` was published."""
    team = _locked(member, "Only an admin of the team can publish the code of conduct.")
    before = newest(team)
    if written_from is not None and written_from != before.number:
        raise WrongState(
            f"{before.published_by} published version {before.number} while you wrote. Nothing was published: "
            "compare below what yours would change, and publish again."
        )
    if effective_at is not None and effective_at <= timezone.now():
        raise Incomplete("The version would come into force in the past. Nothing was published; all is kept.")
    text = conduct.tidy(text)
    require_clauses(text, {clause.id for clause in clauses(before)})
    wanted = _settings(before, settings or {})
    present = current(team)
    version = _create(team, member.user, text, note, wanted, is_floor=is_floor, effective_at=effective_at)
    sooner = version.effective_at < before.effective_at and version.text_since > present.number
    if version.text_since == version.number or sooner:
        _announce(version)
    _log(version, before.settings)
    return version


def _locked(member: Membership, refusal: str) -> Team:
    """The team, locked. Raises NotAllowed with these words for whoever is no admin of it any more."""
    team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    if not member.still_holds(Role.ADMIN):
        raise NotAllowed(refusal)
    return team


def _settings(before: ConductVersion, changed: Settings) -> dict[str, dict[str, Any]]:
    """Those of the version before with what changed. Raises Incomplete, which names the field."""
    try:
        return check_settings.read({**check_settings.known(before.settings), **changed})
    except check_settings.SettingRefused as error:
        raise Incomplete(f"{error.words} Nothing was changed; what you wrote is kept.") from error


def _announce(version: ConductVersion) -> None:
    """Everybody but its author is told that there is something to read."""
    team = version.team
    members = team.members.filter(ended_at__isnull=True).exclude(user=version.published_by)
    when = ""
    if version.effective_at > version.published_at:
        when = f" It comes into force on {moment(version)}."
    words = f"Version {version.number} of the code of conduct is there to be read and acknowledged.{when}"
    users = [member.user for member in members.select_related("user").order_by("pk")]
    notify(team=team, users=users, text=words, url=address(team, version))


def moment(version: ConductVersion) -> str:
    """When it comes into force, in the team's zone."""
    local = version.effective_at.astimezone(version.team.tz)
    return f"{local.day} {local:%B %Y} at {local:%H:%M} ({version.team.zone})"


def address(team: Team, version: ConductVersion | None = None) -> str:
    """Of the page of the version in force, or of one version."""
    page = f"/t/{team.slug}/policy/"
    return f"{page}versions/{version.number}/" if version else page


def require_clauses(text: str, cited: set[str]) -> None:
    """Raises Incomplete where the text cannot be cut into clauses or shown, or a clause that decisions may cite is
    gone."""
    if rendering.is_tangled(text):
        raise Incomplete(f"{rendering.TANGLED} Nothing was published; your text is kept.")
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


def _create(
    team: Team,
    by: User,
    text: str,
    note: str,
    settings: Settings,
    *,
    is_floor: bool,
    effective_at: datetime | None = None,
) -> ConductVersion:
    last = ConductVersion.objects.filter(team=team).order_by("-number").first()
    number = last.number + 1 if last else 1
    now = timezone.now()
    return ConductVersion.objects.create(
        team=team,
        number=number,
        text=text,
        text_since=last.text_since if last and conduct.tidy(last.text) == conduct.tidy(text) else number,
        settings=settings,
        note=note,
        is_floor=is_floor,
        effective_at=effective_at or now,
        published_by=by,
        published_at=now,
    )


def _log(version: ConductVersion, settings_before: Settings) -> None:
    """With the digest of its text: acknowledgements and decisions name the number, and the number these words."""
    digest = hashlib.sha256(version.text.encode()).hexdigest()
    data: dict[str, Any] = {"number": version.number, "is_floor": version.is_floor, "text_sha256": digest}
    personal = {"actor": str(version.published_by), "title": str(version)}
    if version.effective_at != version.published_at:
        data["effective"] = log.utc(version.effective_at)
    if changed := _changed(settings_before, version.settings):
        data["changed"] = changed
        personal["settings"] = json.dumps(version.settings, ensure_ascii=False, sort_keys=True)
    ledger.append(
        kind="conduct.published",
        team_id=version.team_id,
        actor_id=version.published_by_id,
        subject=f"conduct:{version.pk}",
        data=data,
        personal=personal,
        tags={"person": [version.published_by_id]},
    )


def _changed(before: Settings, after: Settings) -> list[str]:
    """The checks whose settings differ, by id; no check is asked, so that one that cannot be loaded keeps nobody from
    a code of conduct."""
    return sorted(each for each in {**before, **after} if before.get(each) != after.get(each))


@transaction.atomic
def acknowledge(*, team: Team, user: User, number: int | None = None) -> Acknowledgement:
    """This person agrees to the version in force; saying it twice changes nothing. `number`: the version that the
    person has read, which may be one that is still to come, or an older one with the same words. Raises WrongState
    where other words are in force by now."""
    version = _to_acknowledge(team, number)
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


def _to_acknowledge(team: Team, number: int | None) -> ConductVersion:
    version = current(team)
    if number is None or version.text_since <= number <= version.number:
        return version
    if number > version.number and (later := [v for v in coming(version) if v.number == number]):
        return later[0]
    if not 0 < number <= version.number:
        raise WrongState(
            f"It was not said which version you have read. Nothing was recorded: read version {version.number} below "
            "and acknowledge that."
        )
    raise WrongState(
        f"Version {version.number} was published while you read version {number}. Nothing was recorded: read "
        "the new one below and acknowledge that."
    )


@transaction.atomic
def change_settings(*, member: Membership, settings: Settings) -> ConductVersion:
    """What the team's checks look for from the next run on: a new version with the same text, which nobody has to read
    again. Checks that are not named keep their settings. It comes into force with the newest version, where that one
    is still to come. Raises NotAllowed; Incomplete, which names the field."""
    team = _locked(member, "Only an admin of the team can change what the checks look for.")
    before = newest(team)
    wanted = _settings(before, settings)
    changed = _changed(before.settings, wanted)
    if not changed:
        return before
    later = before.effective_at if before.effective_at > timezone.now() else None
    note = f"Settings: {', '.join(changed)}"[:300]
    version = _create(team, member.user, before.text, note, wanted, is_floor=False, effective_at=later)
    _log(version, before.settings)
    return version
