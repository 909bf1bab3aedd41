"""Workers are killed in the middle of their work, in a real installation; nobody tidies up by hand."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.installation import Installation

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.xdist_group("killed")]

SUBMIT = """
import os, signal, time
from accounts.models import Membership
from gate.models import Submission
from scheduler import lifecycle
from scheduler.models import Post
post = Post.objects.get(title="Winter opening")
author = Membership.objects.get(user__email="author@harbour.example")
submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
while Submission.objects.get(pk=submission.pk).check_lease_until is None:
    time.sleep(0.005)
for pid in {pids}:
    os.kill(pid, signal.SIGKILL)
"""
BEATS = """
from scheduler.models import Beat
for beat in Beat.objects.filter(name__in=["gate", "publish"]).order_by("at"):
    print(beat.name, beat.at.timestamp())
"""
STATE = """
from gate.models import Submission
row = Submission.objects.get(title="Winter opening")
print(row.state, row.runs.count(), row.runs.values("check_id").distinct().count(), row.check_tries)
"""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(GATE_CHECK_SECONDS="5") as running:
        yield running


def pids(installation: Installation, cluster: str) -> list[int]:
    """Every process of one cluster: its head, guard, pusher, monitor and workers."""
    marks = {f"COUNTERSIGN_VAR={installation.var}".encode(), f"Q_CLUSTER_NAME={cluster}".encode()}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marks <= set((folder / "environ").read_bytes().split(b"\0")):
                found.append(int(folder.name))
    return found


def kill(installation: Installation, cluster: str) -> None:
    gone = pids(installation, cluster)
    assert gone
    for pid in gone:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def beats(installation: Installation) -> dict[str, float]:
    """When each cluster last did a task: of a kind the youngest comes last."""
    lines = installation.ask(BEATS).splitlines()
    return {name: float(at) for name, at in (line.split() for line in lines)}


def wait_for(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(3)  # each look is a start of Django


def test_a_submission_whose_gate_cluster_was_killed_is_checked_again_by_itself(
    installation: Installation,
) -> None:
    installation.ask(SUBMIT.format(pids=pids(installation, "gate")))
    state, runs, *_ = installation.ask(STATE).split()
    assert state == "checking", f"it was finished before the kill, after {runs} checks"

    wait_for(lambda: not installation.ask(STATE).startswith("checking"), 120)

    state, runs, different, tries = installation.ask(STATE).split()
    assert state == "in_review"
    assert runs == different
    assert int(tries) >= 2


def test_both_clusters_answer_again_after_a_kill(installation: Installation) -> None:
    before = beats(installation)
    for cluster in before:
        kill(installation, cluster)
    wait_for(lambda: all(at > before[name] + 11 for name, at in beats(installation).items()), 90)
