"""Alice's account on a real Bluesky server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from platforms.base import Credentials
from tests.platforms import factory
from tests.platforms.bluesky.ask import admin


@pytest.fixture(scope="session")
def session(bluesky_server: str) -> dict[str, Any]:
    """One sign-in for all files: the server allows 30 in five minutes."""
    answer = requests.post(
        f"{bluesky_server}/xrpc/com.atproto.server.createSession",
        json={"identifier": "alice.test", "password": "alice-pass"},
        timeout=10,
    )
    answer.raise_for_status()
    return dict(answer.json())


@pytest.fixture
def alice(loopback: None, bluesky_server: str, session: dict[str, Any]) -> Credentials:
    secrets = {"app_password": "wrong", "access": session["accessJwt"], "refresh": session["refreshJwt"]}
    return factory.credentials(session["did"], bluesky_server, secrets)


@pytest.fixture
def app_password(bluesky_server: str, session: dict[str, Any]) -> Iterator[str]:
    """An app password of alice's, withdrawn afterwards."""
    name = f"test {datetime.now(UTC).timestamp()}"
    made = admin(bluesky_server, session, "createAppPassword", {"name": name})
    yield made["password"]
    admin(bluesky_server, session, "revokeAppPassword", {"name": name})
