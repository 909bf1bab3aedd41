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
from scheduler import dispatcher

logger = logging.getLogger(__name__)


class Command(BaseCommand):
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
        last_beat = last_checkpoint = timezone.now() - timedelta(days=1)
        while not self.stopping:
            started = time.monotonic()
            try:
                last_beat, last_checkpoint = self._work(timezone.now(), last_beat, last_checkpoint)
            except DatabaseError:
                logger.exception("The database did not answer; looking again in a moment")
                close_old_connections()
            except LedgerBroken:
                logger.exception(
                    "The publish log does not verify; no checkpoint was signed. Run manage.py ledger verify"
                )
            time.sleep(max(0.05, seconds - (time.monotonic() - started)))

    def _work(
        self, now: datetime, last_beat: datetime, last_checkpoint: datetime
    ) -> tuple[datetime, datetime]:
        dispatcher.tick(now)
        if now - last_beat >= dispatcher.BEAT_EVERY:
            dispatcher.beat(now)
            last_beat = now
        if now - last_checkpoint >= dispatcher.CHECKPOINT_EVERY:
            last_checkpoint = now
            dispatcher.checkpoint()
        return last_beat, last_checkpoint
