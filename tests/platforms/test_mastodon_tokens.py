"""Tokens that end, on a server that gives a refresh token for one use."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from platforms import mastodon_tokens
from platforms.base import ConnectError, Credentials, PublishError
from platforms.mastodon import Mastodon, fetch_token
from tests.platforms import factory
from tests.servers.loopback import QuietHandler, running, server_for
from tests.servers.mastodon_state import Fault, State

platform = Mastodon()


@pytest.fixture
def saved() -> list[Mapping[str, str]]:
    return []


@pytest.fixture
def alice(server: State, saved: list[Mapping[str, str]]) -> Credentials:
    return factory.credentials("1001", server.url, server.sign_in("alice"), saved.append)


def test_a_thread_whose_token_ended_is_published_once(
    server: State, alice: Credentials, saved: list[Mapping[str, str]]
) -> None:
    server.registry.expire()
    published = platform.publish(factory.request(platform, "One", "Two", images=(factory.image(),)), alice)
    assert [status["x_text"] for status in server.statuses] == ["One", "Two"]
    assert len(published.parts) == 2
    assert (server.registry.refreshes, len(saved)) == (1, 1)
    assert saved[0] == alice.secrets
    assert saved[0]["client_secret"]


def test_whoever_was_overtaken_while_renewing_creates_nothing(server: State, alice: Credentials) -> None:
    server.registry.expire()
    ours = iter([True, False])
    asked = replace(factory.request(platform), still_ours=lambda: next(ours))
    with pytest.raises(PublishError, match="taken this over") as raised:
        platform.publish(asked, alice)
    assert raised.value.maybe_sent
    assert (server.registry.refreshes, server.statuses) == (1, [])


def test_a_renewal_that_fails_has_sent_nothing(server: State, alice: Credentials) -> None:
    server.registry.expire()
    server.faults = [Fault("status_before", "/oauth/token", status=503, headers={"Retry-After": "90"})]
    with pytest.raises(PublishError) as raised:
        platform.publish(factory.request(platform), alice)
    assert (raised.value.maybe_sent, raised.value.permanent, raised.value.retry_after) == (False, False, 90)
    assert server.statuses == []


@contextmanager
def answering(status: int, body: str) -> Iterator[Credentials]:
    """A server whose token address says this."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            self.answer(status, body.encode(), {"Content-Type": "application/json"})

    secrets = {
        "access_token": "a",
        "refresh_token": "r-secret",
        "client_id": "c",
        "client_secret": "s-secret",
    }
    with running(server_for(Handler)) as url:
        yield factory.credentials("1001", url, secrets)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("status", "body", "ended"),
    [
        (400, '{"error": "invalid_grant"}', True),
        (401, '{"error": "invalid_client"}', True),
        (400, '{"error": "Invalid credentials"}', True),  # Pleroma and Akkoma
        (400, "<h1>Bad request</h1>", False),
        (403, "<h1>Forbidden</h1>", False),
        (404, '{"error": "Not found"}', False),
        (429, '{"error": "Throttled"}', False),
        (502, '{"error": "invalid_grant"}', False),
        (200, "<h1>Welcome</h1>", False),
        (200, "{}", False),
        (200, '{"access_token": ""}', False),
        (200, "[]", False),
        (200, '{"access_token": 7}', False),
    ],
)
def test_only_a_refusal_in_the_protocols_form_ends_a_sign_in(status: int, body: str, ended: bool) -> None:
    with answering(status, body) as credentials, pytest.raises(PublishError) as raised:
        mastodon_tokens.renew(credentials)
    assert (raised.value.needs_reconnect, raised.value.permanent) == (ended, ended)
    assert not raised.value.maybe_sent
    assert credentials.secrets["refresh_token"] == "r-secret"
    assert credentials.secrets["access_token"] == "a"


@pytest.mark.usefixtures("loopback")
def test_no_secret_is_quoted_from_a_refusal() -> None:
    words = json.dumps({"error": "invalid_grant", "error_description": "r-secret of s-secret is used"})
    with answering(400, words) as credentials, pytest.raises(PublishError) as raised:
        mastodon_tokens.renew(credentials)
    assert "••• of ••• is used" in raised.value.message
    assert raised.value.__context__ is None


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("body", ["[]", "7", '{"access_token": ""}'])
def test_a_sign_in_that_is_answered_with_anything_else_is_said(body: str) -> None:
    app = {"client_id": "c", "client_secret": "s"}
    with answering(200, body) as server, pytest.raises(ConnectError):
        fetch_token(server.instance, app, "http://here/", code="code", state="s", expected_state="s")


def test_without_a_refresh_token_the_sign_in_has_ended() -> None:
    with pytest.raises(PublishError, match="nothing to renew it with") as raised:
        mastodon_tokens.renew(factory.credentials("1", "http://127.0.0.1:9", {"access_token": "a"}))
    assert raised.value.needs_reconnect


@pytest.mark.parametrize("seconds", [None, 0, -1, "soon", True, 10**12, 3.5, [1]])
def test_an_end_that_makes_no_sense_is_not_known(seconds: Any) -> None:
    kept = mastodon_tokens.kept({"access_token": "a", "refresh_token": "r", "expires_in": seconds})
    assert kept == {"access_token": "a", "refresh_token": "r"}
    assert mastodon_tokens.sign_in_term(kept) is None


def test_a_token_that_ends_and_cannot_be_renewed_is_not_asked_about() -> None:
    kept = mastodon_tokens.kept({"access_token": "a", "expires_in": 60})
    assert mastodon_tokens.sign_in_term(kept) is None
