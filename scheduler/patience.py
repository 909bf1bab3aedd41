"""A database that is away for a moment: what has to be written down is tried again until its time is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

logger = logging.getLogger(__name__)
AWAY: Final = (OperationalError, InterfaceError)
"""Stopped, not reachable, locked for longer than we wait, or a deadlock that it broke up at our cost."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
_Result = TypeVar("_Result")


def until(deadline: datetime, work: Callable[[], _Result]) -> _Result:
    """What `work`, a whole transaction, returns. It is done again, after growing pauses, while the database is away,
    so it must bear to be done twice: a commit whose confirmation is lost may have happened. Raises the database's last
    error once the deadline has passed, or at once within somebody else's transaction, which is broken by it."""
    give_up = time.monotonic() + (deadline - timezone.now()).total_seconds()  # whatever happens to the clock
    pause = FIRST_PAUSE
    while True:
        try:
            return work()
        except AWAY:
            if connection.in_atomic_block or time.monotonic() + pause > give_up:
                raise
            logger.warning("The database did not answer; trying again in %.1f s", pause)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
