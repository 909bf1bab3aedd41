"""Named reads of posts, for the calendar, the list and the post page. Each costs a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Prefetch,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, RowNumber
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from accounts.clean import number
from accounts.models import Channel, Membership, Team
from accounts.zones import YEARS
from gate.models import Submission
from scheduler.models import Delivery, Post, Variant

Handed = Submission.State
State = Post.State

UNKNOWN: Final = Delivery.objects.filter(state=Delivery.State.UNKNOWN)
TO_SETTLE: Final = UNKNOWN.filter(next_try_at__isnull=True, left_at__isnull=True)
"""Outcomes that wait for a person: no look is to come, and nobody has wanted them left."""
REFUSED: Final = (Handed.CHANGES_REQUESTED, Handed.REJECTED, Handed.EXPIRED, Handed.REVOKED)
STATE_FILTERS: Final[dict[str, tuple[str, Q]]] = {
    "draft": ("Drafts", Q(state=State.DRAFT)),
    "checking": ("Being checked", Q(state=State.SUBMITTED, submission__state=Handed.CHECKING)),
    "blocked": ("Blocked", Q(state=State.SUBMITTED, submission__state=Handed.BLOCKED)),
    "in_review": ("In review", Q(state=State.SUBMITTED, submission__state=Handed.IN_REVIEW)),
    "changes": ("Sent back", Q(state=State.SUBMITTED, submission__state__in=REFUSED)),
    "approved": ("Countersigned", Q(state=State.SUBMITTED, submission__state=Handed.APPROVED)),
    "held": ("Held", Q(state=State.HELD)),
    "to_settle": ("To settle", Q(pk__in=TO_SETTLE.values("post_id"))),
    "unknown": ("Outcome unknown", Q(pk__in=UNKNOWN.values("post_id"))),
    "publishing": ("Publishing", Q(state=State.PUBLISHING)),
    "published": ("Published", Q(state__in=[State.PUBLISHED, State.PARTLY])),
    "trouble": ("Failed or missed", Q(state__in=[State.FAILED, State.MISSED, State.PARTLY])),
    "cancelled": ("Cancelled", Q(state=State.CANCELLED)),
}
"""What a person can filter by: one word for the post's state and its submission's together."""

PER_DAY: Final = 4
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address says. Unknown values are left out rather than refused: old links stay good."""

    channel: int | None = None
    author: int | None = None
    state: str = ""
    text: str = ""
    day: date | None = None

    @classmethod
    def from_query(cls, query: QueryDict) -> Filters:
        state = query.get("state", "")
        return cls(
            channel=number(query.get("channel", "")),
            author=number(query.get("author", "")),
            state=state if state in STATE_FILTERS else "",
            text=" ".join(query.get("q", "").split())[:100],
            day=parse_date(query.get("day", "")),
        )

    @property
    def is_set(self) -> bool:
        return bool(self.channel or self.author or self.state or self.text or self.day)

    def query(self, **extra: object) -> str:
        """The filters as a query string, for links that keep them."""
        values = {
            "channel": self.channel,
            "author": self.author,
            "state": self.state,
            "q": self.text,
            "day": self.day,
        }
        kept = {key: str(value) for key, value in {**values, **extra}.items() if value}
        return urlencode(kept)

    def apply(self, rows: QuerySet[Post], zone: ZoneInfo) -> QuerySet[Post]:
        if self.channel:
            rows = rows.filter(Q(pk__in=Variant.objects.filter(channel_id=self.channel).values("post_id")))
        if self.author:
            rows = rows.filter(author_id=self.author)
        if self.state:
            rows = rows.filter(STATE_FILTERS[self.state][1])
        if self.day:
            start, end = span(self.day, 1, zone)
            rows = rows.filter(due_at__gte=start, due_at__lt=end)
        if self.text:
            rows = rows.alias(words=Cast("parts", TextField())).filter(_says(self.text))
        return rows


@dataclass(slots=True)
class Day:
    """One day of the calendar: its first posts, in order, and how many more there are."""

    date: date
    posts: list[Post] = field(default_factory=list)
    total: int = 0
    outside: bool = False

    @property
    def more(self) -> int:
        return self.total - len(self.posts)


