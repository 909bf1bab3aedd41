"""What a real Bluesky server refuses, and the words that its authors read."""

import hashlib
import logging
from dataclasses import replace
from typing import Any

import pytest
import requests

from platforms.base import ConnectError, Credentials, Media, Options, Part, PublishError
from platforms.bluesky import connect
from tests.platforms import factory
from tests.platforms.bluesky.ask import FAMILY, PUT, admin, failing, platform
from tests.platforms.conftest import Lossy

pytestmark = pytest.mark.live


@pytest.mark.parametrize("text", ["x" * 300, FAMILY * 100, "é" * 300, "e\u0301" * 300])
def test_our_border_is_the_server_s_border(alice: Credentials, text: str) -> None:
    assert platform.problems(Part(text), platform.limits) == []
    platform.publish(factory.request(platform, text), alice)
    longer = text + FAMILY * (300 - platform.length(text) + 1)
    assert platform.problems(Part(longer), platform.limits) != []
    error = failing(factory.request(platform, longer), alice)
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (True, False, False)


def padded(size: int, content_type: str = "image/png") -> tuple[Media, bytes]:
    """An image that is made larger, or something that is none."""
    media, data = factory.image()
    data = data.ljust(size, b" ") if content_type == "image/png" else b"words, no image"
    digest = hashlib.sha256(data).hexdigest()
    return replace(media, sha256=digest, size=len(data), content_type=content_type), data


@pytest.mark.parametrize(
    ("text", "content", "status", "do"),
    [
        ("x" * 301, {}, 400, "Shorten the text"),
        (FAMILY * 200, {}, 400, "Shorten the text"),
        ("Refused", {"options": Options(language="no language!")}, 400, "Choose another language"),
        ("Refused", {"images": (padded(6_000_000),)}, 413, "Use a smaller image"),
        ("Refused", {"images": (padded(2_500_000),)}, 400, "Use a smaller image"),
        ("Refused", {"images": (padded(0, "text/plain"),)}, 400, "Use a JPEG, PNG or WebP image"),
    ],
    ids=["graphemes", "bytes", "language", "upload", "blob", "kind"],
)
def test_what_it_refuses_comes_with_what_to_do(
    alice: Credentials, text: str, content: dict[str, Any], status: int, do: str
) -> None:
    error = failing(factory.request(platform, text, **content), alice)
    assert f"({status}): " in error.message
    assert error.message.endswith(f". {do} and submit it again.")
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (True, False, False)


def test_a_deactivated_account_is_held_until_its_owner_activates_it(
    loopback: None, bluesky_server: str
) -> None:
    answer = requests.post(
        f"{bluesky_server}/xrpc/com.atproto.server.createSession",
        json={"identifier": "bob.test", "password": "bob-pass"},
        timeout=10,
    )
    session = answer.json()
    bob = factory.credentials(
        session["did"], bluesky_server, {"access": session["accessJwt"], "refresh": session["refreshJwt"]}
    )
    admin(bluesky_server, session, "deactivateAccount", {})
    try:
        error = failing(factory.request(platform, "Away"), bob)
    finally:
        admin(bluesky_server, session, "activateAccount", None)
    assert error.needs_reconnect
    assert "Its owner has deactivated the account." in error.message


def test_a_server_that_cannot_be_reached_keeps_the_sign_in(alice: Credentials) -> None:
    for call in (platform.publish, platform.find):
        with pytest.raises(PublishError, match="could not be reached") as raised:
            call(factory.request(platform), replace(alice, instance="http://127.0.0.1:9"))
        assert not raised.value.needs_reconnect
        assert raised.value.maybe_sent == (call == platform.find)


def test_no_secret_is_in_any_error_or_log(
    alice: Credentials, bluesky_server: str, lossy: Lossy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[Exception] = [
        failing(factory.request(platform, "x" * 301), alice),
        failing(factory.request(platform), replace(alice, instance=lossy(bluesky_server, PUT))),
    ]
    with pytest.raises(ConnectError) as raised:
        connect(bluesky_server, "alice.test", "my-wrong-password")
    errors.append(raised.value)
    texts = caplog.text + repr(alice) + "".join(str(e) + repr(e) + repr(e.__context__) for e in errors)
    for secret in (alice.secrets["access"], alice.secrets["refresh"], "my-wrong-password"):
        assert secret not in texts
