"""A sender is killed with SIGKILL at each point of its way, for each kind of platform. Then the machinery goes on by
itself: exactly one copy where the platform lets us know, never two, and where nobody can know a person is asked.

The sender is a process of its own, forked from the test, and runs `scheduler.sender.send` as a worker does. At the
point that the test names it kills itself in the middle of a function, or it is killed while the server has its request
and has not answered yet.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.utils import timezone

from accounts import channels
from accounts.models import Channel, Team
from ledger.models import Entry
from platforms import rehearsal, sandbox
from scheduler import dispatcher, journal, reconcile, sender
from scheduler.models import Attempt, Delivery, Post
from tests import factories as make
from tests.forks import fork
from tests.must_hold.accounts import loopback_allowed, on_mastodon
from tests.servers.loopback import running
from tests.servers.lossy_proxy import proxy
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import Fault

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings(
        "ignore:.*fork:DeprecationWarning"
    ),  # the servers' threads have no part in the child
]

State = Delivery.State
DEADLINE_SECONDS = 60
HELD_SECONDS = 120.0
BLUESKY = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")

AFTER_THE_CLAIM = "after the claim"
BEFORE_THE_CALL = "before the call"
WHILE_THE_SERVER_HAS_IT = "while the server has it"
BEFORE_THE_COMMIT = "after the answer, before the commit"
AFTER_THE_COMMIT = "after the commit"
POINTS = (
    AFTER_THE_CLAIM,
    BEFORE_THE_CALL,
    WHILE_THE_SERVER_HAS_IT,
    BEFORE_THE_COMMIT,
    AFTER_THE_COMMIT,
)


class Account:
    """One kind of platform: a channel on it, how many copies it has, and how it keeps a request without answering."""

    def __init__(self, team: Team, text: str) -> None:
        self.team, self.text = team, text

    def channel(self) -> Channel:
        raise NotImplementedError

    def copies(self) -> int:
        raise NotImplementedError

    def hold(self) -> None:
        """From here on the server takes a post and does not answer."""


class Sandbox(Account):
    """Idempotent by the request's key."""

    def channel(self) -> Channel:
        self._channel = make.channel(self.team)
        return self._channel

    def copies(self) -> int:
        folder = str(settings.SANDBOX_DIR / str(self.team.pk))
        return len(sandbox.posts(folder, self._channel.account_id))

    def hold(self) -> None:
        rehearsal.after_acting = lambda fault: time.sleep(HELD_SECONDS)


class Mastodon(Account):
    honours_keys, shows_statuses = True, True

    def __init__(self, team: Team, text: str, server: Any) -> None:
        super().__init__(team, text)
        self._server = server
        server.settings.honour_key = self.honours_keys
        server.settings.show_statuses = self.shows_statuses

    def channel(self) -> Channel:
        return on_mastodon(self.team, self._server)

    def copies(self) -> int:
        return len(self._server.statuses)

    def hold(self) -> None:
        self._server.faults = [Fault("slow_after", seconds=HELD_SECONDS)]


class LookUpOnly(Mastodon):
    """The server ignores Idempotency-Key."""

    honours_keys = False


class NothingToLookUp(Mastodon):
    """It ignores the key, and shows nobody what an account has posted."""

    honours_keys, shows_statuses = False, False


class Bluesky(Account):
    """Idempotent by record key: the real server, behind a proxy that can keep an answer."""

    def __init__(self, team: Team, text: str, address: str) -> None:
        super().__init__(team, text)
        self._address = address

    def channel(self) -> Channel:
        return channels.connect_bluesky(
            member=make.member(self.team, "admin"),
            handle="alice.test",
            app_password="alice-pass",
            server=self._address,
        )

    def copies(self) -> int:
        query = {"repo": "alice.test", "collection": "app.bsky.feed.post", "limit": 100}
        url = f"{BLUESKY}/xrpc/com.atproto.repo.listRecords"
        found = requests.get(url, params=query, timeout=10).json()["records"]
        return sum(record["value"]["text"] == self.text for record in found)


