"""`manage.py backup FOLDER`: a copy of this installation, while it runs (script/backup)."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scheduler.backups.create import create
from scheduler.backups.manifest import BackupError
from scheduler.backups.restore import check


class Command(BaseCommand):
    help = "Backs up the database, images, sandbox and checkpoints into a new folder, while everything runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet")
        parser.add_argument(
            "--with-keys", action="store_true", help="the keys too: keep such a backup as safe as the keys"
        )
        parser.add_argument(
            "--check", action="store_true", help="only read a backup and compare it with its manifest"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            made = check(folder) if options["check"] else create(folder, with_keys=options["with_keys"])
        except (BackupError, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error
        size = sum(size for size, _ in made.files.values())
        self.stdout.write(
            f"{folder}: {len(made.files)} files, {size / 1e6:.1f} MB, as of {made.made_at:%d %b %Y, %H:%M:%S} UTC.\n"
            f"The log in it has {made.log.size} entries, root {made.log.root}."
        )
