"""The stages of `script/test`, one after another, each with a line that says how it went and how long.

A stage that fails does not stop the others: one run shows everything that is wrong. Servers start when the
first stage that needs them comes, and stop at the end. The stages work on a var folder of their own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from config import secrets
from config.paths import ROOT
from tests import marked, migrated
from tests.no_skips import in_ci
from tests.servers import MissingServer
from tests.servers.bsky import BlueskyServer
from tests.servers.pg import PrivatePostgres

PYTHON = sys.executable
BIN = Path(sys.executable).parent
MANAGE = (PYTHON, "manage.py")
PYTEST = (PYTHON, "-m", "pytest", "-p", "tests.no_skips", "-q")
REAL = "processes or browser"
"""Marks of tests that start many processes each: few at a time, and nothing beside them."""
PRODUCTION = {
    "DEBUG": "no",
    "HTTPS": "yes",
    "HASHED_STATIC": "yes",
    "BASE_URL": "https://countersign.example.org",
    "ALLOWED_HOSTS": "countersign.example.org",
}


@dataclass(frozen=True)
class Stage:
    """A command; the server that it needs, "postgres" or "bsky"; what it adds to the environment.

    A quiet stage prints nothing unless it fails.
    """

    name: str
    command: Sequence[str]
    server: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    quiet: bool = True


@dataclass(frozen=True)
class Result:
    name: str
    outcome: str
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        line = f"{self.outcome:<7} {self.name:<24} {self.seconds:7.1f} s"
        return f"{line}   {self.reason}" if self.reason else line


STATIC_STAGES = (
    Stage("ruff", (str(BIN / "ruff"), "check", "--no-cache", "--output-format", "concise")),
    Stage("format", (str(BIN / "ruff"), "format", "--check", "--no-cache")),
    Stage("mypy", (str(BIN / "mypy"),)),
    Stage("imports", (str(BIN / "lint-imports"), "--no-cache")),
    Stage("check", (*MANAGE, "check")),
    Stage(
        "check-deploy",
        (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
        environment=tuple(PRODUCTION.items()),
    ),
    Stage("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run")),
)


def pytest_stages(chosen: Sequence[str]) -> list[Stage]:
    """Everything on both databases; or, with options for pytest, one run of what they choose on each."""
    workers = min(os.cpu_count() or 1, 4)
    groups = ("--dist", "loadgroup")
    more = ("-n", f"{workers + 1}", *groups)  # real processes and browsers wait much of the time
    options: dict[str, tuple[Sequence[str], str]] = {
        "pytest-sqlite": (("-n", f"{workers}", *groups, "-m", f"not live and not ({REAL})"), ""),
        "pytest-sqlite-real": (
            (*more, "-m", f"not live and ({REAL})", *marked.files("processes", "browser")),
            "",
        ),
        "pytest-postgres": (("--database-only", *more, "-m", "not live"), "postgres"),
    }
    if chosen:
        both = ("pytest-sqlite", "pytest-postgres")
        options = {name: (("-m", "not live", *chosen), options[name][1]) for name in both}
    return [Stage(name, (*PYTEST, *words), server, quiet=False) for name, (words, server) in options.items()]


def live_stage(chosen: Sequence[str]) -> Stage:
    """In two workers: one is in the browser, waiting for the minute in which its post is due."""
    words = chosen or ("-n", "2", "--dist", "loadgroup", *marked.files("live"))
    return Stage("pytest-live", (*PYTEST, "-m", "live", *words), "bsky", quiet=False)


class Runner:
    """Runs stages; keeps the servers they need until `close`."""

    def __init__(self) -> None:
        self._exit = ExitStack()
        self._servers: dict[str, dict[str, str]] = {"": {}}
        self._var = Path(tempfile.mkdtemp(prefix="countersign-test-"))
        self._exit.callback(shutil.rmtree, self._var, ignore_errors=True)
        secrets.ensure(self._var)

    def close(self) -> None:
        self._exit.close()

    def run(self, stage: Stage) -> Result:
        """Run one stage. A server that cannot be had is a skip with its reason, and a failure in CI."""
        started = time.monotonic()
        try:
            environment = self._environment(stage)
        except MissingServer as missing:
            outcome = "FAILED" if in_ci() else "skipped"
            return Result(stage.name, outcome, time.monotonic() - started, str(missing))
        code = _run(stage, environment)
        reason = {0: "", 5: "no test was collected"}.get(code, f"exit code {code}")
        return Result(stage.name, "FAILED" if code else "ok", time.monotonic() - started, reason)

    def _environment(self, stage: Stage) -> dict[str, str]:
        """Bytecode is kept whatever the machine says: a run starts Python hundreds of times."""
        if stage.server not in self._servers:
            self._servers[stage.server] = self._start(stage.server)
        own = {
            "COUNTERSIGN_VAR": str(self._var),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            migrated.PLACE: str(self._var / "databases"),
        }
        given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**given, **own, **self._servers[stage.server], **dict(stage.environment)}

    def _start(self, server: str) -> dict[str, str]:
        if server == "postgres":
            return {"DATABASE_URL": self._exit.enter_context(PrivatePostgres()).url()}
        return {"COUNTERSIGN_BSKY_URL": self._exit.enter_context(BlueskyServer()).url}


def _run(stage: Stage, environment: dict[str, str]) -> int:
    """The exit code. Output is shown as it comes or, for a quiet stage, only after a failure."""
    output = subprocess.PIPE if stage.quiet else None
    done = subprocess.run(
        stage.command,
        cwd=ROOT,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if stage.quiet and done.returncode:
        print(done.stdout, flush=True)
    return done.returncode


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/test",
        description="Installs what the tests need, then runs every check and test. What stands after -- goes "
        "to pytest: script/test --only pytest-sqlite -- -k calendar",
    )
    parser.add_argument(
        "--live", action="store_true", help="also publish to a real Bluesky server on this machine"
    )
    parser.add_argument("--only", action="append", metavar="STAGE", help="only this stage (may be repeated)")
    parser.add_argument("--list", action="store_true", help="name the stages and stop")
    parser.add_argument("pytest", nargs="*", metavar="-- PYTEST OPTION", help="options for pytest")
    return parser.parse_args()


def chosen_stages(options: argparse.Namespace) -> list[Stage]:
    """The stages to run, in order. Exits with a message where --only names none of them."""
    stages = [*STATIC_STAGES, *pytest_stages(options.pytest)]
    if options.live or "pytest-live" in (options.only or ()):
        stages.append(live_stage(options.pytest))
    if not options.only:
        return stages
    unknown = set(options.only) - {stage.name for stage in stages}
    if unknown:
        sys.exit(
            f"No stage {', '.join(sorted(unknown))}. Stages: {', '.join(stage.name for stage in stages)}"
        )
    return [stage for stage in stages if stage.name in options.only]


def stop(number: int, frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end the run as Ctrl-C does, so that the servers are stopped."""
    sys.exit(128 + number)


def main() -> int:
    """0 if every stage went well, 1 otherwise."""
    options = arguments()
    stages = chosen_stages(options)
    if options.list:
        print("\n".join(stage.name for stage in stages))
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    runner, results = Runner(), []
    try:
        for stage in stages:
            print(f"------- {stage.name}", flush=True)
            results.append(runner.run(stage))
            print(results[-1], flush=True)
    finally:
        runner.close()
    return summarise(results)


def summarise(results: Sequence[Result]) -> int:
    failed = [result for result in results if result.outcome == "FAILED"]
    print("\nAll stages:", *results, sep="\n")
    minutes, seconds = divmod(round(sum(result.seconds for result in results)), 60)
    good = len(results) - len(failed)
    print(f"{good} of {len(results)} stages without failure, {minutes} min {seconds} s")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
