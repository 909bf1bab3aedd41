"""`manage.py dispatch`: the clock of the installation."""

import logging
import signal
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone

from ledger.errors import LedgerBroken
from scheduler import dispatcher, rule_changes, sign_of_life

logger = logging.getLogger(__name__)
SHORTEST_PAUSE = 0.05
"""Seconds between two nudges, however much is due: twenty a second are enough, and no busy loop."""


class Command(BaseCommand):
    evidence_at = 0.0
    """By the monotonic clock; at once when it starts."""
    help = "Looks for due posts, checks and look-ups and nudges the workers. Several may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument(
            "--seconds", type=float, default=settings.DISPATCH_SECONDS, help="between two looks"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        if options["once"]:
            dispatcher.tick(timezone.now())
            return
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        self._loop(options["seconds"])

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _loop(self, seconds: float) -> None:
        """Intervals are measured by a clock that nobody sets, so that a step of the wall clock stops nothing. None is
        longer than that of the signs of life."""
        seconds = min(seconds, settings.BEAT_SECONDS)
        self.beat_at = self.checkpoint_at = time.monotonic()
        self.followed = False
        while not self.stopping:
            end = time.monotonic() + seconds
            sign_of_life.give()
            try:
                looked = timezone.now()
                nudged = self._work(looked)
                self._nudge_until(end, looked, nudged)
            except DatabaseError:
                logger.exception("The database did not answer; looking again in a moment")
                close_old_connections()
            except LedgerBroken:
                logger.exception(
                    "The publish log does not verify; no checkpoint was signed. Run manage.py ledger verify"
                )
            except Exception:
                logger.exception("Something that is due could not be done; it is tried again in a moment")
            time.sleep(max(SHORTEST_PAUSE, end - time.monotonic()))

    def _work(self, now: datetime) -> int:
        """One look at everything. Returns how many deliveries were nudged."""
        started = time.monotonic()
        nudged = dispatcher.tick(now)
        sign_of_life.give()
        if started >= self.beat_at:
            self.beat_at = started + settings.BEAT_SECONDS
            dispatcher.beat(now)
        if started >= self.checkpoint_at:
            self.checkpoint_at = started + dispatcher.CHECKPOINT_EVERY.total_seconds()
            dispatcher.checkpoint()
        if started >= self.evidence_at:
            self.evidence_at = started + dispatcher.EVIDENCE_EVERY.total_seconds()
            dispatcher.tell_of_evidence(now)
        if not self.followed:  # last: what goes wrong here must not stop what is due
            rule_changes.follow(now)
            self.followed = True
        return nudged

    def _nudge_until(self, end: float, looked: datetime, nudged: int) -> None:
        """Until the next look at everything, wakes for each delivery that becomes due. A full batch has more behind."""
        while not self.stopping and (left := end - time.monotonic()) > 0:
            pause = SHORTEST_PAUSE
            if nudged < dispatcher.BATCH:
                soon = dispatcher.next_due(looked, timedelta(seconds=left))
                if soon is None:
                    return
                pause = max(pause, (soon - timezone.now()).total_seconds())
            time.sleep(min(left, pause))
            looked = timezone.now()
            nudged = dispatcher.nudge_due(looked)
