"""4, too: the database goes away while a post is sent. The platform's answer is kept until it can be written down."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from platforms import sandbox
from scheduler import patience, sender
from scheduler.models import Attempt, Delivery
from tests.must_hold.sending import copies, due_delivery

AWAY_SECONDS = 0.7


@pytest.fixture
def away(transactional_db: None) -> Iterator[Callable[[], None]]:
    """Makes the database go away for a moment: PostgreSQL drops the connection, SQLite is locked."""
    connection.ensure_connection()
    locks: list[threading.Thread] = []

    def lock() -> None:
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as other:
            other.execute("BEGIN EXCLUSIVE")
            locked.set()
            time.sleep(AWAY_SECONDS)

    def go() -> None:
        if connection.vendor == "postgresql":
            parameters = connection.get_connection_params()
            names = ("dbname", "user", "password", "host", "port")
            own = connection.connection.info.backend_pid
            with psycopg.connect(**{n: parameters[n] for n in names if parameters.get(n)}) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
            return
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
        locks.append(threading.Thread(target=lock))
        locks[-1].start()
        locked.wait()

    locked = threading.Event()
    timeout = connection.settings_dict["OPTIONS"].get("timeout")
    if timeout:
        connection.settings_dict["OPTIONS"]["timeout"] = 0.05
    yield go
    for thread in locks:
        thread.join()
    if timeout:
        connection.settings_dict["OPTIONS"]["timeout"] = timeout
    connection.close()


def around(before: Callable[[], None] | None, after: Callable[[], None] | None, what: Any) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        if before:
            before()
        result = what(*args, **options)
        if after:
            after()
        return result

    return call


@pytest.mark.parametrize("when", ["before it asks whether to create", "after the platform answered"])
def test_the_answer_is_kept(away: Callable[[], None], monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    delivery = due_delivery()
    first, then = (away, None) if when.startswith("before") else (None, away)
    monkeypatch.setattr(sandbox.Sandbox, "publish", around(first, then, sandbox.Sandbox.publish))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)
    assert [attempt.state for attempt in delivery.attempts.all()] == [Attempt.State.SENT]


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_not_sent_waits_for_its_next_try(
    away: Callable[[], None], monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Around "sending": whether the database kept that or not, the platform was not called."""
    delivery = due_delivery()

    def broken(*args: Any) -> None:
        if when == "after":
            real(*args)
        away()
        raise OperationalError("the connection is lost")

    real = sender._start
    monkeypatch.setattr(sender, "_start", broken)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_token, copies(delivery)) == (Delivery.State.WAITING, "", 0)
    assert delivery.next_try_at is not None
    assert not delivery.attempts.filter(state__in=Attempt.OPEN).exists()
    monkeypatch.setattr(sender, "_start", real)
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=None)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, copies(delivery)) == (Delivery.State.SENT, 1)


def test_a_claim_that_the_database_kept_is_given_back(
    away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = due_delivery()
    real = sender._claim

    def lost(*args: Any) -> None:
        real(*args)
        away()
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(sender, "_claim", lost)
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_token) == (Delivery.State.WAITING, "")
    assert delivery.attempts.get().state == Attempt.State.RELEASED


def test_waiting_ends_with_the_lease(transactional_db: None) -> None:
    tries = []

    def gone() -> None:
        tries.append(1)
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        patience.until(timezone.now(), gone)
    assert len(tries) == 1


def test_nothing_is_tried_again_within_a_transaction_that_is_broken(db: None) -> None:
    tries = []

    def gone() -> None:
        tries.append(1)
        raise OperationalError("gone")

    with pytest.raises(OperationalError), transaction.atomic():
        patience.until(timezone.now() + sender.LEASE, gone)
    assert len(tries) == 1
