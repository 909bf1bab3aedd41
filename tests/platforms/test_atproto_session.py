"""The session's answers to a server in trouble, from a server that says what it is told to."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms import atproto
from platforms.base import PublishError
from platforms.bluesky import Bluesky
from tests.platforms import factory
from tests.servers.loopback import QuietHandler, running, server_for

pytestmark = pytest.mark.usefixtures("loopback")
Said = tuple[int, dict[str, Any]]
EXPIRED: Said = (400, {"error": "ExpiredToken", "message": "Token has expired"})
SECRETS = {"app_password": "app-pass", "access": "old-access", "refresh": "old-refresh"}


@contextmanager
def telling(**answers: Said | list[Said]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers by the last word of the call; and the calls it got."""
    calls: list[str] = []

    class Handler(QuietHandler):
        def tell(self) -> None:
            self.body()
            name = self.path.partition("?")[0].rpartition(".")[2]
            calls.append(name)
            given = answers[name]
            status, content = given.pop(0) if isinstance(given, list) else given
            self.answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

        do_GET = do_POST = tell

    with running(server_for(Handler)) as url:
        yield url, calls


def asking(url: str, secrets: Mapping[str, str], saved: list[Mapping[str, str]]) -> atproto.Session:
    return atproto.Session(factory.credentials("did:plc:alice", url, secrets, saved.append))


def test_an_expired_session_is_renewed_and_the_call_is_made_again() -> None:
    saved: list[Mapping[str, str]] = []
    renewed = (200, {"accessJwt": "new-access", "refreshJwt": "new-refresh"})
    with telling(getSession=[EXPIRED, (200, {})], refreshSession=renewed) as (url, calls):
        assert asking(url, SECRETS, saved).call("GET", "com.atproto.server.getSession").ok
    assert calls == ["getSession", "refreshSession", "getSession"]
    assert saved == [{**SECRETS, "access": "new-access", "refresh": "new-refresh"}]


@pytest.mark.parametrize("left_out", [{}, {"refreshJwt": ""}, {"refreshJwt": None}])
def test_a_refresh_token_is_never_replaced_by_nothing(left_out: dict[str, Any]) -> None:
    saved: list[Mapping[str, str]] = []
    renewed = (200, {"accessJwt": "new-access", **left_out})
    with telling(getSession=[EXPIRED, (200, {})], refreshSession=renewed) as (url, _):
        asking(url, SECRETS, saved).call("GET", "com.atproto.server.getSession")
    assert saved == [{**SECRETS, "access": "new-access"}]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_trouble_while_renewing_does_not_disconnect(status: int) -> None:
    saved: list[Mapping[str, str]] = []
    busy = (status, {"error": "Busy"})
    with telling(getSession=EXPIRED, refreshSession=busy) as (url, calls):
        session = asking(url, SECRETS, saved)
        with pytest.raises(PublishError) as raised:
            session.call("GET", "com.atproto.server.getSession")
    assert (raised.value.needs_reconnect, raised.value.permanent, raised.value.maybe_sent) == (
        False,
        False,
        False,
    )
    assert (calls, saved) == (["getSession", "refreshSession"], [])


def test_a_session_that_stays_expired_is_not_renewed_for_ever() -> None:
    renewed = (200, {"accessJwt": "new-access", "refreshJwt": "new-refresh"})
    with telling(getSession=EXPIRED, refreshSession=renewed) as (url, calls):
        credentials = factory.credentials("did:plc:alice", url, SECRETS)
        with pytest.raises(PublishError) as raised:
            Bluesky().check_sign_in(credentials)
    assert raised.value.needs_reconnect
    assert calls == ["getSession", "refreshSession", "getSession"]


def test_whoever_was_overtaken_while_renewing_creates_nothing() -> None:
    renewed = (200, {"accessJwt": "new-access", "refreshJwt": "new-refresh"})
    ours = iter([True, False])
    asked = replace(factory.request(Bluesky()), still_ours=lambda: next(ours))
    with (
        telling(putRecord=EXPIRED, refreshSession=renewed) as (url, calls),
        pytest.raises(PublishError, match="taken this over") as raised,
    ):
        Bluesky().publish(asked, factory.credentials("did:plc:alice", url, SECRETS))
    assert raised.value.maybe_sent
    assert calls == ["putRecord", "refreshSession"]


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_lost_its_way_does_not_disconnect(status: int) -> None:
    lost = (status, {"error": "NotFound"})
    with (
        telling(refreshSession=EXPIRED, createSession=lost) as (url, _),
        pytest.raises(PublishError) as raised,
    ):
        asking(url, {**SECRETS, "access": ""}, []).call("GET", "com.atproto.server.getSession")
    assert (raised.value.needs_reconnect, raised.value.permanent) == (False, False)


