"""The task queue may be away: pages and the dispatcher go on, it is said in the log, and nothing waits for long."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django_q import brokers
from django_q.conf import Conf
from django_q.models import OrmQ
from redis import Redis

from accounts import queue, redis_queue
from accounts.models import Membership, Notice
from accounts.notices import notify
from scheduler import dispatcher
from scheduler.models import Delivery
from tests.must_hold import sending
from tests.servers import free_port
from tests.servers.redis import PrivateRedis

TASK = "scheduler.tasks.publish"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_queue", queue._Queue())


@pytest.fixture
def on_redis(monkeypatch: pytest.MonkeyPatch, settings: Any, redis: PrivateRedis) -> Iterator[PrivateRedis]:
    """As with Q_BROKER in the environment."""
    settings.Q_BROKER = redis.url
    monkeypatch.setattr(Conf, "BROKER_CLASS", "accounts.redis_queue.RedisBroker")
    yield redis
    redis_queue.connect.cache_clear()


@pytest.fixture
def nobody_listens(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    settings.Q_BROKER = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(Conf, "BROKER_CLASS", "accounts.redis_queue.RedisBroker")
    yield
    redis_queue.connect.cache_clear()


def hand_over() -> bool:
    return queue.hand_over(TASK, 1, cluster="publish", group="publish")


def test_redis_carries_a_task_to_its_cluster_and_a_worker_takes_it(on_redis: PrivateRedis) -> None:
    assert hand_over()
    assert brokers.get_broker("gate").queue_size() == 0
    broker = brokers.get_broker("publish")
    assert isinstance(broker, redis_queue.RedisBroker)
    assert broker.queue_size() == 1
    assert len(broker.dequeue()) == 1
    assert broker.queue_size() == 0


def test_no_call_to_redis_waits_without_end(on_redis: PrivateRedis) -> None:
    kwargs = redis_queue.RedisBroker.get_connection().connection_pool.connection_kwargs
    assert 0 < kwargs["socket_connect_timeout"] <= 5
    assert 1 < kwargs["socket_timeout"] <= 10  # a cluster's own wait for a task is 1 s


def test_a_cluster_writes_no_statistics_to_a_redis_that_is_away(nobody_listens: None) -> None:
    """django-q2 does so twice a second, and logs each error."""
    broker = brokers.get_broker("gate")
    broker.set_stat("a cluster", "runs", 3)
    with pytest.raises(queue.NoAnswer):
        broker.queue_size()


def test_a_redis_that_is_away_is_said_once_and_asked_again_later(
    nobody_listens: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Redis, "rpush", _noting(Redis.rpush, asked))
    with caplog.at_level(logging.ERROR, "accounts.queue"):
        assert [hand_over() for _ in range(3)] == [False, False, False]
    assert len(asked) == 1
    assert [record.getMessage() for record in caplog.records if TASK in record.getMessage()] == [
        f"The task queue did not answer (ConnectionError), so {TASK} was not handed over. Rows keep what there "
        "is to do; the dispatcher asks again."
    ]
    queue._queue._away_until = 0.0
    assert not hand_over()
    assert len(asked) == 2


def _noting(method: Any, asked: list[str]) -> Any:
    def rpush(*args: Any) -> Any:
        asked.append(args[1])
        return method(*args)

    return rpush


def test_a_redis_that_comes_back_is_used_again(on_redis: PrivateRedis) -> None:
    assert hand_over()
    on_redis.stop()
    assert not hand_over()
    on_redis.start()
    queue._queue._away_until = 0.0
    assert hand_over()
    assert brokers.get_broker("publish").queue_size() == 1


@pytest.mark.django_db
def test_the_dispatcher_goes_on_and_nudges_when_the_queue_is_back(
    nobody_listens: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = sending.due_delivery()
    now = timezone.now()
    dispatcher.beat(now)
    assert dispatcher.tick(now) == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.nudged_at) == (Delivery.State.WAITING, None)

    monkeypatch.setattr(Conf, "BROKER_CLASS", None)  # the queue is there again
    queue._queue._away_until = 0.0
    assert dispatcher.tick(now + timedelta(seconds=1)) == 1
    assert OrmQ.objects.filter(key="publish").count() == 1


@pytest.mark.django_db
def test_a_notice_stands_where_its_mail_could_not_be_handed_over(
    nobody_listens: None,
    author: Membership,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notify(team=author.team, users=[author.user], text="Look here")
    assert Notice.objects.get().text == "Look here"
    assert "A message will not be mailed" in caplog.text
    assert author.user.email not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_task_is_handed_over_after_the_commit_and_not_at_all_after_a_rollback() -> None:
    def half_done() -> None:
        with transaction.atomic():
            queue.after_commit(TASK, 1, cluster="publish", group="publish")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert OrmQ.objects.count() == 0
    with transaction.atomic():
        queue.after_commit(TASK, 1, cluster="publish", group="publish")
        assert OrmQ.objects.count() == 0
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_error_is_swallowed_outside_a_transaction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrmQ._meta, "db_table", "no_such_table")
    with pytest.raises(DatabaseError), transaction.atomic():
        hand_over()
    assert not connection.in_atomic_block
    assert not hand_over()
    assert queue._queue.is_away


def test_an_address_that_is_none_fails_the_check_and_is_not_repeated(settings: Any) -> None:
    settings.Q_BROKER = "memcached://:secret@host"
    with pytest.raises(SystemCheckError, match=r"accounts\.E003") as failure:
        call_command("check")
    assert "secret" not in str(failure.value)
