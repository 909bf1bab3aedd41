"""A private Redis for one test: its own port, nothing on the disk, gone at the end.

python -m tests.servers.redis      starts one, prints its Q_BROKER, and stops it at Ctrl-C
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from redis import Redis
from redis.exceptions import RedisError

from tests.servers import MissingServer, free_port, wait_for_stop

START_SECONDS = 20
HOW_TO_INSTALL = "Install it: Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis"


class PrivateRedis:
    """Use as a context manager; `url` is the Q_BROKER. `stop` and `start` play a server that went away: it comes back
    on the same port, and empty."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingServer(f"redis-server is not installed. {HOW_TO_INSTALL}")
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="countersign-redis-"))
        self._port = free_port()
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PrivateRedis:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        words = ["--bind", "127.0.0.1", "--port", str(self._port), "--dir", str(self._folder)]
        self._server = subprocess.Popen(
            [self._program, *words, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise MissingServer("redis-server did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def flush(self) -> None:
        """Every task that waits is lost."""
        with contextlib.closing(Redis.from_url(self.url)) as client:
            client.flushall()

    def _answers(self) -> bool:
        with contextlib.closing(Redis.from_url(self.url, socket_timeout=1)) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


if __name__ == "__main__":
    with PrivateRedis() as server:
        print(f"Q_BROKER={server.url}", flush=True)
        wait_for_stop()
