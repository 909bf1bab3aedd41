"""The task queue on a Redis server, where Q_BROKER names one. Imported there only: the client costs a start 30 ms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django_q.brokers import redis_broker
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from accounts.queue import NoAnswer

CONNECT_SECONDS, ANSWER_SECONDS = 2, 5
"""How long Redis may take; a cluster waits 1 s at a time for its next task (django-q2's BLPOP)."""


class RedisBroker(redis_broker.Redis):  # type: ignore[misc]  # django-q2 ships no types
    """django-q2's broker with time limits, and one pool of connections a process instead of one a task. What the
    product itself asks of it raises NoAnswer; a cluster's own loop knows Redis."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> Redis:
        return connect(settings.Q_BROKER)

    def enqueue(self, task: str) -> Any:
        with _answers():
            return super().enqueue(task)

    def queue_size(self) -> int:
        with _answers():
            return int(super().queue_size())

    def purge_queue(self) -> Any:
        with _answers():
            return super().purge_queue()

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Not kept. Each cluster would write its statistics twice a second, and while Redis is away a line of the log
        for each; signs of life are rows (scheduler/beats.py)."""


@contextmanager
def _answers() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise NoAnswer(type(error).__name__) from error


@cache
def connect(address: str) -> Redis:
    """Raises ValueError for what is no address of a Redis server. Connections of a parent process are not used."""
    return Redis.from_url(
        address,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
