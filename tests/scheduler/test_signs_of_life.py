"""When a cluster beats, and when it gives a sign of life."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q import signals
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from accounts import queue, redis_queue
from config.supervisor import SIGN_OF_LIFE
from scheduler import sign_of_life, tasks
from scheduler.models import Beat
from tests.servers.redis import PrivateRedis

SECONDS = 20


@pytest.fixture
def on_redis(monkeypatch: pytest.MonkeyPatch, settings: Any, redis: PrivateRedis) -> Iterator[None]:
    settings.Q_BROKER = redis.url
    monkeypatch.setattr(Conf, "BROKER_CLASS", "scheduler.redis_brokers.BeatingRedis")
    yield
    redis_queue.connect.cache_clear()


def taken(broker: Any) -> list[str]:
    """What the tasks do that a cluster gets at one look."""
    found = [(number, SignedPackage.loads(package)) for number, package in broker.dequeue()]
    assert all(number is None for number, task in found if task["group"] == "beat"), "nothing to acknowledge"
    return [task["func"].rpartition(".")[2] for _, task in found]


def beats_before_and_with_the_tasks() -> None:
    broker = get_broker("publish")
    queue.hand_over("scheduler.tasks.publish", 1, cluster="publish", group="publish")
    assert taken(broker) == ["stir"], "the first one asks neither database nor broker"
    assert taken(broker) == ["publish", "beat"]
    assert taken(broker) == [], "the next one comes after a while"


@pytest.mark.django_db
def test_a_cluster_gets_beats_of_its_own_beside_the_tasks_in_the_database() -> None:
    beats_before_and_with_the_tasks()


def test_and_beside_those_on_redis(on_redis: None) -> None:
    beats_before_and_with_the_tasks()


@pytest.mark.django_db
def test_a_beat_comes_again_after_its_time(settings: Any) -> None:
    settings.BEAT_SECONDS = 0
    broker = get_broker("gate")
    assert [taken(broker) for _ in range(3)] == [["stir"], ["beat"], ["beat"]]
    assert not OrmQ.objects.exists()


@pytest.mark.django_db
def test_a_database_that_is_away_takes_the_beat_and_leaves_the_stir() -> None:
    """The cluster's pusher ends when this is raised, and the next one stirs again: no restart would help."""

    def broken(*_: object) -> None:
        raise OperationalError

    broker = get_broker("publish")
    with connection.execute_wrapper(broken):
        assert taken(broker) == ["stir"]
        with pytest.raises(OperationalError):
            broker.dequeue()
        tasks.beat("publish")
    assert not Beat.objects.exists()


@pytest.fixture
def sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(SIGN_OF_LIFE, str(tmp_path / "sign"))
    return tmp_path / "sign"


def test_the_supervisor_and_its_programs_mean_the_same_file() -> None:
    assert sign_of_life.FILE == SIGN_OF_LIFE


def test_a_task_that_went_its_whole_way_gives_a_sign(sign: Path) -> None:
    task: dict[str, Any] = {"sync": True}
    signals.pre_execute.send("django_q", func=None, task=task)
    signals.post_execute_in_worker.send("django_q", func=None, task=task)
    assert not sign.exists(), "the monitor has not closed it yet"
    signals.post_execute.send("django_q", task=task)
    assert sign.exists()


def test_a_sign_that_cannot_be_given_breaks_no_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(SIGN_OF_LIFE, str(tmp_path / "no folder" / "sign"))
    sign_of_life.give()
    assert "No sign of life could be given" in caplog.text


def test_a_worker_in_a_long_task_gives_signs(
    sign: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BEAT_SECONDS = 0.05
    kept = threading.Event()
    monkeypatch.setattr(sign_of_life, "_keep_row", kept.set)
    task: dict[str, Any] = {"func": "upload"}
    signals.pre_execute.send("django_q", func=None, task=task)
    try:
        assert kept.wait(SECONDS)
        assert sign.exists()
    finally:
        signals.post_execute_in_worker.send("django_q", func=None, task=task)
    time.sleep(0.2)
    sign.unlink()
    time.sleep(0.2)
    assert not sign.exists(), "an idle worker gives none: its cluster has to"


@pytest.mark.django_db
def test_a_beat_says_when_it_was() -> None:
    tasks.beat("publish")
    assert abs((Beat.objects.get(name="publish").at - timezone.now()).total_seconds()) < SECONDS
