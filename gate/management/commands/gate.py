"""manage.py gate: evaluate (docs/evaluation.md)."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gate import check_settings, toxicity
from gate.check_settings import SettingRefused
from gate.checks import registry
from gate.checks.base import CheckSettings
from gate.evaluation import data, run
from gate.evaluation.figures import Counts, Figures
from gate.toxicity import EngineError

SHOWN = 20
"""How many bad rows are named."""
SHOWN_GROUPS = 60


class Command(BaseCommand):
    help = "Measures a check on labelled texts."
    requires_system_checks = []  # measuring needs no database and no accounts

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        evaluate = actions.add_parser(
            "evaluate", help="precision, recall, AUC and false alarms of a check on labelled texts"
        )
        evaluate.add_argument(
            "check", choices=list(registry.CHECKS), metavar="CHECK", help=", ".join(registry.CHECKS)
        )
        evaluate.add_argument(
            "--data",
            required=True,
            metavar="FILE",
            help="CSV, JSON Lines or a JSON list: text and label, perhaps group; or as HateCheck, Jigsaw and "
            "presidio-research come",
        )
        evaluate.add_argument(
            "--engine", choices=[toxicity.AUTO, *toxicity.ENGINES], help="for toxicity (the one that serves)"
        )
        evaluate.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a setting of the check, its value as JSON; may be given several times",
        )
        evaluate.add_argument("--limit", type=_count, metavar="N", help="the first N rows alone")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            self._evaluate(options)
        except OSError as error:
            raise CommandError(f"{options['data']} cannot be read: {error.strerror or error}.") from error
        except (data.Refused, run.Failed, run.Unmeasured, EngineError) as error:
            raise CommandError(_printable(str(error))) from error

    def _evaluate(self, options: dict[str, Any]) -> None:
        check = registry.load(options["check"])
        base = CheckSettings(
            own=_own(check.id, options["set"]),
            toxicity_engine=toxicity.chosen(options["engine"] or settings.GATE_TOXICITY_ENGINE),
        )
        engine = run.called(check, base)
        bad: list[data.Bad] = []
        rows = self._good(islice(data.rows(Path(options["data"])), options["limit"]), bad)
        figures = run.evaluate(check, rows, base)
        if len(bad) > SHOWN:
            self.stderr.write(f"{len(bad) - SHOWN} more rows were left out.")
        if not figures.counts.n:
            raise CommandError(f"{options['data']} has no row that can be read.")
        self._say(figures, engine, len(bad))
        self.stdout.write(
            json.dumps({"check": check.id, "engine": engine, "left_out": len(bad), **figures.as_json()})
        )

    def _good(self, rows: Iterator[data.Row | data.Bad], bad: list[data.Bad]) -> Iterator[data.Row]:
        for row in rows:
            if isinstance(row, data.Row):
                yield row
                continue
            bad.append(row)
            if len(bad) <= SHOWN:
                self.stderr.write(_printable(f"Line {row.line} is left out: {row.why}."))

    def _say(self, figures: Figures, engine: str, left_out: int) -> None:
        counts = figures.counts
        should = counts.hits + counts.missed
        if should == counts.n:
            self.stderr.write("Every row should be found: precision, AUC and false alarms say nothing.")
        if not should:
            self.stderr.write("No row should be found: precision, recall and AUC say nothing.")
        auc = "-" if figures.auc is None else f"{figures.auc:.3f}"
        lines = [
            engine,
            f"rows          {counts.n}, of which {should} should be found; {left_out} left out",
            f"precision     {counts.precision}",
            f"recall        {counts.recall}",
            f"AUC           {auc}",
            f"false alarms  {counts.false_alarms}",
        ]
        if figures.groups:
            lines += ["", "group: false alarms; recall", *_groups(figures.groups)]
        self.stdout.write("\n".join([*lines, ""]))


def _groups(groups: dict[str, Counts]) -> list[str]:
    """The largest groups first."""
    ordered = sorted(groups.items(), key=lambda item: (-item[1].n, item[0]))
    lines = [
        f"  {_printable(name[:100])}: {counts.false_alarms}; {counts.recall}"
        for name, counts in ordered[:SHOWN_GROUPS]
    ]
    more = len(groups) - SHOWN_GROUPS
    return [*lines, f"  and {more} smaller groups, in the line below"] if more > 0 else lines


def _printable(text: str) -> str:
    """Words from a file may command a terminal, or be none that it can show."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is no number of rows")
    return int(text)


def _own(check_id: str, assignments: list[str]) -> dict[str, dict[str, Any]]:
    own: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        try:
            own[name] = json.loads(value)
        except json.JSONDecodeError:
            own[name] = value
        if not equals:
            raise CommandError(f"--set {assignment}: write NAME=VALUE.")
    try:
        return check_settings.read({check_id: own})
    except SettingRefused as error:
        raise CommandError(f"--set: {error}") from error
