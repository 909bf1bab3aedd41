"""The supervisor with real processes: what dies comes back, and nothing is left behind, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 20

pytestmark = pytest.mark.processes

SUPERVISOR = """
import sys
from pathlib import Path
from config.supervisor import Program, Supervisor
folder, grace, silence, *programs = sys.argv[1:]
silence = float(silence) or None
Supervisor(
    [
        Program(f"p{n}", [sys.executable, "-c", text], silence=silence, first_sign=3)
        for n, text in enumerate(programs)
    ],
    log_dir=Path(folder) / "log",
    grace=float(grace),
    leave=0.5,
).run()
"""
# A leader with a worker of its own, as a queue cluster has; both write their process ids down.
CLUSTER = """
import os, subprocess, sys, time
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({folder!r} + "/leader", "a").write(f"{{os.getpid()}}\\n")
open({folder!r} + "/worker", "a").write(f"{{worker.pid}}\\n")
print("cluster is up", flush=True)
time.sleep(600)
"""
POLITE = """
import os, signal, sys, time
def stop(number, frame):
    open({folder!r} + "/finished", "w").write("what was being sent is finished")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open({folder!r} + "/leader", "a").write(f"{{os.getpid()}}\\n")
time.sleep(600)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({folder!r} + "/leader", "a").write(f"{{os.getpid()}}\\n")
time.sleep(600)
"""
# Touches its file for as long as the file "mute" is not there.
SIGNING = """
import os, pathlib, time
sign = pathlib.Path(os.environ["COUNTERSIGN_SIGN_OF_LIFE"])
open({folder!r} + "/leader", "a").write(f"{{os.getpid()}}\\n")
while True:
    if not os.path.exists({folder!r} + "/mute"):
        sign.touch()
    time.sleep(0.05)
