"""A team with people and a channel, a key of the test's own, and browsers that are signed in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Channel, Membership, Team
from ledger import keys, services
from ledger.models import Entry
from tests import factories as make

Write = Callable[..., Entry]


@pytest.fixture(autouse=True)
def log_settings(settings: Any, tmp_path: Path) -> None:
    settings.LEDGER_KEY_FILE = str(tmp_path / "keys" / "log.pem")
    settings.LEDGER_ORIGIN = "log.test/publish"
    settings.LEDGER_OLD_VKEYS = ()
    keys.ensure_key(settings.LEDGER_KEY_FILE)


@pytest.fixture
def team(db: None) -> Team:
    return make.team()


@pytest.fixture
def auditor(team: Team) -> Membership:
    return make.member(team, "auditor", name="Ken Adeyemi", acknowledged=False)


@pytest.fixture
def author(team: Team) -> Membership:
    return make.member(team, "author", name="Amara Obi")


@pytest.fixture
def reviewer(team: Team) -> Membership:
    return make.member(team, "reviewer", name="Rosa Marín")


@pytest.fixture
def admin(team: Team) -> Membership:
    return make.member(team, "admin", name="Inês Duarte", acknowledged=False)


@pytest.fixture
def channel(team: Team) -> Channel:
    return make.channel(team, "Harbour")


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def client(auditor: Membership) -> Client:
    """The auditor's."""
    return browser(auditor)


@pytest.fixture
def write(team: Team) -> Write:
    """Append one entry of the team in a transaction of its own; everything can be said, nothing has to be."""

    def write(**words: Any) -> Entry:
        said: dict[str, Any] = {
            "kind": "post.created",
            "team_id": team.pk,
            "actor_id": None,
            "subject": "post:12",
            "personal": {"title": "Tide tables"},
            "tags": {"origin": ["post:12"]},
        } | words
        with transaction.atomic():
            return services.append(**said)

    return write
