"""The gate report: what the checks found and what people made of it, over the posts handed in during some days.

Numbers are of each submission's last round of checks. Nothing here judges a person: it shows where a check cries wolf,
where review is slow, and where approvals came faster than anybody can read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from accounts.models import Team
from gate import settled
from gate.intervals import Rate
from gate.models import Decision, Finding, NotHelpful, Override, Reading, Submission

UNREAD: Final = timedelta(seconds=5)
"""An approval that came sooner after the page was opened was given without reading."""
DAYS: Final = 90
DAYS_MOST: Final = 731
WAITS: Final = (
    (timedelta(minutes=15), "15 min"),
    (timedelta(hours=1), "1 h"),
    (timedelta(hours=4), "4 h"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=3), "3 days"),
    (timedelta.max, "longer"),
)
"""Up to how long a review took, for the histogram."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the team's zone, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @classmethod
    def read(cls, first: str, last: str, zone: ZoneInfo, today: date) -> Period:
        """What an address asks for; odd days become the usual ones, and two years are the most."""
        end = _day(last) or today
        start = _day(first) or end - timedelta(days=DAYS - 1)
        return cls(max(min(start, end), end - timedelta(days=DAYS_MOST)), end, zone)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From, and up to but without."""
        after = self.last + timedelta(days=1)
        return tuple(datetime.combine(day, time(), self.zone) for day in (self.first, after))  # type: ignore[return-value]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check's findings under one clause. `reviewed`: those of posts that somebody decided about."""

    clause: str
    check_id: str
    blocks: int = 0
    attest: int = 0
    advises: int = 0
    posts: int = 0
    reviewed: int = 0
    overridden: int = 0
    not_helpful: int = 0

    @property
    def findings(self) -> int:
        return self.blocks + self.attest + self.advises

    @property
    def overrides(self) -> Rate:
        return Rate(self.overridden, max(self.blocks, self.overridden))

    @property
    def false_alarms(self) -> Rate:
        return Rate(self.not_helpful, max(self.reviewed, self.not_helpful))


@dataclass(frozen=True, slots=True)
class Review:
    """One decision. `waiting_since`: when the checks were done, None where they ran again since; `opened_at`: when this
    reviewer opened the page."""

    submission_id: int
    title: str
    kind: str
    reviewer: str
    waiting_since: datetime | None
    opened_at: datetime | None
    decided_at: datetime
    is_first: bool

    @property
    def approves(self) -> bool:
        return self.kind in (Decision.Kind.APPROVE, Decision.Kind.FIRST)

    @property
    def took(self) -> timedelta | None:
        """From the end of the checks to the first decision."""
        if self.waiting_since is None or not self.is_first:
            return None
        return max(self.decided_at - self.waiting_since, timedelta())

    @property
    def read_for(self) -> timedelta | None:
        return None if self.opened_at is None else max(self.decided_at - self.opened_at, timedelta())

    @property
    def unread(self) -> bool:
        """Approved within five seconds of opening, or without having opened the page at all."""
        return self.approves and (self.read_for is None or self.read_for < UNREAD)


@dataclass(frozen=True, slots=True)
class Week:
    begins: date
    posts: int
    decided: int
    hours: float | None
    """Median time to the first decision."""


