"""Keeps a handful of programs running: starts them, starts again what dies, stops them all together.

Own code, after trying what exists (docs/decisions/0005-supervisor.md). What matters here:

- A program is its whole process group. When the first process dies, what is left of its group is ended
  before the program starts again, so that no orphaned queue worker goes on beside its replacement.
- A stop asks only the first process of each group, because a queue cluster that is asked politely lets its
  workers finish the post they are sending, while a worker that is asked itself dies at once.
- A program can live and do nothing any more. Those that have `silence` set touch a file whenever they have done
  work (scheduler/sign_of_life.py). A silent one is asked to stop, then its whole group is ended, and it starts again.
- Nothing outlives the supervisor, even when it is killed with SIGKILL (on Linux: config/tether.py).
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

FIRST_DELAY = 0.5
"""Seconds before a program that died is started again; doubled at each death that follows soon."""
LONGEST_DELAY = 30.0
STEADY_AFTER = 30.0
"""A program that ran this many seconds counts as healthy: its next restart waits FIRST_DELAY again."""
GRACE = 30.0
"""Seconds between asking to stop and ending by force: time for a post that is being sent to be recorded."""
SILENCE = 35
"""Seconds without a sign of life after which a program is started again; with LEAVE that is done within a minute."""
FIRST_SIGN = 90.0
"""Seconds for the first sign after a start: a slow machine may still be reading the program."""
LEAVE = 10.0
"""Seconds for a silent program that was asked to stop: it may be well, and finish what it is sending."""
SIGN_OF_LIFE = "COUNTERSIGN_SIGN_OF_LIFE"
"""The environment variable that names the file which a program touches."""
TICK = 0.1
SLEPT = 5.0
"""Seconds between two looks from which the supervisor itself was stopped, with the whole machine perhaps."""
LOG_BYTES, LOG_FILES = 5 * 1024 * 1024, 3
LONGEST_LINE = 64 * 1024
TETHER = Path(__file__).resolve().with_name("tether.py")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """Something to keep running. `environment` is added to the supervisor's own. With `silence`, the program has to
    touch the file that SIGN_OF_LIFE names once in so many seconds, the first time within `first_sign` of its start."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    silence: float | None = None
    first_sign: float = FIRST_SIGN


