"""`script/run` as somebody at a terminal meets it: clear refusals, a start with everything, a clean stop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "script" / "run"
TOOLS = ("bash", "dirname", "env", "cat", "id")
START_SECONDS = 120
STOP_SECONDS = 60


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with the shell's own tools and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def add_python(folder: Path, text: str) -> None:
    (folder / "python3").write_text(f"#!/bin/bash\n{text}\n")
    (folder / "python3").chmod(0o755)


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(SCRIPT), *options],
        env={"PATH": str(path), "HOME": str(path.parent), "COUNTERSIGN_VAR": str(path.parent / "var")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_no_python_is_refused(bare_path: Path) -> None:
    done = run(bare_path)
    assert done.returncode == 1
    assert "Countersign needs Python 3.11 or newer, and found no python3" in done.stderr


def test_an_old_python_is_refused(bare_path: Path) -> None:
    add_python(bare_path, '[ "$1" = --version ] && echo "Python 3.9.2" && exit; exit 1')
    done = run(bare_path)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and found Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_refused(bare_path: Path) -> None:
    add_python(bare_path, 'case "$*" in *ensurepip*) exit 1 ;; esac; exit 0')
    done = run(bare_path)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "a port is a number from 1 to 65535"),
        (["--port", "http"], "a port is a number from 1 to 65535"),
        (["--port"], "--port needs a number"),
        (["--nonsense"], "There is no option --nonsense"),
    ],
)
def test_a_wrong_option_is_refused(bare_path: Path, options: list[str], words: str) -> None:
    done = run(bare_path, *options)
    assert done.returncode != 0
    assert words in done.stderr


def test_help_names_every_option(bare_path: Path) -> None:
    done = run(bare_path, "--help")
    assert done.returncode == 0
    for option in ("--port", "--host", "--no-demo", "--detoxify"):
        assert option in done.stdout


class Session:
    """`script/run` in a terminal of its own; everything it prints is kept."""

    def __init__(self, var: Path, port: int) -> None:
        self.output = ""
        self.process = subprocess.Popen(
            ["bash", str(SCRIPT), "--no-demo", "--port", str(port)],
            env={
                **os.environ,
                "COUNTERSIGN_VAR": str(var),
                "DATABASE_URL": f"sqlite:///{var / 'db.sqlite3'}",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output += line

    def wait_for(self, true: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)

    def stop(self) -> None:
        """Ctrl-C, as the terminal sends it: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        self.close()

    def close(self) -> None:
        """End what is still running, and read the last of its output."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


def processes_of(var: Path) -> list[str]:
    """Command lines of every process that works on this var folder."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"COUNTERSIGN_VAR={var}".encode() in environment.read_bytes().split(b"\0"):
                found.append((environment.parent / "cmdline").read_text().replace("\0", " "))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.processes
def test_it_starts_everything_and_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    var, port = tmp_path / "var", free_port()
    session = Session(var, port)
    try:
        session.wait_for(lambda: "Countersign is ready at" in session.output, START_SECONDS)
        assert f"http://localhost:{port}/" in session.output
        running = "\n".join(processes_of(var))
        assert "gunicorn" in running
        assert "manage.py dispatch" in running
        assert running.count("manage.py qcluster") >= 2
        second = run_again(var, port)
        assert second.returncode == 1
        assert "Countersign already runs from this folder" in second.stderr
        session.stop()
    finally:
        session.close()
    assert session.process.returncode == 0, session.output
    assert "stopped" in session.output
    assert "Traceback" not in session.output
    assert processes_of(var) == []


def run_again(var: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(SCRIPT), "--no-demo", "--port", str(port)],
        env={**os.environ, "COUNTERSIGN_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