def token(claims: object) -> str:
    """A JWT without a signature."""
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + "."


def test_a_token_says_from_when_to_when_it_is_good() -> None:
    term = atproto.sign_in_term({"access": token({"iat": 1_800_000_000, "exp": 1_800_007_200})})
    assert term
    assert term.begins == datetime.fromtimestamp(1_800_000_000, UTC)
    assert term.ends - term.begins == timedelta(hours=2)


@pytest.mark.parametrize(
    "access",
    [
        "",
        "opaque",
        "a.b.c",
        "a.!!.c",
        "a.ÿ.c",
        token([]),
        token({"iat": 1}),
        token({"iat": 1, "exp": 10**30}),
    ],
)
def test_a_token_that_does_not_say_so_has_no_known_end(access: str) -> None:
    assert atproto.sign_in_term({"access": access}) is None
    assert atproto.sign_in_term({}) is None


def test_too_many_sign_ins_is_a_matter_of_waiting() -> None:
    busy = (429, {"error": "RateLimitExceeded"})
    with (
        telling(refreshSession=EXPIRED, createSession=busy) as (url, _),
        pytest.raises(PublishError) as raised,
    ):
        asking(url, {**SECRETS, "access": ""}, []).call("GET", "com.atproto.server.getSession")
    assert (raised.value.needs_reconnect, raised.value.permanent) == (False, False)


@pytest.mark.parametrize("name", ["AccountTakedown", "AccountDeactivated", "AuthFactorTokenRequired"])
def test_an_account_that_is_shut_needs_its_owner(name: str) -> None:
    with telling(putRecord=(400, {"error": name})) as (url, _), pytest.raises(PublishError) as raised:
        Bluesky().publish(factory.request(Bluesky()), factory.credentials("did:plc:alice", url, SECRETS))
    assert (raised.value.needs_reconnect, raised.value.permanent, raised.value.maybe_sent) == (
        True,
        True,
        False,
    )


def test_without_anything_to_sign_in_with_it_says_so() -> None:
    with pytest.raises(PublishError, match="has expired") as raised:
        asking("http://127.0.0.1:9", {}, []).call("GET", "com.atproto.server.getSession")
    assert raised.value.needs_reconnect


@pytest.mark.parametrize("said", [(200, {}), (200, {"uri": 1, "cid": 2})])
def test_an_answer_that_does_not_name_the_post_leaves_it_open(said: Said) -> None:
    with telling(putRecord=said) as (url, _), pytest.raises(PublishError, match="did not say") as raised:
        Bluesky().publish(factory.request(Bluesky()), factory.credentials("did:plc:alice", url, SECRETS))
    assert raised.value.maybe_sent


def test_too_many_posts_is_not_sent_and_says_when() -> None:
    busy = (429, {"error": "RateLimitExceeded"})
    with telling(putRecord=busy) as (url, _), pytest.raises(PublishError) as raised:
        Bluesky().publish(factory.request(Bluesky()), factory.credentials("did:plc:alice", url, SECRETS))
    assert (raised.value.permanent, raised.value.maybe_sent) == (False, False)


@pytest.mark.parametrize("said", [(500, {}), (400, {"error": "RepoNotFound"}), (200, {}), (404, {})])
def test_a_server_that_cannot_say_leaves_it_open(said: Said) -> None:
    with telling(getRecord=said) as (url, _), pytest.raises(PublishError) as raised:
        Bluesky().find(factory.request(Bluesky()), factory.credentials("did:plc:alice", url, SECRETS))
    assert (raised.value.maybe_sent, raised.value.permanent) == (True, False)


def test_the_second_of_three_that_fails_names_the_first() -> None:
    put = [(200, {"uri": "at://did:plc:alice/app.bsky.feed.post/1", "cid": "c"}), (500, {})]
    with telling(putRecord=put) as (url, _), pytest.raises(PublishError) as raised:
        Bluesky().publish(
            factory.request(Bluesky(), "1", "2", "3"), factory.credentials("did:plc:alice", url, SECRETS)
        )
    assert raised.value.maybe_sent
    assert [part.remote_id for part in raised.value.sent] == ["at://did:plc:alice/app.bsky.feed.post/1"]
