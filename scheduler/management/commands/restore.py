"""`manage.py restore FOLDER`: brings a backup back into an empty installation (script/restore)."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler.backups.manifest import BackupError
from scheduler.backups.restore import restore


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty installation. Nothing is sent afterwards until an operator resumes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--by", default="", help="e-mail address of the operator who restores; it is logged"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore(options["folder"], by=options["by"], say=self.stdout.write)
        except (BackupError, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            "Restored; the log verifies. Sending is paused for all teams.\n"
            f"{restored.unknown} deliveries may have been sent since the backup: they are looked up once it runs. "
            f"{restored.later} wait for later and are looked up before they are sent.\n"
            "Start it, look at the accounts, then end the pause: manage.py pause --end --by ADDRESS"
        )
