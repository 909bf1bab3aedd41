"""Servers and accounts of the platform tests. Everything is on loopback."""

import os
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer

import pytest
import requests

from platforms import guard, http
from platforms.base import Credentials
from tests.platforms import factory
from tests.servers.loopback import running
from tests.servers.lossy_proxy import proxy
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import State

Lossy = Callable[..., str]


@pytest.fixture
def strict() -> Iterator[None]:
    """The guard as it is in service: no loopback."""
    yield from _configured(allow_loopback=False)


@pytest.fixture
def loopback() -> Iterator[None]:
    """The guard as it is in tests and development: loopback, and nothing else private."""
    yield from _configured(allow_loopback=True)


def _configured(*, allow_loopback: bool) -> Iterator[None]:
    before = guard.settings.allow_loopback, guard.settings.user_agent
    http.configure(
        allow_loopback=allow_loopback, user_agent="Countersign/test (+https://countersign.example)"
    )
    yield
    http.configure(allow_loopback=before[0], user_agent=before[1])


@pytest.fixture
def server(loopback: None) -> Iterator[State]:
    """A Mastodon server of its own for each test."""
    with running_mastodon() as state:
        yield state


@pytest.fixture
def alice(server: State) -> Credentials:
    """Signed in at the Mastodon server."""
    return factory.credentials("1001", server.url, {"access_token": server.token_for("alice")})


@pytest.fixture
def lossy(loopback: None) -> Iterator[Lossy]:
    """lossy(upstream, match, times=1, mode="drop") starts a proxy that loses answers; gives its address."""
    contexts = []

    def start(*args: object, **options: object) -> str:
        server: ThreadingHTTPServer = proxy(*args, **options)  # type: ignore[arg-type]  # passed on as given
        contexts.append(running(server))
        return contexts[-1].__enter__()

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def bluesky_server() -> str:
    """A real Bluesky server (PDS) with the accounts alice.test and bob.test. Skips where there is none: these
    tests are marked `live`."""
    url = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")
    try:
        requests.get(f"{url}/xrpc/com.atproto.server.describeServer", timeout=5).raise_for_status()
    except requests.RequestException:
        pytest.skip(f"No Bluesky server answers at {url}. Run script/test --live, which starts one.")
    return url
