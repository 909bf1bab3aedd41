"""`manage.py pause` and `manage.py pause --end`: stops and resumes sending for all teams."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from gate.errors import GateError
from scheduler import pauses


class Command(BaseCommand):
    help = "Stops sending for every team of this installation at once, with a reason that everybody sees."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="e-mail address of the operator who decides this")
        parser.add_argument("--reason", default="", help="why; shown in a banner on every page, and logged")
        parser.add_argument("--end", action="store_true", help="resume instead")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(email=options["by"].strip().lower(), is_active=True).first()
        if by is None:
            raise CommandError(f"There is nobody with the address {options['by']}. Nothing was changed.")
        try:
            if options["end"]:
                pauses.resume(by=by)
            else:
                pauses.pause(by=by, reason=options["reason"])
        except GateError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            "Sending goes on." if options["end"] else "Nothing is sent any more, until it is resumed."
        )
