"""Accounts on servers of the tests, connected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from accounts import sealing
from accounts.models import Channel, Team
from platforms import guard, http
from tests import factories as make
from tests.servers.mastodon_state import State


@contextmanager
def loopback_allowed() -> Iterator[None]:
    """Servers on this machine may be called, as ALLOW_LOOPBACK_INSTANCES=yes lets them be."""
    before = guard.settings.allow_loopback, guard.settings.user_agent
    http.configure(allow_loopback=True, user_agent="Countersign/test")
    try:
        yield
    finally:
        http.configure(allow_loopback=before[0], user_agent=before[1])


def on_mastodon(team: Team, server: State) -> Channel:
    return Channel.objects.create(
        team=team,
        platform="mastodon",
        instance=server.url,
        account_id="1001",
        handle="@alice@test",
        limits={"max_characters": 500},
        sealed=sealing.seal({"access_token": server.token_for("alice")}),
        connected_by=make.user(),
    )
