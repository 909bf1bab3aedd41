"""`manage.py pause` and `manage.py pause --end`: stops and resumes sending for all teams."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from gate.errors import GateError
from scheduler import pauses, resuming
from scheduler.models import Pause
from scheduler.resuming import Then


class Command(BaseCommand):
    help = "Stops sending for every team of this installation at once, with a reason that everybody sees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="e-mail address of the operator who decides this")
        parser.add_argument("--reason", default="", help="why; shown in a banner on every page, and logged")
        parser.add_argument("--end", action="store_true", help="resume instead")
        then = parser.add_mutually_exclusive_group()
        then.add_argument("--send", action="store_true", help="with --end: what is due goes out")
        then.add_argument(
            "--miss", action="store_true", help="with --end: what is due is missed, and authors told"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email=options["by"].strip().lower(), is_active=True).first()
        if by is None:
            raise CommandError(f"There is nobody with the address {options['by']}. Nothing was changed.")
        if (options["send"] or options["miss"]) and not options["end"]:
            raise CommandError("--send and --miss go with --end. Nothing was changed.")
        try:
            if options["end"]:
                self._end(by, Then.SEND if options["send"] else Then.MISS if options["miss"] else None)
            else:
                pauses.pause(by=by, reason=options["reason"])
                self.stdout.write("Nothing is sent any more, until it is resumed.")
        except GateError as error:
            raise CommandError(error.message) from error

    def _end(self, by: User, then: Then | None) -> None:
        """Says what it decides about, and wants a decision where there is something. What becomes due between the
        two is not decided on unseen."""
        pause = Pause.objects.filter(team=None, ended_at__isnull=True).first()
        if pause is None:
            resuming.resume(by=by, then=then)
            return
        meanwhile = resuming.meanwhile(pause, timezone.now())
        self.stdout.write(f"Due now, and would go out at once: {len(meanwhile.due)} posts.")
        self.stdout.write(f"Missed since the pause began: {meanwhile.missed} posts.")
        if meanwhile.due and then is None:
            raise CommandError("Say --send or --miss for what is due. Sending is still paused.")
        done = resuming.resume(by=by, then=then, seen=meanwhile.digest)
        told = f" {done.missed} posts were missed, and their authors told." if done.missed else ""
        self.stdout.write(f"Sending goes on.{told}")
