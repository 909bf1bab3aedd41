"""What Prometheus is told. Every number is read from the rows at the scrape.

Nothing is counted in a process and nothing is kept between scrapes: there are several web workers, and a counter that
one of them had older than another would look like a restart. What is counted never changes again (sent deliveries,
closed attempts, check runs), so that counters only grow. Labels are platforms, checks, states and parts: no teams, no
people.
"""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from django.db import connection
from django.db.models import Count, F, FloatField, Func, Min, Q, Sum
from django.db.models.functions import Coalesce, Floor
from django_q.brokers import get_broker
from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from accounts.models import Channel
from accounts.queue import NoAnswer
from gate.models import CheckRun, Submission
from ledger import queries as ledger
from ledger import services
from scheduler import beats
from scheduler.models import Attempt, Delivery, Pause

LATENESS: Final = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
CHECKS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30)
"""Seconds: the upper ends of the histograms' buckets."""
QUEUES: Final = ("gate", "publish")
State = Delivery.State


class Rows(Collector):
    """All metrics at one moment. Raises what the database raises."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[Metric]:
        yield _lateness()
        yield _attempts()
        yield from _deliveries(self._now)
        yield from _submissions(self._now)
        yield from _checks()
        yield from _queues()
        yield from _parts(self._now)
        yield from _log(self._now)
        yield _pauses()
        yield _channels()
        yield _build()


def registry(now: datetime) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(Rows(now))
    return made


def _lateness() -> Metric:
    """Grouped by tenths of a second, so that the database hands out few rows however many were sent."""
    late = _late_seconds()
    rows = (
        Delivery.objects.filter(state=State.SENT, sent_at__isnull=False)
        .values_list("channel__platform", Floor(late * 10))
        .annotate(count=Count("pk"), total=Sum(late))
        .order_by()
    )
    family = HistogramMetricFamily(
        "countersign_delivery_lateness_seconds",
        "From when a post was due until it was known to be out.",
        labels=["platform"],
    )
    found: dict[str, list[tuple[float, int, float]]] = defaultdict(list)
    for name, tenths, count, total in rows:
        found[name].append(((tenths + 1) / 10, count, total))
    for name, measured in sorted(found.items()):
        within = [sum(count for most, count, _ in measured if most <= bound) for bound in LATENESS]
        count, total = (sum(column) for column in list(zip(*measured, strict=True))[1:])
        _add_histogram(family, name, LATENESS, within, int(count), total)
    return family


def _late_seconds() -> Any:
    """The difference of two times by the database's own arithmetic: Django's for SQLite is Python, row by row."""
    if connection.vendor == "sqlite":
        sent, due = (
            Func(F(name), function="julianday", output_field=FloatField()) for name in ("sent_at", "due_at")
        )
        return (sent - due) * 86_400.0
    return Func(
        F("sent_at") - F("due_at"), template="EXTRACT(EPOCH FROM %(expressions)s)", output_field=FloatField()
    )


def _add_histogram(
    family: HistogramMetricFamily,
    label: str,
    bounds: Sequence[float],
    within: Sequence[int],
    count: int,
    total: float,
) -> None:
    """`within`: how many of `count` took no longer than each bound; `total`: seconds, of all together."""
    buckets = [(str(float(bound)), float(number)) for bound, number in zip(bounds, within, strict=True)]
    family.add_metric([label], [*buckets, ("+Inf", float(count))], max(0.0, total))


def _attempts() -> Metric:
    """Open ones are not counted yet: they become one of the others."""
    family = CounterMetricFamily(
        "countersign_attempts",
        "Tries to send that have ended, by what came of them.",
        labels=["platform", "outcome"],
    )
    rows = (
        Attempt.objects.exclude(state__in=Attempt.OPEN)
        .values_list("delivery__channel__platform", "state")
        .annotate(Count("pk"))
        .order_by("delivery__channel__platform", "state")
    )
    for name, outcome, count in rows:
        family.add_metric([name, outcome], count)
    return family


def _deliveries(now: datetime) -> Iterator[Metric]:
    counts = dict(Delivery.objects.values_list("state").annotate(Count("pk")).order_by())
    by_state = GaugeMetricFamily("countersign_deliveries", "Deliveries in each state.", labels=["state"])
    for state in State.values:
        by_state.add_metric([state], counts.get(state, 0))
    yield by_state
    waiting = Delivery.objects.filter(
        state=State.WAITING, due_at__lte=now, submission__state=Submission.State.APPROVED
    ).aggregate(count=Count("pk"), oldest=Min("due_at"))
    yield GaugeMetricFamily(
        "countersign_deliveries_due", "Approved, due, and not sent yet.", value=waiting["count"]
    )
    yield GaugeMetricFamily(
        "countersign_deliveries_due_oldest_seconds",
        "How long the oldest of these has been due.",
        value=_since(waiting["oldest"], now),
    )
    asked = Delivery.objects.filter(state=State.UNKNOWN, next_try_at__isnull=True, left_at__isnull=True)
    yield GaugeMetricFamily(
        "countersign_deliveries_for_a_person",
        "Outcomes that no program could find out, and nobody has settled.",
        value=asked.count(),
    )


def _submissions(now: datetime) -> Iterator[Metric]:
    states = Submission.State
    counts = dict(
        Submission.objects.filter(state__in=Submission.OPEN)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    family = GaugeMetricFamily("countersign_submissions", "Open submissions in each state.", labels=["state"])
    for state in Submission.OPEN:
        family.add_metric([str(state)], counts.get(state, 0))
    yield family
    oldest = Submission.objects.filter(state=states.IN_REVIEW).aggregate(
        at=Min(Coalesce("checked_at", "submitted_at"))
    )
    yield GaugeMetricFamily(
        "countersign_review_oldest_seconds",
        "How long the oldest submission in review has waited for a decision.",
        value=_since(oldest["at"], now),
    )


def _checks() -> Iterator[Metric]:
    """One sum for each bucket: grouping by buckets would make SQLite sort every run there ever was."""
    within = {
        f"within_{number}": Count("pk", filter=Q(milliseconds__lte=int(bound * 1000)))
        for number, bound in enumerate(CHECKS)
    }
    rows = (
        CheckRun.objects.values("check_id", "status")
        .annotate(count=Count("pk"), took=Sum("milliseconds"), **within)
        .order_by("check_id", "status")
    )
    by_check: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_check[row["check_id"]].append(row)
    durations = HistogramMetricFamily(
        "countersign_check_duration_seconds", "How long each check took.", labels=["check"]
    )
    counted = CounterMetricFamily(
        "countersign_check_runs", "Checks that were run, by what came of them.", labels=["check", "status"]
    )
    for check, found in by_check.items():
        sums = {name: sum(row[name] for row in found) for name in (*within, "count", "took")}
        _add_histogram(
            durations, check, CHECKS, [sums[name] for name in within], sums["count"], sums["took"] / 1000
        )
        for row in found:
            counted.add_metric([check, row["status"]], row["count"])
    yield durations
    yield counted


def _queues() -> Iterator[Metric]:
    """Redis may be away while the database answers."""
    depth = GaugeMetricFamily(
        "countersign_queue_tasks", "Tasks that no cluster has taken yet.", labels=["cluster"]
    )
    answers = 1
    try:
        for name in QUEUES:
            depth.add_metric([name], get_broker(name).queue_size())
    except NoAnswer:
        answers = 0
    yield depth
    yield GaugeMetricFamily("countersign_queue_up", "1 where the task queue answers.", value=answers)


def _parts(now: datetime) -> Iterator[Metric]:
    parts = beats.parts(now)
    ages = GaugeMetricFamily(
        "countersign_beat_age_seconds", "Since the youngest sign of life of a part.", labels=["part"]
    )
    living = GaugeMetricFamily(
        "countersign_instances", "Dispatchers and clusters that give signs of life.", labels=["part"]
    )
    for name, part in parts.items():
        if part.age is not None:
            ages.add_metric([name], part.age.total_seconds())
        living.add_metric([name], part.instances)
    yield ages
    yield living
    yield GaugeMetricFamily(
        "countersign_model_loaded",
        "1 where every gate cluster has loaded the toxicity engine that is set.",
        value=int(parts["gate"].has_model),
    )


def _log(now: datetime) -> Iterator[Metric]:
    signed_at, waits_since = ledger.checkpoint_times()
    yield CounterMetricFamily("countersign_log_entries", "Entries of the publish log.", value=services.size())
    yield GaugeMetricFamily(
        "countersign_log_unsigned_seconds",
        "Age of the oldest entry that no checkpoint covers.",
        value=_since(waits_since, now),
    )
    if signed_at is not None:
        yield GaugeMetricFamily(
            "countersign_checkpoint_age_seconds",
            "Since the newest checkpoint was signed.",
            value=_since(signed_at, now),
        )


def _pauses() -> Metric:
    everything = Q(team__isnull=True)
    counts = Pause.objects.filter(ended_at__isnull=True).aggregate(
        all=Count("pk", filter=everything), team=Count("pk", filter=~everything)
    )
    family = GaugeMetricFamily("countersign_pauses", "Pauses that have not ended.", labels=["scope"])
    for scope, count in sorted(counts.items()):
        family.add_metric([scope], count)
    return family


def _channels() -> Metric:
    family = GaugeMetricFamily("countersign_channels", "Channels by health.", labels=["platform", "health"])
    rows = (
        Channel.objects.values_list("platform", "health").annotate(Count("pk")).order_by("platform", "health")
    )
    for name, health, count in rows:
        family.add_metric([name, health], count)
    return family


def _build() -> Metric:
    return InfoMetricFamily(
        "countersign_build",
        "What runs here.",
        value={
            "python": platform.python_version(),
            "django": version("django"),
            "database": connection.vendor,
        },
    )


def _since(at: datetime | None, now: datetime) -> float:
    """0 where there is nothing that waits."""
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
