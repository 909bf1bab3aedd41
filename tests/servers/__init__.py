"""Real servers for the tests, on this machine only: PostgreSQL, Bluesky's own server, an OAuth server.

Each is a context manager that starts the server, says where it is, and leaves nothing behind. Each can be run
by hand too, until Ctrl-C: `python -m tests.servers.pg`, `python -m tests.servers.bsky`.
"""

import signal
import socket
import threading
from types import FrameType


class MissingServer(Exception):
    """The server cannot be had on this machine; the message says what to install."""


def free_port() -> int:
    """A port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_stop() -> None:
    """Return at Ctrl-C or SIGTERM, for a server that was started by hand."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    while not stopped.wait(0.2):
        pass
