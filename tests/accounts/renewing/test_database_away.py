"""The database is away when a sign-in is renewed: no secret is lost, and none is asked for that could not be kept."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing

import pytest
from django.db import connection

from accounts import renewing
from accounts.models import Channel
from platforms.base import PublishError
from tests.accounts.renewing.use import GIVE_UP, now, use
from tests.servers.mastodon_state import State

pytestmark = pytest.mark.django_db(transaction=True)


def go_away(seconds: float) -> Callable[[], None]:
    """The database goes away: PostgreSQL drops our connection, SQLite is locked for longer than we wait. It is back
    after so many seconds, or once the answer is called."""
    gone, back = threading.Event(), threading.Event()

    def leave() -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            connection.close()
            return gone.set()
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as other:
            other.execute("BEGIN EXCLUSIVE")
            gone.set()
            back.wait(seconds)

    def come_back() -> None:
        back.set()
        thread.join(GIVE_UP)

    connection.ensure_connection()
    if connection.vendor == "postgresql":
        pid = connection.connection.info.backend_pid
    else:
        connection.connection.execute("PRAGMA busy_timeout = 50")
    thread = threading.Thread(target=leave)
    thread.start()
    assert gone.wait(GIVE_UP)
    return come_back


def test_a_database_that_is_away_for_a_moment_loses_no_new_secret(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes while the platform answers: what was renewed with is used up, so the answer must be kept."""
    monkeypatch.setattr(renewing, "PAUSES_OF_THE_DATABASE", (0.0, 0.1))

    def exchange(_: Mapping[str, str]) -> Mapping[str, str]:
        go_away(seconds=0.3)
        return {"access_token": "new", "refresh_token": "newer"}

    credentials = channel.credentials()
    credentials.renew(exchange)
    assert credentials.secrets["access_token"] == "new"
    assert now(channel).credentials().secrets == credentials.secrets


def test_without_a_database_nobody_asks_the_platform(channel: Channel, server: State) -> None:
    credentials = channel.credentials()
    server.registry.expire()
    come_back = go_away(seconds=GIVE_UP)
    with pytest.raises(PublishError, match="database was away") as raised:
        channel.adapter.check_sign_in(credentials)
    come_back()
    assert (raised.value.permanent, raised.value.maybe_sent, raised.value.needs_reconnect) == (False,) * 3
    assert server.registry.refreshes == 0
    use(channel)
    assert server.registry.refreshes == 1
