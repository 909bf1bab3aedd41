"""A channel on a Mastodon server that is as strict as they come: a refresh token used twice ends the sign-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import Channel, Membership
from tests.accounts.renewing.use import connected
from tests.servers.loopback import running
from tests.servers.mastodon_server import mastodon
from tests.servers.mastodon_state import State


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


@pytest.fixture
def channel(admin: Membership, cold: Server) -> Channel:
    return connected(admin, cold.state)
