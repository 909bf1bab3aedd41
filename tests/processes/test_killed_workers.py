"""Workers are killed in the middle of their work, in a real installation; nobody tidies up by hand."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.installation import Installation
from tests.processes.inside import Inside

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.xdist_group("killed")]

TITLE = "Winter opening"
SUBMIT = """
import os, signal, time
from accounts.models import Membership
from gate.models import Submission
from scheduler import lifecycle
from scheduler.models import Post
post = Post.objects.get(title="{title}")
author = Membership.objects.get(user__email="author@harbour.example")
submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
while Submission.objects.get(pk=submission.pk).check_lease_until is None:
    time.sleep(0.005)
for pid in {pids}:
    os.kill(pid, signal.SIGKILL)
"""
SEND = """
import time
from scheduler.models import Delivery
from tests.must_hold.sending import due_delivery
delivery = due_delivery()
end = time.monotonic() + 60
while delivery.state in ("waiting", "sending") and time.monotonic() < end:
    time.sleep(0.1)
    delivery.refresh_from_db()
print(delivery.state, delivery.attempts.count())
"""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(GATE_CHECK_SECONDS="5", Q_WORKERS="1", SILENCE_SECONDS="6") as running:
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


@pytest.fixture
def inside(installation: Installation) -> Iterator[Inside]:
    with Inside(installation) as asked:
        yield asked


def test_a_submission_whose_gate_cluster_was_killed_is_checked_again_by_itself(
    installation: Installation, inside: Inside
) -> None:
    installation.ask(SUBMIT.format(title=TITLE, pids=pids(installation, "gate")))
    state, runs, *_ = inside.submission(TITLE)
    assert state == "checking", f"it was finished before the kill, after {runs} checks"

    inside.wait_for(lambda: inside.submission(TITLE)[0] != "checking", 120)

    state, runs, different, tries = inside.submission(TITLE)
    assert state == "in_review"
    assert runs == different
    assert tries >= 2


def test_both_clusters_answer_again_after_a_kill(installation: Installation, inside: Inside) -> None:
    clusters = ("gate", "publish")
    inside.wait_for(lambda: inside.beats().keys() >= set(clusters), 90)
    for cluster in clusters:
        kill(installation, cluster)
    killed = time.time()
    inside.wait_for(lambda: all(inside.beats()[cluster] > killed for cluster in clusters), 90)


def family(pid: int) -> tuple[int, int]:
    """The parent of a process, and when it was started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), int(fields[19])


def worker(installation: Installation) -> tuple[int, int]:
    """The only worker of the publish cluster, which its guard starts first, and the head of the cluster."""
    families = {pid: family(pid) for pid in pids(installation, "publish")}
    head = next(pid for pid, (parent, _) in families.items() if parent not in families)
    guard = next(pid for pid, (parent, _) in families.items() if parent == head)
    workers = sorted((at, pid) for pid, (parent, at) in families.items() if parent == guard)
    return workers[0][1], head


def readyz(installation: Installation) -> dict[str, Any]:
    try:
        answer = urllib.request.urlopen(f"{installation.url}/readyz", timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        report = dict(json.load(answer))
    assert answer.status == (200 if report["ready"] else 503)
    return report


def wait_for_ready(installation: Installation, ready: bool) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while (report := readyz(installation))["ready"] is not ready:
        assert time.monotonic() < deadline, f"{report}\n{installation.tail()}"
        time.sleep(0.2)
    return report


def test_a_cluster_that_hangs_because_an_idle_worker_was_killed_is_replaced(
    installation: Installation,
) -> None:
    """The worker holds the lock of the cluster's inner queue while it waits there. Its place is taken by another one,
    which waits for that lock for ever."""
    wait_for_ready(installation, True)
    idle, head = worker(installation)
    os.kill(idle, signal.SIGKILL)

    parts = wait_for_ready(installation, False)["parts"]
    assert [name for name, part in parts.items() if not part["ok"]] == ["publish"]
    wait_for_ready(installation, True)

    log = (installation.var / "log" / "publish.log").read_text()
    assert "gave no sign of life for 6 s; asked to stop" in log
    assert "did not stop; all its processes are ended" in log
    replaced, new_head = worker(installation)
    assert head not in pids(installation, "publish")
    assert replaced != idle
    assert new_head != head
    assert installation.ask(SEND) == "sent 1"
