"""The task queue's brokers, with a beat: each cluster gets a task every few seconds that never leaves its machine.

A SIGKILL of an idle worker can leave the lock of the cluster's inner queue locked for ever. The cluster then has all
its processes, takes tasks and does none. Only a task that goes the whole way shows that it works, and it must be this
cluster's own: of tasks sent through a shared queue, another cluster may take every one.
(docs/decisions/0027-signs-of-life.md)
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_q.brokers import orm
from django_q.conf import Conf
from django_q.humanhash import uuid
from django_q.signing import SignedPackage

Tasks = list[tuple[Any, Any]]


class Beating:
    """Only a cluster's pusher calls `dequeue`; it ends, and another one starts, when `dequeue` raises.

    So the first thing a pusher takes is a beat that asks nothing of database and broker: a cluster that has lost those
    is not helped by a restart. Later ones come only after the broker answered, and write a row.
    """

    _next_beat = 0.0

    def dequeue(self) -> Tasks:
        if not self._next_beat:
            self._next_beat = time.monotonic()
            return [_task("scheduler.tasks.stir")]
        tasks: Tasks = super().dequeue() or []  # type: ignore[misc]
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + settings.BEAT_SECONDS
            tasks.append(_task("scheduler.tasks.beat", Conf.CLUSTER_NAME))
        return tasks


class BeatingORM(Beating, orm.ORM):  # type: ignore[misc]
    """Tasks in the database."""


def _task(function: str, *args: str) -> tuple[None, str]:
    """A task as a broker hands it out. It has no number, because there is nothing to acknowledge."""
    name, number = uuid()
    task = {
        "id": number,
        "name": name,
        "func": function,
        "args": args,
        "kwargs": {},
        "started": timezone.now(),
        "group": "beat",
        "save": False,
    }
    return None, SignedPackage.dumps(task)
