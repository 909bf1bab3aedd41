"""The one way to the task queue: the database's own, or Redis where Q_BROKER names one.

A task is a nudge: what there is to do stands in rows, and the dispatcher asks again. So a queue that does not answer
holds nobody up; it is said in the program's log, and by `/readyz` once the clusters' beats stop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection, transaction

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
"""A queue that did not answer is not asked again for so long: each page and each nudge would wait for it."""


class NoAnswer(Exception):
    """The task queue did not answer; the text names the kind of error. Redis is imported only where it is in use
    (accounts/redis_queue.py), so its own errors cannot be named here."""


class _Queue:
    """Whether the queue answered when it was last asked; shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def did_not_answer(self, task: str, error: str) -> None:
        with self._lock:
            self._away_until = time.monotonic() + AWAY_SECONDS
        logger.error(
            "The task queue did not answer (%s), so %s was not handed over. Rows keep what there is to do; "
            "the dispatcher asks again.",
            error,
            task,
        )


_queue = _Queue()


def hand_over(task: str, *args: Any, cluster: str, group: str) -> bool:
    """Gives a task to a cluster now; False where the queue does not answer, which is logged. A database error inside
    a transaction is raised: the transaction is broken, and its caller must know."""
    # Imported here because django_q reads its models at import, before the apps are ready.
    from django_q.tasks import async_task

    if _queue.is_away:
        return False
    try:
        async_task(task, *args, cluster=cluster, group=group, save=False)
    except NoAnswer as error:
        _queue.did_not_answer(task, str(error))
        return False
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise
        _queue.did_not_answer(task, type(error).__name__)
        return False
    return True


def after_commit(task: str, *args: Any, cluster: str, group: str) -> None:
    """Gives a task to a cluster once the caller's transaction has committed, so that no worker looks before the rows
    are there; at once where there is no transaction."""
    transaction.on_commit(lambda: hand_over(task, *args, cluster=cluster, group=group))


def empty(clusters: Iterable[str]) -> None:
    """Throws every waiting task away. Raises NoAnswer where Redis does not answer."""
    from django_q.brokers import get_broker

    for cluster in clusters:
        get_broker(cluster).purge_queue()
