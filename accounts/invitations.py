"""Invitations by link: who asks somebody in, and how they come in.

The link is the key, so it is shown to the inviting admin once and mailed once; the database keeps a digest
of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import journal
from accounts.errors import Closed, Refused
from accounts.models import Invitation, Membership, Role, Team, User, token_digest
from accounts.notices import notify
from accounts.services import create_user, locked_team, require_a_role, set_roles

logger = logging.getLogger(__name__)


@transaction.atomic
def invite(*, by: Membership, email: str, roles: Iterable[Role]) -> tuple[Invitation, str]:
    """A new invitation and its link, which is mailed and cannot be shown again. An open invitation of the
    same address stops working. Raises NotAllowed, Refused."""
    team, email, roles = locked_team(by), email.strip().lower(), set(roles)
    require_a_role(roles)
    if Membership.objects.filter(team=team, ended_at__isnull=True, user__email__iexact=email).exists():
        raise Refused(f"{email} is a member of {team} already. Change the roles in the list.", field="email")
    replaced = _revoke(Invitation.objects.filter(team=team, email__iexact=email))
    token = Invitation.new_token()
    made = Invitation(
        team=team,
        email=email,
        token_sha256=token_digest(token),
        invited_by=by.user,
        expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
    )
    set_roles(made, roles)
    made.save()
    link = settings.BASE_URL + reverse("invitation", args=[token])
    transaction.on_commit(lambda: _mail(made, link))
    data = {"invitation": made.pk, "roles": [role.value for role in made.roles], "replaced": replaced}
    journal.entry(
        team, "member.invited", by.user, title=f"Invitation of {email}", data=data, personal={"email": email}
    )
    return made, link


@transaction.atomic
def revoke_invitation(*, by: Membership, invitation_id: int) -> Invitation:
    """The link stops working. Raises NotAllowed, Closed."""
    team = locked_team(by)
    found = Invitation.objects.get(pk=invitation_id, team=team)
    if not _revoke(Invitation.objects.filter(pk=found.pk)):
        raise Closed(why_closed(found))
    found.refresh_from_db()
    journal.entry(
        team,
        "invitation.revoked",
        by.user,
        title=f"Invitation of {found.email}",
        data={"invitation": found.pk},
        personal={"email": found.email},
    )
    return found


def find(token: str) -> Invitation | None:
    """The invitation of a link, whether it still works or not."""
    return (
        Invitation.objects.select_related("team", "invited_by")
        .filter(token_sha256=token_digest(token))
        .first()
    )


@transaction.atomic
def accept_as_new(*, token: str, name: str, password: str) -> Membership:
    """Somebody without an account comes in; the invited address becomes theirs. Raises Closed, Refused."""
    invitation = _take(token)
    user = create_user(email=invitation.email, name=name, password=password)
    return _join(invitation, user)


@transaction.atomic
def accept_as(*, token: str, user: User) -> Membership:
    """A signed-in person comes in, or back in. Raises Closed, Refused."""
    return _join(_take(token), user)


def why_closed(invitation: Invitation) -> str:
    """What happened to an invitation that no longer works."""
    if invitation.accepted_at:
        return "This invitation has been used. If that was you, sign in."
    if invitation.revoked_at:
        return f"This invitation was withdrawn. Ask an admin of {invitation.team} for a new one."
    return f"This invitation has expired. Ask an admin of {invitation.team} for a new one."


def _take(token: str) -> Invitation:
    """Marks the invitation as accepted: of two at once, one gets it. Raises Closed."""
    invitation = find(token)
    if invitation is None:
        raise Closed("There is no such invitation. Check that the link is complete.")
    Team.objects.select_for_update(no_key=True).get(pk=invitation.team_id)
    taken = _open(Invitation.objects.filter(pk=invitation.pk)).update(accepted_at=timezone.now())
    if not taken:
        invitation.refresh_from_db()
        raise Closed(why_closed(invitation))
    return invitation


def _join(invitation: Invitation, user: User) -> Membership:
    team: Team = invitation.team
    member = Membership.objects.filter(team=team, user=user).first() or Membership(team=team, user=user)
    if member.pk and not member.ended_at:
        raise Refused(f"You are a member of {team} already. An admin can give you other roles.")
    member.joined_at, member.ended_at = timezone.now(), None
    set_roles(member, invitation.roles)
    member.save()
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    notify(
        team=team,
        users=[invitation.invited_by],
        text=f"{user} joined {team} as {member.role_names.lower()}.",
        url=f"/t/{team.slug}/team/",
    )
    journal.entry(
        team,
        "member.joined",
        user,
        title=f"{user} joined {team}",
        about=user,
        data={
            "invitation": invitation.pk,
            "invited_by": invitation.invited_by_id,
            "member": member.pk,
            "roles": [role.value for role in member.roles],
        },
        personal={"email": invitation.email},
    )
    return member


def _open(some: QuerySet[Invitation]) -> QuerySet[Invitation]:
    return some.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())


def _revoke(some: QuerySet[Invitation]) -> int:
    return _open(some).update(revoked_at=timezone.now())


def _mail(invitation: Invitation, link: str) -> None:
    """Sent at once and not by the task queue, whose tasks lie in the database: the link lets whoever has it in, and
    only its digest is kept. A mail server that is down keeps nobody out: the admin has the link too."""
    team, by = invitation.team, invitation.invited_by
    body = (
        f"{by} invites you to the team {team} on {settings.PRODUCT_NAME}, "
        f"as {invitation.role_names.lower()}.\n\n"
        f"{link}\n\n"
        f"The link works once and for {settings.INVITATION_DAYS} days. Whoever has it can use it: "
        "keep it to yourself."
    )
    try:
        send_mail(" ".join(f"{by} invites you to {team}".split()), body, None, [invitation.email])
    except (OSError, ValueError) as error:  # as in accounts/tasks.py; the words of either quote the address
        logger.warning(
            "The mail of invitation %s could not be sent (%s).", invitation.pk, type(error).__name__
        )
