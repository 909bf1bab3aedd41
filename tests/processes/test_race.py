"""Two dispatchers and four publish workers race over the same due deliveries, and a queue in Redis is flushed under
them: nothing twice, nothing forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis

from tests.browser.installation import Installation
from tests.processes.inside import Inside
from tests.servers.redis import PrivateRedis

pytestmark = [pytest.mark.processes, pytest.mark.both_databases, pytest.mark.xdist_group("race")]

POSTS, ACCOUNTS = 60, 10
LOST = 6
PATIENCE = 240
DISPATCH = ("manage.py", "dispatch")
PUBLISH = ("manage.py", "qcluster")
QUEUE = "django_q:publish:q"


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with Installation(running=False, Q_CLUSTER_NAME="publish", Q_WORKERS="2") as made:
        yield made


@contextmanager
def running(installation: Installation, *programs: tuple[str, str], **environment: str) -> Iterator[None]:
    with ExitStack() as stack:
        for words in programs:
            stack.callback(end, installation.program(*words, **environment))
        yield


def end(program: subprocess.Popen[bytes]) -> None:
    """Its whole group, clusters' workers and all."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.communicate()


def files(installation: Installation, team: int) -> list[Path]:
    return list((installation.var / "sandbox" / str(team)).glob("*/posts/*.json"))


def require_one_of_each(installation: Installation, inside: Inside, team: int, count: int) -> None:
    assert inside.states(team) == {"sent": count}
    assert inside.entries(team, "delivery.sending") == [count, count]
    assert inside.entries(team, "delivery.sent") == [count, count]
    assert inside.attempts(team)["sent"] == count
    assert len(files(installation, team)) == count


def test_two_dispatchers_and_four_workers_race_over_600(installation: Installation) -> None:
    count = POSTS * ACCOUNTS
    with Inside(installation) as inside:
        team = inside.make(POSTS, ACCOUNTS)
        inside.make_due(team)
        with running(installation, DISPATCH, DISPATCH, PUBLISH, PUBLISH):
            inside.wait_for(lambda: bool(inside.states(team).get("sent") == count), PATIENCE)
        require_one_of_each(installation, inside, team, count)


def test_the_queue_is_flushed_in_the_middle(installation: Installation, redis: PrivateRedis) -> None:
    """The tasks are gone; the rows are not, and the dispatcher nudges again."""
    count = LOST * ACCOUNTS
    with Inside(installation) as inside, closing(Redis.from_url(redis.url)) as queue:
        team = inside.make(LOST, ACCOUNTS)
        inside.make_due(team)
        broker = {"Q_BROKER": redis.url, "Q_WORKERS": "1"}
        with running(installation, DISPATCH, **broker):
            inside.wait_for(lambda: bool(queue.llen(QUEUE) == count), PATIENCE)
            with running(installation, PUBLISH, **broker):
                inside.wait_for(lambda: bool(inside.states(team).get("sent")), PATIENCE)
                assert queue.llen(QUEUE), "it was flushed too late"
                redis.flush()
                inside.end_pauses(team)
                inside.wait_for(lambda: bool(inside.states(team).get("sent") == count), PATIENCE)
        require_one_of_each(installation, inside, team, count)
