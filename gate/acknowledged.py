"""Who has acknowledged a version of the code of conduct and who has not; and a reminder to those who have not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from accounts.notices import notify
from gate import policy
from gate.errors import NotAllowed, WrongState
from gate.models import Acknowledgement, ConductVersion
from ledger import exports
from ledger import services as ledger
from ledger.models import Entry

LOOK_AFTER_IT = (Role.ADMIN, Role.REVIEWER, Role.AUDITOR)
"""Who sees who has acknowledged, and may remind the others."""
REMIND_AGAIN = timedelta(days=1)
COLUMNS = ("name", "e-mail", "roles", "state", "acknowledged at (UTC)", "version acknowledged")


@dataclass(frozen=True, slots=True)
class Reader:
    """A person, and when they acknowledged these words, under which version. `left`: no member any more."""

    user: User
    roles: str
    at: datetime | None
    number: int | None
    left: bool = False

    @property
    def state(self) -> str:
        return "left the team" if self.left else "acknowledged" if self.at else "not yet"


@dataclass(frozen=True, slots=True)
class Readers:
    """Those of a version: today's members, who has not acknowledged first, and whoever acknowledged it and left."""

    rows: list[Reader]
    former: list[Reader]

    @property
    def done(self) -> int:
        return sum(reader.at is not None for reader in self.rows)

    @property
    def missing(self) -> list[Reader]:
        return [reader for reader in self.rows if reader.at is None]


def of(version: ConductVersion) -> Readers:
    said: dict[int, Acknowledgement] = {}
    given = policy.acknowledgements(version).select_related("user", "conduct")
    for each in given.defer("conduct__text", "conduct__settings").order_by("at", "pk"):
        said.setdefault(each.user_id, each)
    members = version.team.members.filter(ended_at__isnull=True).select_related("user")
    rows = [
        _reader(member, said.pop(member.user_id, None)) for member in members.order_by("user__name", "pk")
    ]
    rows.sort(key=lambda reader: reader.at is not None)
    former = [Reader(each.user, "", each.at, each.conduct.number, left=True) for each in said.values()]
    return Readers(rows, former)


def _reader(member: Membership, said: Acknowledgement | None) -> Reader:
    at, number = (said.at, said.conduct.number) if said else (None, None)
    return Reader(member.user, member.role_names, at, number)


def as_csv(readers: Readers) -> Iterator[str]:
    """A table for spreadsheets, with a header."""
    return exports.csv_lines(COLUMNS, (_cells(reader) for reader in [*readers.rows, *readers.former]))


def _cells(reader: Reader) -> tuple[object, ...]:
    at = f"{reader.at:%Y-%m-%dT%H:%M:%SZ}" if reader.at else ""
    return (reader.user, reader.user.email, reader.roles, reader.state, at, reader.number or "")


def reminded_at(version: ConductVersion) -> datetime | None:
    """When those who had not acknowledged it were last reminded."""
    entries = Entry.objects.filter(
        team_id=version.team_id, kind="conduct.reminded", subject=_subject(version)
    )
    last = entries.order_by("-index").first()
    return last.at if last else None


def _subject(version: ConductVersion) -> str:
    return f"conduct:{version.pk}"


@transaction.atomic
def remind(*, member: Membership, number: int, at: datetime | None = None) -> int:
    """Tells everybody who has not acknowledged this version, which is in force or to come. Returns how many. Raises
    NotAllowed, and WrongState for another version, within a day of the last reminder, or where nobody is left."""
    now = at or timezone.now()
    team = Team.objects.select_for_update(no_key=True).get(pk=member.team_id)
    if not member.still_holds(*LOOK_AFTER_IT):
        raise NotAllowed("Only an admin, a reviewer or an auditor of the team can remind the others.")
    version = _open(team, number, now)
    last = reminded_at(version)
    if last and timedelta() <= now - last < REMIND_AGAIN:
        raise WrongState("They were reminded within the last day. Nobody was told again; try again tomorrow.")
    users = [reader.user for reader in of(version).missing if reader.user.is_active]
    if not users:
        raise WrongState("Everybody has acknowledged this version. Nobody was reminded.")
    words = (
        f"Please read and acknowledge version {version.number} of the code of conduct. "
        "Submitting and approving wait for it."
    )
    notify(team=team, users=users, text=words, url=policy.address(team, version))
    ledger.append(
        kind="conduct.reminded",
        team_id=team.pk,
        actor_id=member.user_id,
        subject=_subject(version),
        data={"number": version.number, "people": len(users)},
        personal={"actor": str(member.user), "title": str(version)},
        tags={"person": [member.user_id]},
    )
    return len(users)


def _open(team: Team, number: int, now: datetime) -> ConductVersion:
    present = policy.current(team, now)
    for version in [present, *policy.coming(present)]:
        if version.number == number:
            return version
    raise WrongState("Another version is in force by now. Nobody was reminded.")
