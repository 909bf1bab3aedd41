"""Many use a channel at once whose sign-in has just ended: it is renewed once, and nobody loses it. The server is as
strict as they come: a refresh token that is used twice ends the whole sign-in."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import channels, renewals, renewing, sealing
from accounts.models import Channel, Membership
from platforms.base import Account, Credentials, PublishError, Term, exchanged
from tests.accounts import log
from tests.accounts.conftest import Enter
from tests.forks import fork
from tests.servers.loopback import running
from tests.servers.mastodon_server import mastodon
from tests.servers.mastodon_state import Fault, State

at_once = pytest.mark.django_db(transaction=True)
forks = pytest.mark.filterwarnings(
    "ignore:.*multi-threaded.*fork:DeprecationWarning"
)  # Python 3.12 and later
in_turn = pytest.mark.django_db
GIVE_UP = 60
"""Seconds after which a test that hangs is ended."""


class Server:
    """A Mastodon server that starts when it is told to: processes are forked before it has threads."""

    def __init__(self) -> None:
        self._httpd, self.state = mastodon()
        self._running = running(self._httpd)
        self.is_up = False

    def start(self) -> State:
        self._running.__enter__()
        self.is_up = True
        return self.state

    def stop(self) -> None:
        if self.is_up:
            self._running.__exit__(None, None, None)
        else:
            self._httpd.server_close()


@pytest.fixture
def cold(loopback: None) -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def server(cold: Server) -> State:
    return cold.start()


def connected(admin: Membership, server: State, secrets: Mapping[str, str] | None = None) -> Channel:
    """Alice's account, signed in to as the callback would."""
    account = Account("1001", "@alice@test", "Alice", server.url)
    return channels._store(
        admin, "mastodon", account, secrets or server.sign_in("alice"), instance=server.url
    )


@pytest.fixture
def channel(admin: Membership, cold: Server) -> Channel:
    return connected(admin, cold.state)


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


def wait_until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + GIVE_UP
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@at_once
def test_many_threads_renew_an_expired_sign_in_once(channel: Channel, server: State) -> None:
    server.registry.expire()
    server.faults = [Fault("slow_after", "/oauth/token", seconds=0.3)]
    assert in_threads([lambda: use(channel)] * 8) == []
    assert (server.registry.refreshes, server.registry.reuses) == (1, 0)
    kept = now(channel)
    assert (kept.health, kept.renewing_until) == ("connected", None)
    assert kept.credentials().secrets["access_token"] in server.registry.tokens
    assert kept.credentials().secrets["refresh_token"] in server.registry.grants


@at_once
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


@at_once
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


@at_once
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


@at_once
def test_a_refusal_of_the_old_sign_in_says_nothing_of_the_new_one(
    channel: Channel, server: State, admin: Membership
) -> None:
    server.registry.grants.clear()

    def anew() -> None:
        connected(admin, server, server.sign_in("alice"))

    assert renewing_meanwhile(channel, server, anew) == []
    assert now(channel).health == "connected"
    assert not log.entries(admin.team, "channel.attention")


@at_once
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


@at_once
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


@at_once
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


