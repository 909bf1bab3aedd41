"""Signing in to Bluesky: app passwords, sessions that end, servers that are none."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from platforms.base import ConnectError, Credentials, PublishError
from platforms.bluesky import connect
from tests.platforms import factory
from tests.platforms.bluesky.ask import admin, admin_list, platform, records, unique


@pytest.mark.live
def test_connecting_with_an_app_password_and_after_it_was_revoked(
    loopback: None, bluesky_server: str, session: dict[str, Any], app_password: str
) -> None:
    account, secrets = connect(bluesky_server, " @alice.test ", app_password)
    assert (account.account_id, account.handle) == (session["did"], "@alice.test")
    saved: list[Mapping[str, str]] = []
    expired = {**secrets, "access": "", "refresh": "made-up"}
    signed_in = factory.credentials(account.account_id, bluesky_server, expired, saved.append)
    assert platform.check_sign_in(signed_in) == account
    assert saved[0]["app_password"] == app_password
    assert saved[0]["access"]
    assert saved[0]["refresh"] not in ("", "made-up")
    for made in admin_list(bluesky_server, session):
        admin(bluesky_server, session, "revokeAppPassword", {"name": made})
    request = factory.request(platform, unique("Too late"))
    gone = factory.credentials(account.account_id, bluesky_server, {**saved[0], "access": ""})
    for call in (lambda: platform.publish(request, gone), lambda: platform.check_sign_in(gone)):
        with pytest.raises(PublishError, match="did not accept the app password") as raised:
            call()
        assert raised.value.needs_reconnect
        assert not raised.value.maybe_sent


@pytest.mark.live
def test_a_stale_session_is_renewed_and_kept(
    loopback: None, bluesky_server: str, session: dict[str, Any], app_password: str
) -> None:
    _, secrets = connect(bluesky_server, "alice.test", app_password)
    saved: list[Mapping[str, str]] = []
    stale = {**secrets, "access": "not.a.token", "app_password": ""}
    signed_in = factory.credentials(session["did"], bluesky_server, stale, saved.append)
    request = factory.request(platform, unique("Renewed"))
    platform.publish(request, signed_in)
    assert len(saved) == 1
    assert saved[0]["access"] not in ("", "not.a.token")
    assert saved[0]["refresh"]
    assert len(records(signed_in, request)) == 1


@pytest.mark.live
@pytest.mark.parametrize(
    ("identifier", "password", "words"),
    [
        ("alice.test", "wrong", "Handle or app password is wrong"),
        ("nobody.test", "wrong", "Handle or app password is wrong"),
        ("", "x", "Give your handle"),
        ("alice.test", "  ", "Give your handle"),
    ],
)
def test_a_wrong_sign_in_gets_clear_words(
    loopback: None, bluesky_server: str, identifier: str, password: str, words: str
) -> None:
    with pytest.raises(ConnectError, match=words):
        connect(bluesky_server, identifier, password)


@pytest.mark.live
def test_a_token_of_another_account_is_noticed(alice: Credentials) -> None:
    with pytest.raises(PublishError, match="another one") as raised:
        platform.check_sign_in(replace(alice, account_id="did:plc:somebodyelse"))
    assert raised.value.needs_reconnect


def test_a_server_that_is_none_of_these_is_named(server: Any) -> None:
    with pytest.raises(ConnectError, match="is not an AT Protocol server"):
        connect(server.url, "alice.test", "app-pass")


@pytest.mark.parametrize("instance", ["10.0.0.1", "https://169.254.169.254", "https://localhost"])
def test_a_private_server_is_refused(strict: None, instance: str) -> None:
    with pytest.raises(ConnectError, match="not on the public internet"):
        connect(instance, "alice.test", "app-pass")
