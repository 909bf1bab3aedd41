"""Signing in, and the guard of the platforms, for tests of pages."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import Membership, Team, User
from platforms import guard, http
from tests import factories

Enter = Callable[[Membership | User], Client]


@pytest.fixture
def enter() -> Enter:
    """enter(member) gives a browser in which that person is signed in."""

    def signed_in(who: Membership | User) -> Client:
        client = Client()
        client.force_login(
            who.user if isinstance(who, Membership) else who, "django.contrib.auth.backends.ModelBackend"
        )
        return client

    return signed_in


@pytest.fixture
def team(db: None) -> Team:
    return factories.team("Harbour Trust")


@pytest.fixture
def admin(team: Team) -> Membership:
    return factories.member(team, "admin", name="Rosa Marín")


@pytest.fixture
def author(team: Team) -> Membership:
    return factories.member(team, "author", name="Amara Obi")


@pytest.fixture
def loopback() -> Iterator[None]:
    """Servers on this machine may be connected, as the setting for tests and development allows."""
    before = guard.settings.allow_loopback, guard.settings.user_agent
    http.configure(allow_loopback=True, user_agent="Countersign/test")
    yield
    http.configure(allow_loopback=before[0], user_agent=before[1])


@pytest.fixture
def strict() -> Iterator[None]:
    """The guard as it is in service."""
    before = guard.settings.allow_loopback, guard.settings.user_agent
    http.configure(allow_loopback=False, user_agent="Countersign/test")
    yield
    http.configure(allow_loopback=before[0], user_agent=before[1])