def days(team: Team, first: date, count: int, filters: Filters, *, per_day: int = PER_DAY) -> list[Day]:
    """The calendar from `first` on, in the team's zone: at most `per_day` posts of each day, whatever there are.

    Cancelled posts are left out unless the filter asks for them.
    """
    start, end = span(first, count, team.tz)
    rows = Post.objects.filter(team=team, due_at__gte=start, due_at__lt=end)
    if filters.state != "cancelled":
        rows = rows.exclude(state=State.CANCELLED)
    rows = filters.apply(rows, team.tz).annotate(day=_day(first, count, team.tz))
    totals = dict(rows.order_by().values_list("day").annotate(n=Count("pk")))
    rank = Window(RowNumber(), partition_by=[F("day")], order_by=[F("due_at").asc(), F("pk").asc()])
    shown = with_cards(rows.annotate(rank=rank).filter(rank__lte=per_day).order_by("due_at", "pk"))
    grid = [Day(first + timedelta(n), total=totals.get(n, 0)) for n in range(count)]
    for post in shown:
        grid[post.day].posts.append(post)  # type: ignore[attr-defined]  # annotated above
    return grid


def _day(first: date, count: int, zone: ZoneInfo) -> Case:
    """Which of `count` days from `first` on a post is due on, counted from 0. By when our clocks show midnight: a
    database has zone rules of its own, which may be older."""
    ends = [span(first, n + 1, zone)[1] for n in range(count - 1)]
    whens = [When(due_at__lt=end, then=Value(n)) for n, end in enumerate(ends)]
    return Case(*whens, default=Value(count - 1), output_field=IntegerField())


def listed(team: Team, filters: Filters, *, before: tuple[datetime, int] | None = None) -> list[Post]:
    """One page of posts, the last changed first, and one more row where there are older ones."""
    rows = filters.apply(Post.objects.filter(team=team), team.tz)
    if before:
        at, pk = before
        rows = rows.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk))
    return list(with_cards(rows.order_by("-updated_at", "-pk"))[: PAGE + 1])


def with_cards(rows: QuerySet[Post]) -> QuerySet[Post]:
    """Everything that a card or a row shows."""
    variants = Prefetch("variants", queryset=Variant.objects.select_related("channel"))
    unknown = Prefetch("deliveries", queryset=UNKNOWN.select_related("left_by"), to_attr="unknown")
    return rows.select_related("author", "submission", "team").prefetch_related(variants, unknown)


def shown_state(post: Post) -> str:
    """The one word for where a post stands: its submission's state while that is what it waits for, and that nobody
    knows where one of its deliveries stands so."""
    if post.state == State.SUBMITTED and post.submission:
        return str(post.submission.state)
    if post.state == State.PUBLISHING and unknown_of(post):
        return str(Delivery.State.UNKNOWN)
    return str(post.state)


def unknown_of(post: Post) -> list[Delivery]:
    """Deliveries of the post that nobody knows the outcome of; a query where the post came without them."""
    found: list[Delivery] | None = getattr(post, "unknown", None)
    if found is None:
        found = list(UNKNOWN.filter(post=post).select_related("left_by"))
    return found


def left(post: Post) -> Delivery | None:
    """The delivery that somebody left as it is, where that is all that is unknown of the post."""
    found = unknown_of(post)
    return found[0] if found and all(each.left_at for each in found) else None


def to_settle(team: Team) -> int:
    """How many posts wait for somebody to say whether they are out."""
    return TO_SETTLE.filter(team=team).order_by().values("post_id").distinct().count()


def can_retime(post: Post, member: Membership) -> bool:
    """Whether a drag may move it. What was missed moves while its approval stands; the service looks at its end."""
    missed = post.state == State.MISSED and post.submission and post.submission.state == Handed.APPROVED
    return member.is_author and bool(missed or post.state in (State.DRAFT, *Post.WAITING))


def authors(team: Team) -> Iterable[tuple[int, str]]:
    """Who can be filtered by: everybody who is or was in the team."""
    rows = Membership.objects.filter(team=team).select_related("user").order_by("user__name", "pk")
    return [(row.user_id, str(row.user)) for row in rows]


def channels(team: Team) -> list[Channel]:
    return list(Channel.objects.filter(team=team).order_by("platform", "handle", "pk"))


def span(first: date, count: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which `count` local days begin and end."""
    last = first + timedelta(days=count)
    return datetime.combine(first, time(), zone), datetime.combine(last, time(), zone)


def today(team: Team) -> date:
    return timezone.now().astimezone(team.tz).date()


def parse_date(text: str) -> date | None:
    """A date that a calendar can show; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def cursor(post: Post) -> str:
    return f"{post.updated_at.isoformat()}~{post.pk}"


def parse_cursor(text: str) -> tuple[datetime, int] | None:
    """Where a page of the list starts; None for anything that is not a cursor of ours."""
    at, _, pk = text.partition("~")
    found = number(pk)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if found is None or moment.year not in YEARS or not timezone.is_aware(moment):
        return None
    return moment, found


def _says(text: str) -> Q:
    """The text in the title or in a part. SQLite keeps JSON with escapes, PostgreSQL with the letters themselves."""
    escaped, plain = json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]
    return Q(title__icontains=text) | Q(words__icontains=escaped) | Q(words__icontains=plain)
