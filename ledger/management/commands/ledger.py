"""manage.py ledger: verify, checkpoint, export, key (docs/verify.md)."""

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ledger import exports, handout, keys, queries, services, verification
from ledger.errors import LedgerBroken

SHOWN = 20
"""How many problems `verify` prints: the first one matters most."""


class Command(BaseCommand):
    help = "Verifies, signs and exports the publish log."
    requires_system_checks = []  # the log can be verified where the rest of the installation is broken

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="check every entry, hash and checkpoint")
        verify.add_argument(
            "--checkpoint",
            action="append",
            default=[],
            metavar="FILE",
            help="a checkpoint that was kept elsewhere; may be given several times",
        )
        actions.add_parser("checkpoint", help="sign the log as it is, and hand the checkpoint out")
        export = actions.add_parser("export", help="print entries")
        whose = export.add_mutually_exclusive_group(required=True)
        whose.add_argument("--team", type=int, metavar="ID", help="the entries of one team")
        whose.add_argument("--everything", action="store_true", help="all teams (bundle only)")
        export.add_argument("--format", choices=["jsonl", "csv", "bundle"], default="jsonl")
        actions.add_parser("key", help="print the public verifier key")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except (LedgerBroken, ImproperlyConfigured, exports.EmptyLog) as error:
            raise CommandError(str(error)) from error

    def _verify(self, options: dict[str, Any]) -> None:
        notes = [_read(path) for path in options["checkpoint"]]
        found = list(islice(verification.problems(notes), SHOWN))
        for problem in found:
            self.stderr.write(str(problem))
        if found:
            more = " and perhaps more" if len(found) == SHOWN else ""
            raise CommandError(
                f"The log does not verify: {len(found)} problem(s){more}; the first: {found[0]}"
            )
        self.stdout.write(f"The log verifies: {services.size()} entries.")
        last = services.latest_checkpoint()
        self.stdout.write(
            f"Newest checkpoint: {last.size} entries, root {last.root}." if last else "No checkpoint yet."
        )
        if not notes:
            self.stdout.write(
                "This compared the log with what is stored beside it. Against whoever runs this machine "
                "only a checkpoint kept elsewhere proves anything: give one with --checkpoint."
            )

    def _checkpoint(self, options: dict[str, Any]) -> None:
        written, failures = handout.checkpoint_and_hand_out()
        if written is None:
            self.stdout.write("Nothing new since the last checkpoint.")
            return
        self.stdout.write(written.note, ending="")
        if failures:
            raise CommandError("Not handed out: " + "; ".join(f"{f.way}: {f.error}" for f in failures))

    def _export(self, options: dict[str, Any]) -> None:
        if options["everything"] and options["format"] != "bundle":
            raise CommandError("--everything goes with --format bundle only.")
        for line in _lines(options):
            self.stdout.write(line, ending="")

    def _key(self, options: dict[str, Any]) -> None:
        self.stdout.write(str(keys.verifier()))


def _lines(options: dict[str, Any]) -> Iterator[str]:
    if options["format"] == "bundle":
        return exports.bundle(options["team"], everything=options["everything"])
    form = exports.as_csv if options["format"] == "csv" else exports.jsonl
    return form(queries.stream(options["team"]))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