class Supervisor:
    """Runs programs until it is told to stop by SIGINT, SIGTERM or SIGHUP, or by `stop()`.

    Each line that a program writes goes to `log_dir`/NAME.log (rotated) and, if `shown` says so, to `console`
    with the program's name before it. A second stop signal ends everything at once instead of waiting for the
    grace time.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        log_dir: Path,
        console: IO[str] = sys.stdout,
        grace: float = GRACE,
        leave: float = LEAVE,
        shown: Callable[[str], bool] = bool,
    ) -> None:
        signs = log_dir.with_name("signs")
        for folder in (log_dir, signs):
            folder.mkdir(parents=True, exist_ok=True)
        self._grace = grace
        self._console = _Console(console, width=max(len(program.name) for program in programs))
        self._children = [
            _Child(program, log_dir, self._console, shown, _Signs(signs / program.name, program, leave))
            for program in programs
        ]
        self._stops_asked = 0

    def run(self) -> None:
        """Start everything and return when everything has stopped. Must be called in the main thread: there
        Python handles signals, and a program is asked to stop when the thread that started it ends."""
        under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        heard = [number for number in STOP_SIGNALS if not (number == signal.SIGHUP and under_nohup)]
        before = {number: signal.signal(number, self._on_signal) for number in heard}
        try:
            while not self._stops_asked:
                for child in self._children:
                    child.keep_running()
                time.sleep(TICK)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """Ask `run` to stop everything and return; asked twice, it does so without waiting."""
        self._stops_asked += 1

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def _stop_all(self) -> None:
        """Ask all, wait for the grace time, then end by force whatever is left of every group."""
        self._console.say("stopping: what is being sent is finished first; Ctrl-C again stops at once")
        for child in self._children:
            child.ask_to_stop()
        deadline = time.monotonic() + self._grace
        while any(child.alive() for child in self._children) and time.monotonic() < deadline:
            if self._stops_asked > 1:
                break
            time.sleep(TICK)
        for child in self._children:
            child.end()
        self._console.say("stopped")


class _Console:
    """Lines of several programs on one terminal. A terminal that went away must not stop the programs."""

    def __init__(self, stream: IO[str], width: int) -> None:
        self._stream = stream
        self._width = width
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        try:
            with self._lock:
                self._stream.write(f"{name:<{self._width}} | {text}\n")
                self._stream.flush()
        except (OSError, ValueError):  # closed: the log files still have every line
            pass

    def say(self, text: str) -> None:
        self.line("", text)


class _Signs:
    """Whether a program still gives its sign of life.

    What counts is that the file was touched since the last look, by the supervisor's own clock: a step of the wall
    clock makes nobody silent.
    """

    def __init__(self, path: Path, program: Program, leave: float) -> None:
        self._path = path
        self._program = program
        self._leave = leave
        self.begin()

    @property
    def environment(self) -> dict[str, str]:
        return {} if self._program.silence is None else {SIGN_OF_LIFE: str(self._path)}

    def begin(self) -> None:
        """The program starts, and what another has left in its place says nothing."""
        self._path.unlink(missing_ok=True)
        self._seen: int | None = None
        self._heard_at = self._looked_at = time.monotonic()
        self._asked_at: float | None = None
        self._ended = False

    def too_long(self) -> float | None:
        """For how many seconds nothing was heard, once where that becomes too long."""
        if self._program.silence is None or self._asked_at is not None:
            return None
        now, touched = time.monotonic(), self._touched()
        if touched != self._seen or now - self._looked_at > SLEPT:
            self._seen, self._heard_at = touched, now
        self._looked_at = now
        allowed = self._program.first_sign if self._seen is None else self._program.silence
        if now - self._heard_at <= allowed:
            return None
        self._asked_at = now
        return now - self._heard_at

    def has_not_left(self) -> bool:
        """True once where a silent program was asked to stop and did not."""
        if self._asked_at is None or self._ended or time.monotonic() - self._asked_at < self._leave:
            return False
        self._ended = True
        return True

    def _touched(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return None


class _Child:
    """One program and, while it runs, its process group."""

    def __init__(
        self,
        program: Program,
        log_dir: Path,
        console: _Console,
        shown: Callable[[str], bool],
        signs: _Signs,
    ) -> None:
        self._program = program
        self._signs = signs
        self._console = console
        self._shown = shown
        self._log = _log_file(log_dir / f"{program.name}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._delay = FIRST_DELAY

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_running(self) -> None:
        """Start the program if it is time to, and notice if it died or hangs."""
        if self._process is not None and not self.alive():
            self._bury()
        elif self._process is not None:
            self._end_if_silent(self._process)
        if self._process is None and time.monotonic() >= self._start_at:
            self._start()

    def ask_to_stop(self) -> None:
        if self._process is not None and self.alive():
            self._process.terminate()

    def end(self) -> None:
        """End whatever is left of the group, first process included, and take note of its death."""
        if self._process is not None:
            _kill_group(self._process.pid)
            self._process.wait()
            self._process = None
        if self._reader is not None:
            self._reader.join(timeout=1)  # a process that left the group could hold the pipe open
        self._log.close()

    def _end_if_silent(self, process: subprocess.Popen[bytes]) -> None:
        if seconds := self._signs.too_long():
            self._say(f"gave no sign of life for {seconds:.0f} s; asked to stop")
            process.terminate()
        if self._signs.has_not_left():
            self._say("did not stop; all its processes are ended")
            _kill_group(process.pid)

    def _start(self) -> None:
        command = [sys.executable, "-P", str(TETHER), str(os.getpid()), *self._program.command]
        self._started = time.monotonic()
        self._signs.begin()
        self._process = subprocess.Popen(  # noqa: S603 - commands come from our own code
            command,
            env={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                **self._signs.environment,
                **self._program.environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._copy_output, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _bury(self) -> None:
        """The first process died: end its orphans, say so, and set the time of the next start."""
        process = self._process
        if process is None:
            return
        _kill_group(process.pid)
        self._process = None
        if time.monotonic() - self._started >= STEADY_AFTER:
            self._delay = FIRST_DELAY
        self._say(f"{_how_it_ended(process.returncode)}; starts again in {self._delay:g} s")
        self._start_at = time.monotonic() + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)

    def _copy_output(self, output: IO[bytes]) -> None:
        with output:
            while line := output.readline(LONGEST_LINE):
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self._write_log(text)
                if self._shown(text):
                    self._console.line(self._program.name, text)

    def _say(self, text: str) -> None:
        self._write_log(text)
        self._console.line(self._program.name, text)

    def _write_log(self, text: str) -> None:
        self._log.handle(logging.makeLogRecord({"msg": "%s", "args": (text,)}))


def _log_file(path: Path) -> logging.handlers.RotatingFileHandler:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    return handler


def _kill_group(group: int) -> None:
    """End every process of a group that this supervisor made; an empty group is no error."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