@in_turn
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status_before", "/oauth/token", status=500),
        Fault("status_before", "/oauth/token", status=429),
        Fault("status_before", "/oauth/token", status=404),
        Fault("drop_before", "/oauth/token"),
        Fault("redirect", "/oauth/token", headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_server_in_trouble_loses_no_sign_in(channel: Channel, server: State, fault: Fault) -> None:
    before = channel.credentials().secrets
    server.registry.expire()
    server.faults = [Fault(fault.kind, fault.path, status=fault.status, headers=fault.headers)]
    with pytest.raises(PublishError) as raised:
        use(channel)
    assert (raised.value.permanent, raised.value.maybe_sent, raised.value.needs_reconnect) == (False,) * 3
    kept = now(channel)
    assert (kept.health, kept.renewing_until, kept.credentials().secrets) == ("connected", None, before)
    use(channel)
    assert server.registry.refreshes == 1


@in_turn
def test_a_server_that_is_not_there_loses_no_sign_in(channel: Channel, cold: Server) -> None:
    cold._httpd.server_close()
    with pytest.raises(PublishError, match="could not be reached") as raised:
        channel.adapter.renew_sign_in(channel.credentials())  # type: ignore[attr-defined]
    assert not raised.value.needs_reconnect
    assert (now(channel).health, now(channel).renewing_until) == ("connected", None)


@in_turn
def test_an_answer_that_was_lost_needs_a_person(channel: Channel, server: State, admin: Membership) -> None:
    """The server has given out the next token, and nobody has it. Nothing can be done but to sign in anew, and that is
    said."""
    server.registry.expire()
    server.faults = [Fault("drop_after", "/oauth/token")]
    with pytest.raises(PublishError) as raised:
        use(channel)
    assert not raised.value.needs_reconnect
    found = channels.check(member=admin, channel=now(channel))
    assert (found.health, server.registry.reuses) == ("attention", 1)
    assert "did not renew the sign-in (400)" in found.health_reason


@in_turn
@pytest.mark.parametrize("left_out", [{}, {"refresh_token": ""}])
def test_a_refresh_token_is_never_replaced_by_nothing(channel: Channel, left_out: dict[str, str]) -> None:
    before = channel.credentials().secrets["refresh_token"]
    channel.credentials().renew(lambda _: {"access_token": "new", **left_out})
    assert now(channel).credentials().secrets["refresh_token"] == before
    assert now(channel).credentials().secrets["access_token"] == "new"


def a_fifth_before_its_end(channel: Channel, term: Term) -> bool:
    assert channel.renew_at is not None
    return abs(channel.renew_at - timezone.now() - (term.ends - term.begins) * 0.8) < timedelta(minutes=1)


@pytest.mark.live
@at_once
class TestBluesky:
    """The real server: https://www.npmjs.com/package/@atproto/pds."""

    @pytest.fixture
    def channel(self, admin: Membership, loopback: None) -> Channel:
        url = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")
        return channels.connect_bluesky(
            member=admin, handle="alice.test", app_password="alice-pass", server=url
        )

    def test_the_end_of_a_session_is_known(self, channel: Channel) -> None:
        term = channel.adapter.sign_in_term(channel.credentials().secrets)  # type: ignore[attr-defined]
        assert term.ends - term.begins == timedelta(hours=2)
        assert a_fifth_before_its_end(channel, term)

    @pytest.mark.parametrize("refresh", ["good", "refused"])
    def test_two_that_renew_at_once_go_on_with_one_session(self, channel: Channel, refresh: str) -> None:
        """Two renewals would bring two access tokens."""
        secrets = dict(channel.credentials().secrets)
        secrets |= {"access": secrets["refresh"]}  # the right form, and refused
        secrets |= {"refresh": "gone"} if refresh == "refused" else {}
        channel.sealed = sealing.seal(secrets)
        channel.save()
        each = [now(channel).credentials(), now(channel).credentials()]
        works = [lambda mine=mine: channel.adapter.check_sign_in(mine) for mine in each]
        assert in_threads(works) == []
        assert each[0].secrets == each[1].secrets == now(channel).credentials().secrets
        assert each[0].secrets["access"] != secrets["access"]
        assert (now(channel).health, now(channel).renewing_until) == ("connected", None)
        term = channel.adapter.sign_in_term(each[0].secrets)  # type: ignore[attr-defined]
        assert a_fifth_before_its_end(now(channel), term)

    def test_a_revoked_session_without_a_password_is_refused(self, channel: Channel) -> None:
        channel.sealed = sealing.seal({"access": "x.y.z", "refresh": "x.y.z"})
        channel.save()
        with pytest.raises(PublishError) as raised:
            use(channel)
        assert raised.value.needs_reconnect
        assert now(channel).renewing_until is None


@in_turn
def test_what_is_stored_cannot_be_opened_any_more(channel: Channel) -> None:
    credentials = channel.credentials()
    Channel.objects.filter(pk=channel.pk).update(sealed=b"sealed with another key")
    with pytest.raises(PublishError, match="Connect the account again") as raised:
        credentials.renew(lambda _: {"access_token": "new"})
    assert raised.value.needs_reconnect
    assert bytes(now(channel).sealed) == b"sealed with another key"


@in_turn
def test_no_secret_of_a_renewal_is_told(channel: Channel, server: State) -> None:
    before = channel.credentials().secrets
    server.registry.expire()
    with log.written() as text:
        use(channel)
    after = now(channel).credentials().secrets
    assert before["access_token"] != after["access_token"]
    told = text.getvalue() + log.everything() + repr(now(channel).credentials())
    secrets = {
        value
        for each in (before, after)
        for name, value in each.items()
        if "token" in name or "secret" in name
    }
    assert len(secrets) == 5
    assert not [secret for secret in secrets if secret in told]


def test_credentials_of_nobody_are_renewed_for_themselves() -> None:
    credentials = Credentials(account_id="1", instance="", secrets={"a": "1", "b": "2"})
    credentials.renew(lambda secrets: {"a": "new", "b": ""})
    assert credentials.secrets == exchanged({"a": "new", "b": "2"}, lambda _: {}) == {"a": "new", "b": "2"}


@in_turn
@pytest.mark.parametrize("seconds", [60, 7200, 60 * 86_400])
def test_a_sign_in_is_to_be_renewed_a_fifth_before_its_end(
    admin: Membership, cold: Server, seconds: int
) -> None:
    channel = connected(admin, cold.state, cold.state.sign_in("alice", seconds))
    assert channel.renew_at is not None
    expected = max(seconds * 0.8, 60)
    assert channel.renew_at - channel.connected_at == timedelta(seconds=expected)


@in_turn
def test_a_sign_in_without_an_end_is_never_renewed(admin: Membership, cold: Server) -> None:
    token = cold.state.token_for("alice")
    channel = connected(admin, cold.state, {"access_token": token, "client_id": "a", "client_secret": "b"})
    assert channel.renew_at is None
    assert sealing.unseal(channel.sealed)["access_token"] == token


@in_turn
def test_the_page_says_when_and_what_keeps_it_from_renewing(
    enter: Enter, channel: Channel, admin: Membership, server: State
) -> None:
    def page() -> str:
        return re.sub(r"<[^>]*>", "", enter(admin).get(f"/t/{admin.team.slug}/channels/").content.decode())

    assert "checked just now; the sign-in renews itself in 48 min" in page()
    server.faults = [Fault("status_before", "/oauth/token", status=503)]
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())
    renewals.renew(channel.pk)
    assert "could not be renewed yet, and is tried again: 127.0.0.1" in page()
    server.registry.revoke("alice")
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())
    renewals.renew(channel.pk)
    assert "renews itself" not in page(), "nothing is promised of a channel that needs attention"