"""


class Running:
    """A supervisor in a process of its own, and what its programs wrote down about themselves."""

    def __init__(
        self,
        folder: Path,
        *programs: str,
        grace: float = SECONDS,
        silence: float = 0,
        before: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        texts = [text.format(folder=str(folder)) for text in programs]
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", SUPERVISOR, str(folder), str(grace), str(silence), *texts],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pids(self, kind: str) -> list[int]:
        path = self.folder / kind
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def started(self, kind: str, times: int = 1) -> list[int]:
        wait_until(lambda: len(self.pids(kind)) >= times, f"{times} start(s) of {kind}")
        return self.pids(kind)

    def stop(self, number: signal.Signals) -> str:
        """Send the signal; return everything that was printed."""
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=SECONDS)
        return output

    def clean_up(self) -> None:
        for pid in [*self.pids("leader"), *self.pids("worker"), self.process.pid]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def _start(*programs: str, grace: float = SECONDS, silence: float = 0) -> Running:
        made.append(Running(tmp_path, *programs, grace=grace, silence=silence))
        return made[-1]

    yield _start
    for running in made:
        running.clean_up()


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"waited {SECONDS} s for {what}"
        time.sleep(0.05)


def test_a_killed_program_is_started_again(start: Callable[..., Running]) -> None:
    running = start(CLUSTER)
    (first,) = running.started("leader")
    os.kill(first, signal.SIGKILL)
    first_again, second = running.started("leader", times=2)
    assert first_again == first
    assert alive(second)
    assert "p0 | was ended by SIGKILL; starts again in 0.5 s" in running.stop(signal.SIGTERM)


def test_orphans_of_a_killed_program_are_ended_before_it_starts_again(start: Callable[..., Running]) -> None:
    running = start(CLUSTER)
    (leader,) = running.started("leader")
    (worker,) = running.started("worker")
    os.kill(leader, signal.SIGKILL)
    running.started("leader", times=2)
    assert not alive(worker)


def test_a_program_that_keeps_dying_is_started_less_and_less_often(start: Callable[..., Running]) -> None:
    running = start("import sys; sys.exit(3)")
    log = running.folder / "log" / "p0.log"
    wait_until(lambda: log.exists() and "in 2 s" in log.read_text(), "the third death")
    lines = [line for line in running.stop(signal.SIGTERM).splitlines() if "exit code 3" in line]
    assert [line.rpartition("in ")[2] for line in lines[:3]] == ["0.5 s", "1 s", "2 s"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_leaves_no_process_behind(start: Callable[..., Running], number: signal.Signals) -> None:
    running = start(CLUSTER, CLUSTER)
    pids = running.started("leader", times=2) + running.started("worker", times=2)
    output = running.stop(number)
    assert running.process.returncode == 0
    assert "stopped" in output
    assert not [pid for pid in pids if alive(pid)]


def test_stop_lets_a_program_finish(start: Callable[..., Running]) -> None:
    running = start(POLITE)
    running.started("leader")
    running.stop(signal.SIGTERM)
    assert (running.folder / "finished").exists()


def test_a_program_that_ignores_the_stop_is_ended_after_the_grace_time(start: Callable[..., Running]) -> None:
    running = start(STUBBORN, grace=0.5)
    (leader,) = running.started("leader")
    running.stop(signal.SIGTERM)
    assert not alive(leader)


def test_a_second_ctrl_c_does_not_wait(start: Callable[..., Running]) -> None:
    running = start(STUBBORN, grace=600)
    (leader,) = running.started("leader")
    running.process.send_signal(signal.SIGINT)
    wait_for_line(running, "stopping")
    running.stop(signal.SIGINT)
    assert not alive(leader)


def wait_for_line(running: Running, words: str) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        if words in line:
            return
    pytest.fail(f"the supervisor ended without saying {words!r}")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell a process that its parent died")
def test_programs_stop_when_the_supervisor_itself_is_killed(start: Callable[..., Running]) -> None:
    running = start(POLITE)
    (leader,) = running.started("leader")
    running.stop(signal.SIGKILL)
    wait_until(lambda: not alive(leader), "the program's end")
    assert (running.folder / "finished").exists()


def test_lines_carry_the_name_on_the_terminal_and_the_time_in_the_log(start: Callable[..., Running]) -> None:
    running = start(CLUSTER)
    running.started("leader")
    log = running.folder / "log" / "p0.log"
    wait_until(lambda: log.exists() and "cluster is up" in log.read_text(), "the line")
    assert "p0 | cluster is up" in running.stop(signal.SIGTERM)
    assert log.read_text().startswith("20")


def test_nohup_keeps_it_running_when_the_terminal_closes(tmp_path: Path) -> None:
    running = Running(tmp_path, POLITE, before=("nohup",))
    try:
        running.started("leader")
        running.process.send_signal(signal.SIGHUP)
        log = tmp_path / "log" / "p0.log"
        os.kill(running.pids("leader")[0], signal.SIGKILL)
        running.started("leader", times=2)
        assert "SIGKILL" in log.read_text()
        running.stop(signal.SIGTERM)
    finally:
        running.clean_up()


def test_a_program_that_falls_silent_is_started_again(start: Callable[..., Running]) -> None:
    running = start(SIGNING, silence=1)
    (first,) = running.started("leader")
    (mute := running.folder / "mute").touch()
    running.started("leader", times=2)
    assert not alive(first)
    mute.unlink()
    output = running.stop(signal.SIGTERM)
    assert "p0 | gave no sign of life for 1 s; asked to stop" in output
    assert "p0 | was ended by SIGTERM; starts again in 0.5 s" in output
    assert len(running.pids("leader")) == 2, "the second one gave its sign"


def test_a_program_that_never_gave_a_sign_is_ended_with_its_whole_group(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    """It has all its processes, none of them answers, and what another program has touched before does not count."""
    (tmp_path / "signs").mkdir()
    (tmp_path / "signs" / "p0").touch()
    os.utime(tmp_path / "signs" / "p0", (2**31, 2**31))  # by a clock far ahead
    running = start(CLUSTER, silence=0.5)
    (leader,) = running.started("leader")
    (worker,) = running.started("worker")
    for pid in (leader, worker):
        os.kill(pid, signal.SIGSTOP)
    running.started("leader", times=2)
    assert not alive(leader)
    assert not alive(worker)
    output = running.stop(signal.SIGTERM)
    assert "p0 | gave no sign of life for 3 s; asked to stop" in output
    assert "p0 | did not stop; all its processes are ended" in output
