"""The writers of people and teams. Each call is one transaction with one entry in the publish log, written
last.

Rows are locked in one order, so that no two transactions wait for each other: team, membership, log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from accounts import journal, zones
from accounts.errors import Closed, NotAllowed, Refused
from accounts.models import Membership, Role, Team, User
from accounts.notices import notify
from ledger import services as ledger

LONGEST_LATENESS = 24 * 60
LONGEST_APPROVAL = 365


def create_user(*, email: str, name: str, password: str, is_operator: bool = False) -> User:
    """A person who can sign in: the address counts as theirs. `is_operator`: runs this installation.

    Call it in the transaction of what the person is made for. Raises Refused for an address that is taken.
    """
    make = User.objects.create_superuser if is_operator else User.objects.create_user
    try:
        with transaction.atomic():
            user = make(email, password, name=" ".join(name.split()))
    except IntegrityError:
        raise Refused("There is an account with this address. Sign in with it.", field="email") from None
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def create_team(*, name: str, zone: str, by: User) -> Team:
    """A team with `by` as its first admin and author. It has no code of conduct yet: the caller adopts the
    first one in the same transaction (scheduler/teams.py). Raises Refused."""
    _require_zone(zone)
    ledger.lock_writers()  # one at a time, so that two teams of one name get two addresses
    team = Team.objects.create(slug=_free_slug(name), name=_named(name), zone=zone)
    Membership.objects.create(team=team, user=by, is_admin=True, is_author=True)
    journal.entry(team, "team.created", by, title=f"Team {team}", data={"zone": zone})
    return team


@transaction.atomic
def update_team(
    *, member: Membership, name: str, zone: str, lateness_minutes: int, approval_days: int
) -> Team:
    """The team's name and how it plans. Posts keep the zone in which their time was chosen. Raises
    NotAllowed, Refused."""
    team = locked_team(member)
    _require_zone(zone)
    _require_range(lateness_minutes, 1, LONGEST_LATENESS, "lateness_minutes", "minutes")
    _require_range(approval_days, 1, LONGEST_APPROVAL, "approval_days", "days")
    new = {
        "name": _named(name),
        "zone": zone,
        "lateness_minutes": lateness_minutes,
        "approval_days": approval_days,
    }
    changed = {field: value for field, value in new.items() if getattr(team, field) != value}
    if not changed:
        return team
    for field, value in changed.items():
        setattr(team, field, value)
    team.save(update_fields=list(changed))
    data = {"changed": sorted(changed), **{k: v for k, v in changed.items() if k != "name"}}
    journal.entry(team, "team.changed", member.user, title=f"Settings of {team}", data=data)
    return team


@transaction.atomic
def change_roles(*, by: Membership, member_id: int, roles: Iterable[Role]) -> Membership:
    """Gives a member exactly these roles. Raises NotAllowed, Refused, Closed."""
    team, roles = locked_team(by), set(roles)
    member = _open_member(team, member_id)
    require_a_role(roles)
    if member.is_admin and Role.ADMIN not in roles:
        _require_another_admin(team, member)
    before = [role.value for role in member.roles]
    if before == [role.value for role in Role if role in roles]:
        return member
    set_roles(member, roles)
    member.save()
    data = {"member": member.pk, "before": before, "after": [role.value for role in member.roles]}
    if member.user_id != by.user_id:
        notify(
            team=team,
            users=[member.user],
            text=f"Your roles in {team} are now: {member.role_names}.",
            url=f"/t/{team.slug}/team/",
        )
    journal.entry(
        team, "member.roles", by.user, title=f"Roles of {member.user}", about=member.user, data=data
    )
    return member


@transaction.atomic
def end_membership(*, by: Membership, member_id: int) -> Membership:
    """Takes a person out of the team: at once for every page, never from history. Members may leave by
    themselves. Raises NotAllowed, Refused, Closed."""
    team = locked_team(by, needs_admin=by.pk != member_id)
    member = _open_member(team, member_id)
    if member.is_admin:
        _require_another_admin(team, member)
    before = [role.value for role in member.roles]
    member.ended_at = timezone.now()
    set_roles(member, set())
    member.save()
    data = {"member": member.pk, "before": before, "left": member.user_id == by.user_id}
    journal.entry(
        team, "member.ended", by.user, title=f"{member.user} left {team}", about=member.user, data=data
    )
    return member


def set_roles(of: Any, roles: Iterable[Role]) -> None:
    """Sets the role fields of a membership or an invitation, without saving."""
    wanted = set(roles)
    for role in Role:
        setattr(of, f"is_{role.value}", role in wanted)


def require_a_role(roles: Iterable[Role]) -> None:
    if not set(roles):
        raise Refused("Choose at least one role.", field="roles")


def locked_team(by: Membership, *, needs_admin: bool = True) -> Team:
    """The team, locked, once it is sure that `by` is still a member, and an admin where that is needed."""
    team = Team.objects.select_for_update(no_key=True).get(pk=by.team_id)
    mine = Membership.objects.filter(pk=by.pk, ended_at__isnull=True, user__is_active=True).first()
    if mine is None:
        raise NotAllowed(f"You are no longer a member of {team}.")
    if needs_admin and not mine.is_admin:
        raise NotAllowed(f"Only an admin of {team} can do this.")
    return team


def _open_member(team: Team, member_id: int) -> Membership:
    member = Membership.objects.select_related("user", "team").get(pk=member_id, team=team)
    if member.ended_at:
        raise Closed(f"{member.user} has already left {team}.")
    return member


def _require_another_admin(team: Team, member: Membership) -> None:
    others = Membership.objects.filter(team=team, is_admin=True, ended_at__isnull=True, user__is_active=True)
    if not others.exclude(pk=member.pk).exists():
        raise Refused(
            f"{member.user} is the last admin of {team}. Make somebody else an admin first.", field="roles"
        )


def _require_zone(zone: str) -> None:
    if zone not in zones.names():
        raise Refused("Choose a time zone from the list.", field="zone")


def _require_range(value: int, low: int, high: int, field: str, unit: str) -> None:
    if not low <= value <= high:
        raise Refused(f"Choose {low} to {high} {unit}.", field=field)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise Refused("Give the team a name of 1 to 120 characters.", field="name")
    return name


def _free_slug(name: str) -> str:
    base = slugify(name)[:50].strip("-") or "team"
    taken = set(
        Team.objects.filter(Q(slug=base) | Q(slug__startswith=f"{base}-")).values_list("slug", flat=True)
    )
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug
