"""Many use a channel at once whose sign-in has just ended: it is renewed once, and nobody loses it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import channels, renewing
from accounts.models import Channel, Membership
from platforms.base import PublishError
from tests.accounts import log
from tests.accounts.renewing.conftest import Server
from tests.accounts.renewing.use import GIVE_UP, connected, in_threads, now, use, wait_until
from tests.forks import fork
from tests.servers.mastodon_state import Fault, State

pytestmark = pytest.mark.django_db(transaction=True)
forks = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*fork:DeprecationWarning"
)  # Python 3.12 and later


def forked(work: Callable[[], None], go: int) -> int:
    """A process that does the work once something is written to the pipe; it ends with 0 if that raised nothing."""
    pid = fork()
    if pid:
        return pid
    try:
        os.read(go, 1)
        work()
        os._exit(0)
    except BaseException:
        os._exit(1)


def test_many_threads_renew_an_expired_sign_in_once(channel: Channel, server: State) -> None:
    server.registry.expire()
    server.faults = [Fault("slow_after", "/oauth/token", seconds=0.3)]
    assert in_threads([lambda: use(channel)] * 8) == []
    assert (server.registry.refreshes, server.registry.reuses) == (1, 0)
    kept = now(channel)
    assert (kept.health, kept.renewing_until) == ("connected", None)
    assert kept.credentials().secrets["access_token"] in server.registry.tokens
    assert kept.credentials().secrets["refresh_token"] in server.registry.grants


@forks
def test_many_processes_renew_an_expired_sign_in_once(channel: Channel, cold: Server) -> None:
    go, write = os.pipe()
    pids = [forked(lambda: use(channel), go) for _ in range(4)]
    server = cold.start()
    server.registry.expire()
    server.faults = [Fault("slow_after", "/oauth/token", seconds=0.3)]
    os.write(write, b"gogo")
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0, 0, 0, 0]
    os.close(go)
    os.close(write)
    assert (server.registry.refreshes, server.registry.reuses) == (1, 0)
    assert now(channel).health == "connected"


@forks
def test_a_killed_holder_is_overtaken_when_its_lease_ends(
    channel: Channel, cold: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, write = os.pipe()
    pid = forked(lambda: use(channel), go)
    server = cold.start()
    server.registry.expire()
    hanging = Fault("drop_before", "/oauth/token", seconds=GIVE_UP)
    server.faults = [hanging]
    os.write(write, b"g")
    wait_until(lambda: hanging.times == 0)
    os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    os.close(go)
    os.close(write)
    assert now(channel).renewing_until

    monkeypatch.setattr(renewing, "WAIT_SECONDS", 0.3)
    with pytest.raises(PublishError, match="by another process") as raised:
        use(channel)
    assert (raised.value.permanent, raised.value.maybe_sent, raised.value.needs_reconnect) == (False,) * 3
    assert server.registry.refreshes == 0

    Channel.objects.filter(pk=channel.pk).update(renewing_until=timezone.now() - timedelta(seconds=1))
    use(channel)
    assert (server.registry.refreshes, now(channel).health) == (1, "connected")


def renewing_meanwhile(channel: Channel, server: State, meanwhile: Callable[[], Any]) -> list[BaseException]:
    """`meanwhile` happens after the server has answered a renewal and before its answer has arrived."""
    server.registry.expire()
    slow = Fault("slow_after", "/oauth/token", until=threading.Event())
    server.faults = [slow]

    def then() -> None:
        assert slow.until
        try:
            assert slow.reached.wait(GIVE_UP)
            meanwhile()
        finally:
            slow.until.set()

    return in_threads([lambda: use(channel), then])


def test_connecting_anew_is_not_undone_by_a_renewal_on_its_way(
    channel: Channel, server: State, admin: Membership
) -> None:
    new: dict[str, str] = {}

    def anew() -> None:
        new.update(server.sign_in("alice"))
        connected(admin, server, new)

    assert renewing_meanwhile(channel, server, anew) == [], "the call goes on with the new sign-in"
    assert now(channel).credentials().secrets == new
    assert server.registry.refreshes == 1


def test_a_refusal_of_the_old_sign_in_says_nothing_of_the_new_one(
    channel: Channel, server: State, admin: Membership
) -> None:
    server.registry.grants.clear()

    def anew() -> None:
        connected(admin, server, server.sign_in("alice"))

    assert renewing_meanwhile(channel, server, anew) == []
    assert now(channel).health == "connected"
    assert not log.entries(admin.team, "channel.attention")


def test_a_disconnected_channel_stays_so(channel: Channel, server: State, admin: Membership) -> None:
    def disconnect() -> None:
        channels.disconnect(member=admin, channel_id=channel.pk)

    (problem,) = renewing_meanwhile(channel, server, disconnect)
    assert isinstance(problem, PublishError)
    assert problem.needs_reconnect
    assert (now(channel).health, bytes(now(channel).sealed), now(channel).renew_at) == (
        "disconnected",
        b"",
        None,
    )
