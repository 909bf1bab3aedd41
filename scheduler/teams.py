"""A team that can work: with its first code of conduct in force. And the first team, with the first
person."""

from __future__ import annotations

from django.db import transaction

from accounts import services as accounts
from accounts.errors import Closed, NotAllowed
from accounts.models import Team, User
from gate import policy
from ledger import services as ledger


def new_team(*, name: str, zone: str, by: User) -> Team:
    """A team of a superuser, the code of conduct's template in force. Raises NotAllowed, Refused."""
    if not by.is_superuser:
        raise NotAllowed("Only somebody who runs this installation can make a team.")
    return with_conduct(name, zone, by)


@transaction.atomic
def set_up(*, name: str, email: str, password: str, team_name: str, zone: str) -> tuple[User, Team]:
    """The first person, who runs the installation, and the first team. Works once: of two at the same
    moment one is first, since the log has one writer at a time. Raises Closed, Refused."""
    ledger.lock_writers()
    if not is_new():
        raise Closed("This installation has been set up already. Sign in, or ask an admin for an invitation.")
    user = accounts.create_user(email=email, name=name, password=password, is_operator=True)
    return user, with_conduct(team_name, zone, user)


def is_new() -> bool:
    """Nobody has ever had an account here."""
    return not User.objects.exists()


@transaction.atomic
def with_conduct(name: str, zone: str, by: User) -> Team:
    """A team that can work from its first minute. Raises Refused."""
    team = accounts.create_team(name=name, zone=zone, by=by)
    policy.adopt_default(team=team, by=by)
    return team