@contextmanager
def account(kind: type[Account], team: Team, point: str) -> Iterator[Account]:
    text = f"The swing bridge opens at noon ({os.urandom(4).hex()})."
    if issubclass(kind, Mastodon):
        with running_mastodon() as server:
            yield kind(team, text, server)
    elif issubclass(kind, Bluesky):
        held = 1 if point == WHILE_THE_SERVER_HAS_IT else 0
        with running(proxy(BLUESKY, "putRecord", held, "hold")) as address:
            yield kind(team, text, address)
    else:
        yield kind(team, text)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_after(what: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> None:
        what(*args, **options)
        die()

    return call


def dying_at_the_entry(delivery: Delivery, kind: str, **options: Any) -> None:
    """The outcome's entry is the last thing in its transaction: everything is written, nothing committed."""
    if kind == "delivery.sent":
        die()
    entry(delivery, kind, **options)


entry = journal.delivery_entry


def arm(point: str, to: Account) -> None:
    """Puts the death of this process where the test wants it."""
    if point == AFTER_THE_CLAIM:
        sender._claim = dying_after(sender._claim)
    elif point == BEFORE_THE_CALL:
        sender._start = dying_after(sender._start)
    elif point == BEFORE_THE_COMMIT:
        journal.delivery_entry = dying_at_the_entry
    elif point == AFTER_THE_COMMIT:
        sender._record_sent = dying_after(sender._record_sent)


def send_and_be_killed(delivery: Delivery, point: str, to: Account) -> None:
    """In a process of its own, which ends by SIGKILL or the test fails."""
    if point == WHILE_THE_SERVER_HAS_IT and not isinstance(to, Sandbox):
        to.hold()
    child = fork()
    if child == 0:
        try:
            if isinstance(to, Sandbox) and point == WHILE_THE_SERVER_HAS_IT:
                to.hold()
            arm(point, to)
            sender.send(delivery.pk)
        finally:
            os._exit(1)
    if point == WHILE_THE_SERVER_HAS_IT:
        wait_for(lambda: to.copies() == 1)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def go_on(delivery: Delivery) -> Delivery:
    """What the installation does by itself from here on, with every pause and lease at its end: the dispatcher's ticks
    and the tasks that it nudges, until nothing is left to do."""
    for _ in range(2 * reconcile.LOOKS_MOST):
        now = timezone.now()
        Delivery.objects.filter(pk=delivery.pk, lease_until__isnull=False).update(
            lease_until=now - timedelta(seconds=1)
        )
        Delivery.objects.filter(pk=delivery.pk, next_try_at__isnull=False).update(
            next_try_at=now - timedelta(seconds=1)
        )
        dispatcher.tick(now)
        reconcile.look(delivery.pk)
        sender.send(delivery.pk)
        delivery.refresh_from_db()
        if delivery.state in Delivery.SETTLED or (
            delivery.state == State.UNKNOWN and delivery.next_try_at is None
        ):
            return delivery
    raise AssertionError(f"It goes round for ever: {delivery.state}, {delivery.reason}")


KINDS: dict[str, type[Account]] = {
    "idempotent by key: sandbox": Sandbox,
    "idempotent by key: Mastodon": Mastodon,
    "idempotent by record key: Bluesky": Bluesky,
    "look-up only: Mastodon without keys": LookUpOnly,
    "nothing to look up: Mastodon that shows nothing": NothingToLookUp,
}
UNKNOWN_WITH = {
    ("idempotent by key: Mastodon", BEFORE_THE_CALL): 0,
    ("look-up only: Mastodon without keys", BEFORE_THE_CALL): 0,
    ("nothing to look up: Mastodon that shows nothing", BEFORE_THE_CALL): 0,
    ("nothing to look up: Mastodon that shows nothing", WHILE_THE_SERVER_HAS_IT): 1,
    ("nothing to look up: Mastodon that shows nothing", BEFORE_THE_COMMIT): 1,
}
"""Cells where nobody here can know, and how many copies there are in truth. A Mastodon server that does not show a post
may show it later, and whether it honours the key nobody can tell (docs/decisions/0019). All other cells: sent, one."""


def cells() -> Iterator[Any]:
    for name, kind in KINDS.items():
        for point in POINTS:
            marks = [pytest.mark.live] if kind is Bluesky else []
            yield pytest.param(name, point, id=f"{name}, {point}", marks=marks)


@pytest.mark.parametrize(("name", "point"), list(cells()))
def test_killed(name: str, point: str) -> None:
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    with loopback_allowed(), account(KINDS[name], team, point) as to:
        post = make.approved(author, reviewer, to.channel(), text=to.text)
        delivery = make.make_due(post).deliveries.get()

        send_and_be_killed(delivery, point, to)
        go_on(delivery)

        copies = UNKNOWN_WITH.get((name, point))
        if copies is None:
            assert (delivery.state, to.copies()) == (State.SENT, 1)
            assert Post.objects.get(pk=post.pk).state == Post.State.PUBLISHED
            assert Entry.objects.filter(kind="delivery.sent").count() == 1
        else:
            assert (delivery.state, to.copies()) == (State.UNKNOWN, copies)
            assert delivery.reason.startswith("It may have been published. Look at the account")
            assert author.user.notices.filter(text__startswith="It may be out:").count() == 1
        assert not delivery.attempts.filter(state__in=Attempt.OPEN).exists()