@dataclass(frozen=True, slots=True)
class Report:
    period: Period
    states: dict[str, int]
    rows: list[CheckRow]
    reviews: list[Review]
    weeks: list[Week]

    @property
    def posts(self) -> int:
        return sum(self.states.values())

    @property
    def overrides(self) -> Rate:
        return Rate(sum(r.overridden for r in self.rows), sum(r.overrides.n for r in self.rows))

    @property
    def false_alarms(self) -> Rate:
        return Rate(sum(r.not_helpful for r in self.rows), sum(r.false_alarms.n for r in self.rows))

    @property
    def approvals(self) -> list[Review]:
        return [review for review in self.reviews if review.approves]

    @property
    def unread(self) -> list[Review]:
        return [review for review in self.reviews if review.unread]

    @property
    def unread_rate(self) -> Rate:
        return Rate(len(self.unread), len(self.approvals))

    @property
    def times(self) -> list[timedelta]:
        """How long the first decisions took, the shortest first."""
        return sorted(review.took for review in self.reviews if review.took is not None)

    @property
    def median_time(self) -> timedelta | None:
        seconds = [taken.total_seconds() for taken in self.times]
        return timedelta(seconds=median(seconds)) if seconds else None

    @property
    def slow_time(self) -> timedelta | None:
        """Nine of ten decisions came sooner."""
        times = self.times
        return times[min(len(times) - 1, len(times) * 9 // 10)] if times else None

    @property
    def waits(self) -> list[tuple[str, int]]:
        """The histogram of the times: up to how long, and how many."""
        counts = [0] * len(WAITS)
        for taken in self.times:
            counts[next(i for i, (most, _) in enumerate(WAITS) if taken <= most)] += 1
        return [(label, n) for (_, label), n in zip(WAITS, counts, strict=True)]


def of(team: Team, period: Period) -> Report:
    """The report of one team. Nine queries, however many posts."""
    start, end = period.bounds
    posts = Submission.objects.filter(team=team, submitted_at__gte=start, submitted_at__lt=end)
    states = dict(posts.order_by().values_list("state").annotate(n=Count("pk")))
    reviews = list(_reviews(posts))
    return Report(period, states, _rows(posts), reviews, _weeks(posts, reviews, period))


def _rows(posts: QuerySet[Submission]) -> list[CheckRow]:
    last_round = Finding.objects.filter(submission__in=posts, round=F("submission__round")).order_by()
    decided = Decision.objects.filter(submission=OuterRef("submission"))
    counts: dict[tuple[str, str], Counter[str]] = {}

    def add(rows: Iterable[dict[str, Any]], name: str = "") -> None:
        for row in rows:
            place = counts.setdefault((row["clause"], row["run__check_id"]), Counter())
            place[name or row["level"]] += row["n"]

    by = ("clause", "run__check_id")
    add(last_round.values(*by, "level").annotate(n=Count("pk")))
    add(last_round.values(*by).annotate(n=Count("submission", distinct=True)), "posts")
    add(last_round.filter(Exists(decided)).values(*by).annotate(n=Count("pk")), "reviewed")
    marked = NotHelpful.objects.filter(finding=OuterRef("pk"), stands=True)
    add(last_round.filter(Exists(marked)).values(*by).annotate(n=Count("pk")), "not_helpful")
    twice = (
        Override.objects.filter(finding__in=last_round)
        .order_by()
        .values("finding")
        .annotate(n=Count("reviewer", distinct=True))
        .filter(n__gte=settled.NEEDED)
        .values("finding")
    )
    add(last_round.filter(pk__in=twice).values(*by).annotate(n=Count("pk")), "overridden")
    rows = [CheckRow(clause, check_id, **found) for (clause, check_id), found in counts.items()]
    return sorted(rows, key=lambda row: (_clause_order(row.clause), row.check_id))


def _clause_order(clause: str) -> tuple[int, ...]:
    return tuple(int(part) for part in clause.split(".") if part.isdigit()) or (999,)


def _reviews(posts: QuerySet[Submission]) -> Iterable[Review]:
    opened = {
        (submission, round_, user): at
        for submission, round_, user, at in Reading.objects.filter(submission__in=posts).values_list(
            "submission", "round", "user", "opened_at"
        )
    }
    rows = (
        Decision.objects.filter(submission__in=posts)
        .exclude(kind=Decision.Kind.REVOKE)
        .order_by("pk")
        .values(
            "submission_id",
            "submission__title",
            "submission__round",
            "submission__checked_at",
            "kind",
            "round",
            "reviewer_id",
            "reviewer__name",
            "reviewer__email",
            "at",
        )
    )
    seen: set[int] = set()
    for row in rows:
        submission, round_ = row["submission_id"], row["round"] or row["submission__round"]
        yield Review(
            submission_id=submission,
            title=row["submission__title"],
            kind=row["kind"],
            reviewer=row["reviewer__name"] or row["reviewer__email"],
            waiting_since=row["submission__checked_at"] if round_ == row["submission__round"] else None,
            opened_at=opened.get((submission, round_, row["reviewer_id"])),
            decided_at=row["at"],
            is_first=submission not in seen,
        )
        seen.add(submission)


def _weeks(posts: QuerySet[Submission], reviews: Iterable[Review], period: Period) -> list[Week]:
    """Every week of the period, by the day on which a post was handed in."""
    handed_in = {pk: _monday(at, period.zone) for pk, at in posts.values_list("pk", "submitted_at")}
    number = Counter(handed_in.values())
    times: dict[date, list[float]] = {}
    for review in reviews:
        if review.took is not None:
            times.setdefault(handed_in[review.submission_id], []).append(review.took / timedelta(hours=1))
    week, weeks = period.first - timedelta(days=period.first.weekday()), []
    while week <= period.last:
        took = times.get(week, [])
        weeks.append(Week(week, number[week], len(took), median(took) if took else None))
        week += timedelta(days=7)
    return weeks


def _monday(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
