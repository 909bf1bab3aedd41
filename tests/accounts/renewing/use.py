"""What others do with a channel whose sign-in has ended, one by one and all at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import channels
from accounts.models import Channel, Membership
from platforms.base import Account, Term
from tests.servers.mastodon_state import State

GIVE_UP = 60
"""Seconds after which a test that hangs is ended."""


def connected(admin: Membership, server: State, secrets: Mapping[str, str] | None = None) -> Channel:
    """Alice's account, signed in to as the callback would."""
    account = Account("1001", "@alice@test", "Alice", server.url)
    return channels._store(
        admin, "mastodon", account, secrets or server.sign_in("alice"), instance=server.url
    )


def use(channel: Channel) -> None:
    """As a worker does: reads the channel, and calls the platform with what it read."""
    channel = Channel.objects.get(pk=channel.pk)
    channel.adapter.check_sign_in(channel.credentials())


def now(channel: Channel) -> Channel:
    return Channel.objects.get(pk=channel.pk)


def in_threads(works: list[Callable[[], Any]]) -> list[BaseException]:
    """All begin together; what they raised."""
    barrier = threading.Barrier(len(works))
    problems: list[BaseException] = []

    def run(work: Callable[[], Any]) -> None:
        try:
            barrier.wait(GIVE_UP)
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GIVE_UP)
    assert not any(thread.is_alive() for thread in threads)
    return problems


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + GIVE_UP
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def a_fifth_before_its_end(channel: Channel, term: Term) -> bool:
    assert channel.renew_at is not None
    return abs(channel.renew_at - timezone.now() - (term.ends - term.begins) * 0.8) < timedelta(minutes=1)
