"""The sign of life that a dispatcher or a queue cluster gives to the supervisor which started it.

It is given where work was done, not where a process merely exists: by the dispatcher at each look, by a cluster
whenever a task has gone its whole way (taken from the queue, done by a worker, closed by the monitor), and by a worker
in the middle of a long one. A cluster whose queue is stuck has all its processes and gives no sign.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django_q import signals
from django_q.conf import Conf

from scheduler import beats

logger = logging.getLogger(__name__)

FILE: str = "COUNTERSIGN_SIGN_OF_LIFE"
"""The supervisor names a file here. It is touched: that needs no room on a disk, and no clock that agrees."""

_busy = threading.Event()
_task_number = 0
_thread: threading.Thread | None = None


def give() -> None:
    """Never raises: a sign that cannot be given is a silence, and the supervisor knows what to do."""
    path = os.environ.get(FILE)
    if not path:
        return
    try:
        Path(path).touch()
    except OSError:
        logger.exception("No sign of life could be given")


def listen() -> None:
    """Signs of a cluster: called once, when Django has started."""
    signals.pre_execute.connect(_begun, dispatch_uid="sign of life")
    signals.post_execute_in_worker.connect(_ended, dispatch_uid="sign of life")
    signals.post_execute.connect(_closed, dispatch_uid="sign of life")


def _begun(task: dict[str, Any], **_: Any) -> None:
    """In the worker. The thread is the worker's own: a process that was forked has none of its parent's."""
    global _thread, _task_number
    if task.get("sync"):
        return
    _task_number += 1
    _busy.set()
    if _thread is None:
        _thread = threading.Thread(target=_while_busy, daemon=True)
        _thread.start()


def _ended(**_: Any) -> None:
    _busy.clear()


def _closed(**_: Any) -> None:
    """In the monitor, which comes last."""
    give()


def _while_busy() -> None:
    """A worker that uploads for minutes is not silent, nor is its cluster when all of them do."""
    while _busy.wait():
        task = _task_number
        time.sleep(settings.BEAT_SECONDS)
        if _busy.is_set() and task == _task_number:
            give()
            _keep_row()


def _keep_row() -> None:
    try:
        beats.renew(Conf.CLUSTER_NAME)
    except DatabaseError:
        logger.warning("A long task goes on, and the database does not answer")
    finally:
        connection.close()
