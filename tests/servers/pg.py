"""A private PostgreSQL for one test run: its own data folder, port and password, gone at the end.

    python -m tests.servers.pg      starts one, prints its DATABASE_URL, and stops it at Ctrl-C

The folder is a temporary one and not under var/, for two reasons: a server started by root runs as the user
`postgres`, who may not be able to reach the checkout, and the path of a socket is limited to 107 bytes.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.servers import MissingServer, free_port, wait_for_stop

START_SECONDS = 60
STOP_SECONDS = 20
SERVER_USER = "postgres"
HOW_TO_INSTALL = "Install it: Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@16"
# Nothing here has to survive a crash, so nothing waits for the disk. Rows made in bulk and rolled back leave the
# planner believing in large tables: it would compile every small query, and autovacuum would come late to correct it.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "jit=off",
    "autovacuum_naptime=5s",
)
PLACES = (
    "/usr/lib/postgresql/*/bin/initdb",
    "/opt/homebrew/opt/postgresql@*/bin/initdb",
    "/usr/pgsql-*/bin/initdb",
)


def find_binaries() -> Path:
    """The folder of initdb and postgres, of the newest version installed. Raises MissingServer."""
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    if found:
        return max(found, key=_version).parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise MissingServer(f"PostgreSQL's server is not installed. {HOW_TO_INSTALL}")
    return Path(on_path).resolve().parent


def _version(initdb: Path) -> float:
    digits = "".join(c for c in initdb.parent.parent.name if c.isdigit() or c == ".")
    return float(digits or 0)


class PrivatePostgres:
    """Use as a context manager; `url(name)` is the DATABASE_URL of a database of that name on it.

    `settings` are PostgreSQL's, "name=value"; with none it commits to the disk as it comes.
    """

    def __init__(self, settings: Sequence[str] = FAST) -> None:
        self._settings = settings
        self._binaries = find_binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="countersign-pg-"))
        self._port = free_port()
        self._password = secrets.token_hex(16)
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PrivatePostgres:
        try:
            self._create()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = "countersign") -> str:
        return f"postgres://{SERVER_USER}:{self._password}@127.0.0.1:{self._port}/{database}"

    def halt(self) -> None:
        """Stop the server, waiting for nobody who is still connected; `start` brings it back as it was."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self.halt()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _create(self) -> None:
        """Make an empty cluster with a password, so that nobody else on the machine can use it."""
        password = self._folder / "password"
        password.write_text(self._password)
        if os.getuid() == 0:
            try:
                owner = pwd.getpwnam(SERVER_USER)
            except KeyError as error:
                raise MissingServer(f"There is no user {SERVER_USER}. {HOW_TO_INSTALL}") from error
            for path in (self._folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        command = [
            "initdb",
            "-D",
            str(self._data),
            "-U",
            SERVER_USER,
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        done = subprocess.run(
            self._command(*command, "-A", "scram-sha-256", f"--pwfile={password}"),
            capture_output=True,
            text=True,
            check=False,
            **self._user(),
        )
        if done.returncode:
            raise MissingServer(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def start(self) -> None:
        """Raises MissingServer."""
        place = (
            f"unix_socket_directories={self._folder}",
            "listen_addresses=127.0.0.1",
            f"port={self._port}",
        )
        settings = [*place, *self._settings]
        options = [word for setting in settings for word in ("-c", setting)]
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                self._command("postgres", "-D", str(self._data), *options),
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._user(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise MissingServer(f"PostgreSQL did not start: {self._log.read_text('utf-8', 'replace')}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        command = self._command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self._port))
        return subprocess.run(command, check=False, **self._user()).returncode == 0

    def _command(self, name: str, *arguments: str) -> Sequence[str]:
        return [str(self._binaries / name), *arguments]

    def _user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root. The folder to stand in must be one that its user can enter."""
        if os.getuid() != 0:
            return {"cwd": self._folder}
        return {"cwd": self._folder, "user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"


if __name__ == "__main__":
    with PrivatePostgres() as server:
        print(f"DATABASE_URL={server.url('postgres')}", flush=True)
        wait_for_stop()
