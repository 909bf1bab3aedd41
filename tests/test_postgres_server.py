"""The private PostgreSQL of the tests: private, and gone afterwards. Skipped where there is no PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.servers import MissingServer
from tests.servers.pg import PrivatePostgres


@pytest.fixture
def server() -> Iterator[PrivatePostgres]:
    try:
        started = PrivatePostgres()
    except MissingServer as missing:
        pytest.skip(str(missing))
    with started:
        yield started


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("postgres://", "postgresql://"))


def test_it_answers_on_loopback_only(server: PrivatePostgres) -> None:
    with connect(server.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_nobody_gets_in_without_its_password(server: PrivatePostgres) -> None:
    password = urlsplit(server.url()).password
    assert password
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server.url("postgres").replace(password, "guessed"))


def test_it_stops_although_somebody_is_connected_and_leaves_nothing(server: PrivatePostgres) -> None:
    url = server.url("postgres")
    with connect(url) as connection:
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="refused"):
        connect(url)
