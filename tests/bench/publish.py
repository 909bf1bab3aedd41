"""`script/bench publish`: how punctually and how fast posts go out, with the real processes of an installation.

    idle     posts due one after another over a minute: from the due time until the platform has answered
    burst    posts due at once: until the platform has answered the last, as a ratio to what as many processes
             need for the same HTTP calls alone
    claims   four processes want every post at once: claims a second

On SQLite and on PostgreSQL (which commits to the disk here, unlike in the tests), against a platform on this machine
that answers each call after --platform-ms, so that every copy is counted. docs/performance.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests.browser.installation import Installation
from tests.servers import free_port
from tests.servers.pg import PrivatePostgres

WORKERS = CLAIMERS = 4
ACCOUNTS = 100
IDLE_SECONDS = 60.0
LEAD = 8.0
"""Seconds between giving the due times and the first of them."""
PATIENCE = 300.0
"""Seconds after the last due time until what has not come counts as forgotten."""
IDLE_P50_BAR, IDLE_P99_BAR = 0.8, 1.5
BURST_BARS = {"sqlite": 4.0, "postgresql": 2.0}

Status = tuple[str, str, float, float]


class Platform:
    """The measuring platform of server.py, running in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def statuses(self) -> list[Status]:
        with urllib.request.urlopen(f"{self.url}/statuses", timeout=30) as answer:
            return [tuple(row) for row in json.load(answer)]

    def reset(self) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/reset", method="POST"), timeout=30).close()

    def wait_for(self, count: int, until: float) -> list[Status]:
        """All that have come once `count` posts are there and a little longer, or when it is too late."""
        while len({text for text, *_ in self.statuses()}) < count and time.time() < until:
            time.sleep(0.5)
        time.sleep(3)  # a second copy would come now
        return self.statuses()


@contextmanager
def running_platform(pause: float) -> Iterator[Platform]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", str(port), str(pause)], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield Platform(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()


def measure(options: argparse.Namespace, platform: Platform) -> dict[str, Any]:
    """Everything on the database that DATABASE_URL names."""
    with Installation(Q_WORKERS=str(WORKERS)) as installation:
        return {
            **_idle(installation, platform, options.idle),
            **_crowd(installation, platform, options.burst),
        }


def _idle(installation: Installation, platform: Platform, posts: int) -> dict[str, Any]:
    team = _make(installation, platform, posts)
    start = _give_times(installation, team, IDLE_SECONDS / posts)
    statuses = platform.wait_for(posts, start + IDLE_SECONDS + PATIENCE)
    due = {number: start + number * IDLE_SECONDS / posts for number in range(posts)}
    late = [answered - due[_number(text)] for text, _, _, answered in statuses]
    platform.reset()
    return {
        "idle_p50_s": statistics.median(late),
        "idle_p99_s": statistics.quantiles(late, n=100)[98],
        "idle_max_s": max(late),
        **_copies(statuses, posts),
    }


def _crowd(installation: Installation, platform: Platform, posts: int) -> dict[str, Any]:
    """Claims and the burst, with the same posts."""
    team = _make(installation, platform, posts)
    claims = _inside(installation, "claim", team, str(CLAIMERS))
    bare = _inside(installation, "bare", team, str(WORKERS))
    platform.reset()
    start = _give_times(installation, team, 1.0 / posts)
    statuses = platform.wait_for(posts, start + PATIENCE)
    platform.reset()
    seconds = max(answered for *_, answered in statuses) - start
    return {
        "bare_s": bare["seconds"],
        "burst_s": seconds,
        "burst_ratio": seconds / bare["seconds"],
        "claims_per_s": claims["claims_per_s"],
        "claimed_twice": claims["claims"] - claims["posts"],
        "states": _inside(installation, "states", team),
        **{f"burst_{name}": value for name, value in _copies(statuses, posts).items()},
    }


def _make(installation: Installation, platform: Platform, posts: int) -> str:
    say(f"  making {posts} approved posts ...")
    words = ("make", str(posts), str(min(ACCOUNTS, posts)), platform.url)
    return installation.python("-m", "tests.bench.posts", *words).stdout.split()[-1]


def _give_times(installation: Installation, team: str, step: float) -> float:
    start = time.time() + LEAD
    installation.python("-m", "tests.bench.posts", "due", team, str(start), str(step))
    if time.time() > start - 1:
        raise SystemExit("Giving the due times took too long; nothing was measured.")
    return start


def _inside(installation: Installation, *words: str) -> dict[str, Any]:
    answer = installation.python("-m", "tests.bench.posts", *words).stdout
    said: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return said


def _number(text: str) -> int:
    return int(text.partition("post number ")[2].partition(":")[0])


def _copies(statuses: Sequence[Status], posts: int) -> dict[str, int]:
    different = len({text for text, *_ in statuses})
    return {"duplicates": len(statuses) - different, "forgotten": posts - different}


def summary(found: dict[str, Any]) -> dict[str, Any]:
    """What the JSON line says of one database; copies and gaps of all its runs together."""
    return {
        "idle_p50_s": round(found["idle_p50_s"], 3),
        "idle_p99_s": round(found["idle_p99_s"], 3),
        "burst_ratio": round(found["burst_ratio"], 2),
        "claims_per_s": round(found["claims_per_s"], 1),
        "duplicates": found["duplicates"] + found["burst_duplicates"] + found["claimed_twice"],
        "forgotten": found["forgotten"] + found["burst_forgotten"],
    }


def table(name: str, found: dict[str, Any]) -> str:
    short = summary(found)
    return "\n".join(
        [
            f"{name}",
            f"  idle lateness p50     {short['idle_p50_s']:8.3f} s    bar {IDLE_P50_BAR}",
            f"  idle lateness p99     {short['idle_p99_s']:8.3f} s    bar {IDLE_P99_BAR}",
            f"  idle lateness most    {found['idle_max_s']:8.3f} s",
            f"  burst, all sent after {found['burst_s']:8.2f} s",
            f"  bare HTTP calls       {found['bare_s']:8.2f} s",
            f"  burst ratio           {short['burst_ratio']:8.2f}      bar {BURST_BARS[name]}",
            f"  claims a second       {short['claims_per_s']:8.1f}",
            f"  duplicates            {short['duplicates']:8d}      bar 0",
            f"  forgotten             {short['forgotten']:8d}      bar 0",
            f"  states                {json.dumps(found['states'])}",
        ]
    )


def this_machine() -> str:
    """Processor, cores, memory, kernel and Python, for the record beside the figures."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    model = models[0].partition(":")[2].strip() if models else machine.processor()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {pages:.0f} GiB, {machine.system()} {machine.release()}, "
        f"Python {machine.python_version()}"
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench publish", description=__doc__.partition("\n")[0])
    parser.add_argument("--idle", type=int, default=200, help="posts over a minute")
    parser.add_argument("--burst", type=int, default=1000, help="posts within a second")
    parser.add_argument("--platform-ms", type=float, default=100.0, help="how long the platform takes")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one database")
    options = parser.parse_args(words)
    found = {}
    for name in [options.only] if options.only else ["sqlite", "postgresql"]:
        say(f"{name} ...")
        server = PrivatePostgres(settings=()) if name == "postgresql" else nullcontext()
        with server as postgres, running_platform(options.platform_ms / 1000) as platform:
            os.environ["DATABASE_URL"] = postgres.url() if postgres else ""
            found[name] = measure(options, platform)
    print(f"{this_machine()}; the platform answers after {options.platform_ms:g} ms\n")
    print("\n\n".join(table(name, each) for name, each in found.items()))
    print(json.dumps({name: summary(each) for name, each in found.items()}))
    return 0
