"""A whole installation for a test: its own folder and database, and the real processes of script/run.

Nothing is replaced and nothing runs in the test's own process: a web server, the dispatcher and both clusters
of the task queue, under the product's own supervisor.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import psycopg

from config import secrets as installation_secrets
from config.paths import ROOT
from tests import migrated
from tests.servers import free_port

START_SECONDS = 120
STOP_SECONDS = 45
TAIL_LINES = 40


class DoesNotStart(Exception):
    """The installation did not come up; the message holds the last lines of its logs."""


class Installation:
    """Use as a context manager: made, filled with the demo team, running, and gone at the end.

    `url` is where it answers; `password` is the demo people's. With DATABASE_URL naming a PostgreSQL server
    it gets a database of its own there, otherwise an SQLite file. With `running=False` it is empty and
    not started: `program` starts what a test needs of it.
    """

    def __init__(self, *, running: bool = True, **environment: str) -> None:
        self._running = running
        self.var = Path(tempfile.mkdtemp(prefix="countersign-browser-"))
        self.url = f"http://127.0.0.1:{free_port()}"
        self._server = _server_of(os.environ.get("DATABASE_URL", ""))
        self._database = f"countersign_browser_{secrets.token_hex(4)}"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, **self._own_environment(), **environment}

    def __enter__(self) -> Installation:
        try:
            self._prepare()
            if self._running:
                self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def password(self) -> str:
        return (self.var / "demo_password").read_text("utf-8").strip()

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run manage.py as the operator of this installation would. Raises DoesNotStart if it fails."""
        return self.python("manage.py", *words, check=check)

    def python(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Python with this installation's environment. Raises DoesNotStart if it fails."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self._environment,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if check and done.returncode:
            raise DoesNotStart(f"{' '.join(words)[:80]}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def program(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start Python beside it, as another host would; it ends with the test run, however that ends."""
        return subprocess.Popen(
            self._tethered(sys.executable, *words),
            cwd=ROOT,
            env={**self._environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL to every process of it at once, as a power cut would."""
        assert self._supervisor is not None
        for pid in self._left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._supervisor.wait()
        self._supervisor = None

    def ask(self, code: str) -> str:
        """What the Python code prints in the product's own shell, without its last line end."""
        return self.manage("shell", "--verbosity", "0", "-c", code).stdout.strip()

    def tail(self) -> str:
        """The last lines of each program's log."""
        logs = sorted((self.var / "log").glob("*.log"))
        last = {log.name: log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:] for log in logs}
        return "\n".join(f"== {name}\n" + "\n".join(lines) for name, lines in last.items())

    def close(self) -> None:
        """Stop everything, by force after a while, and take folder and database away."""
        if self._supervisor is not None:
            self._supervisor.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._supervisor.wait(STOP_SECONDS)
            _kill_group(self._supervisor.pid)
            self._supervisor.wait()
            self._supervisor = None
        left = self._left_behind()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._server:
            self._on_server(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')
        shutil.rmtree(self.var, ignore_errors=True)
        if left:
            raise AssertionError(f"{len(left)} processes of the installation went on after it was stopped")

    def _own_environment(self) -> dict[str, str]:
        place = self._server and urlunsplit((*urlsplit(self._server)[:2], f"/{self._database}", "", ""))
        return {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "COUNTERSIGN_VAR": str(self.var),
            "DATABASE_URL": place or f"sqlite:///{self.var / 'db.sqlite3'}",
            "BASE_URL": self.url,
            "ALLOW_LOOPBACK_INSTANCES": "yes",
            "LOOK_AT_LINKS": "no",
            "HASHED_STATIC": "yes",
            "DEBUG": "no",
            "HTTPS": "no",
        }

    def _prepare(self) -> None:
        installation_secrets.ensure(self.var)
        self._make_database()
        if self._running:
            self.manage("collectstatic", "--noinput", "--verbosity", "0")
            self.manage("demo")

    def _make_database(self) -> None:
        """After all migrations: a copy of one that is, where there is one."""
        if self._server:
            template = migrated.postgres_template(self._server)
            copied = f' TEMPLATE "{template}"' if template else ""
            self._on_server(f'CREATE DATABASE "{self._database}"{copied}')
        elif copied := migrated.sqlite_file():
            shutil.copy(copied, self.var / "db.sqlite3")
        if not copied:
            self.manage("migrate", "--verbosity", "0")

    def start(self) -> None:
        """Everything under its supervisor, until the web server answers. Raises DoesNotStart."""
        port = str(urlsplit(self.url).port)
        serve = [sys.executable, "-m", "config.serve", "--port", port]
        self._supervisor = subprocess.Popen(
            self._tethered(*serve),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._supervisor.poll() is not None or time.monotonic() > deadline:
                raise DoesNotStart(self.tail())
            time.sleep(0.2)

    def _tethered(self, *command: str) -> list[str]:
        """The command, ending with the test run, however that ends."""
        return [sys.executable, "-P", str(ROOT / "config" / "tether.py"), str(os.getpid()), *command]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            raise DoesNotStart(f"The sign-in page answers {error.code}.\n{self.tail()}") from error
        except OSError:
            return False

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _left_behind(self) -> list[int]:
        """Processes that carry this installation's folder in their environment (Linux; elsewhere none is seen)."""
        mark = f"COUNTERSIGN_VAR={self.var}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found


def _server_of(url: str) -> str:
    """The address of PostgreSQL's own maintenance database on the server that the URL names, or ""."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        return ""
    return urlunsplit(("postgresql", parts.netloc, "/postgres", parts.query, ""))


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
