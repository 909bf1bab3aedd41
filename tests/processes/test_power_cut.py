"""The whole machine's processes are killed while posts are being sent, and the database is away for 20 seconds in the
middle: one copy of each, nothing forgotten, and everything comes back by itself."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.browser.installation import Installation
from tests.processes.inside import Inside
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import Fault, State
from tests.servers.pg import PrivatePostgres

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.xdist_group("power cut")]

POSTS, ACCOUNTS = 8, 10
TOOTS = 20
AWAY_SECONDS = 22
"""Longer than SQLite's busy timeout of 20 s (config/settings.py)."""
PATIENCE = 120


class Place:
    """An installation, and its database's own switch."""

    def __init__(self, installation: Installation, away: Callable[[], None]) -> None:
        self.installation, self.away = installation, away


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """On PostgreSQL with a server of its own, since it is stopped."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        with Installation(ALLOW_LOOPBACK_INSTANCES="yes") as installation:
            yield Place(installation, lambda: lock(installation.var / "db.sqlite3"))
        return
    with PrivatePostgres() as server, database_url(server.url()), Installation() as installation:
        yield Place(installation, lambda: stop(server))


@contextmanager
def database_url(url: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        yield


def lock(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=60)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(AWAY_SECONDS)
        other.rollback()


def stop(server: PrivatePostgres) -> None:
    server.halt()
    time.sleep(AWAY_SECONDS)
    server.start()


@pytest.fixture
def mastodon() -> Iterator[State]:
    """It takes its time, and ignores keys, so that every second request would be a second post."""
    with running_mastodon() as server:
        server.settings.honour_key = False
        server.faults = [Fault("slow_after", times=TOOTS, seconds=0.5)]
        yield server


def files(installation: Installation, team: int) -> list[Path]:
    return list((installation.var / "sandbox" / str(team)).glob("*/posts/*.json"))


def test_everything_is_killed_at_once_and_started_again(place: Place) -> None:
    installation = place.installation
    with Inside(installation) as inside:
        team = inside.make(POSTS, ACCOUNTS)
        inside.make_due(team)
        inside.wait_for(lambda: bool(inside.states(team).get("sent")), PATIENCE)
    installation.kill()

    with Inside(installation) as inside:
        before = inside.states(team)
        assert before["sent"] < POSTS * ACCOUNTS, "it was killed too late"
        inside.let_time_pass(team)
        installation.start()

        def done() -> bool:
            inside.end_pauses(team)
            return bool(inside.states(team) == {"sent": POSTS * ACCOUNTS})

        inside.wait_for(done, PATIENCE)
        assert inside.entries(team, "delivery.sent") == [POSTS * ACCOUNTS, POSTS * ACCOUNTS]
    assert len(files(installation, team)) == POSTS * ACCOUNTS


def test_the_database_is_away_for_a_while(place: Place, mastodon: State) -> None:
    """What the platform answered meanwhile is not lost: on a server where nothing is ever sent again by itself, every
    post is known to be out, once."""
    with Inside(place.installation) as inside:
        team = inside.make(TOOTS, 1, mastodon.url, mastodon.token_for("alice"))
        inside.make_due(team)
        inside.wait_for(lambda: len(mastodon.statuses) >= 2, PATIENCE)
    assert len(mastodon.statuses) < TOOTS - 2, "it went away too late"

    place.away()
    back = time.time()

    with Inside(place.installation) as inside:

        def done() -> bool:
            inside.end_pauses(team)
            return bool(inside.states(team) == {"sent": TOOTS})

        inside.wait_for(done, PATIENCE)
        assert inside.entries(team, "delivery.sent") == [TOOTS, TOOTS]
        assert "unknown" not in inside.attempts(team)
        inside.wait_for(
            lambda: all(inside.beats().get(part, 0) > back for part in ("dispatcher", "gate", "publish")),
            PATIENCE,
        )
    texts = [status["x_text"] for status in mastodon.statuses]
    assert len(set(texts)) == len(texts) == TOOTS
