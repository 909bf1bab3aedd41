"""The private PostgreSQL of the tests: private, and gone afterwards. Skipped where there is no PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import dj_database_url
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


def connect(server: PrivatePostgres) -> psycopg.Connection[tuple[object, ...]]:
    settings = dj_database_url.parse(server.url("postgres"))
    return psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"])


def test_it_answers_on_its_socket_and_on_no_port(server: PrivatePostgres) -> None:
    with connect(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_it_stops_although_somebody_is_connected_and_leaves_nothing(server: PrivatePostgres) -> None:
    with connect(server) as connection:
        folder = dj_database_url.parse(server.url())["HOST"]
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=folder, user="postgres", dbname="postgres")
