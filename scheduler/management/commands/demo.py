"""`manage.py demo`: the demo team, once; prints its sign-ins."""

from typing import Any

from django.core.management.base import BaseCommand

from scheduler import demo


class Command(BaseCommand):
    help = "Makes the demo team Harbour Trust if it is not there, and prints how to sign in."

    def handle(self, *args: Any, **options: Any) -> None:
        demo.build(lambda text: self.stderr.write(text))
        self.stdout.write(demo.sign_ins())
