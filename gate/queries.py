"""Named reads of the gate's pages: the review queue by urgency, what was decided lately, who is next.

Lists go by key, never by OFFSET; every page costs the same number of queries however long the queue is.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.clean import LARGEST
from accounts.models import Membership, Team, User
from accounts.zones import YEARS
from gate.models import Decision, Finding, Submission

PAGE = 30
State = Submission.State


@dataclass(frozen=True, slots=True)
class Key:
    """Where a submission stands in the queue: by due time (those without one last), then as handed in."""

    due_at: datetime | None
    submitted_at: datetime
    pk: int

    @classmethod
    def of(cls, submission: Submission) -> Key:
        return cls(submission.due_at, submission.submitted_at, submission.pk)

    @classmethod
    def read(cls, text: str) -> Key | None:
        """The key that `write` wrote; None for anything else, which is then the start of the queue."""
        try:
            due, submitted, pk = json.loads(base64.urlsafe_b64decode(text.encode()))
            key = cls(
                datetime.fromisoformat(due) if due else None, datetime.fromisoformat(submitted), int(pk)
            )
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
            return None
        moments = [key.submitted_at, *([key.due_at] if key.due_at else [])]
        real = all(timezone.is_aware(at) and at.year in YEARS for at in moments)
        return key if real and 0 <= key.pk <= LARGEST else None

    def write(self) -> str:
        due = self.due_at.isoformat() if self.due_at else None
        data = json.dumps([due, self.submitted_at.isoformat(), self.pk])
        return base64.urlsafe_b64encode(data.encode()).decode()

    @property
    def after(self) -> Q:
        """Less urgent than this one."""
        behind = Q(submitted_at__gt=self.submitted_at) | Q(submitted_at=self.submitted_at, pk__gt=self.pk)
        if self.due_at is None:
            return Q(due_at__isnull=True) & behind
        return Q(due_at__isnull=True) | Q(due_at__gt=self.due_at) | (Q(due_at=self.due_at) & behind)

    @property
    def before(self) -> Q:
        """More urgent than this one."""
        ahead = Q(submitted_at__lt=self.submitted_at) | Q(submitted_at=self.submitted_at, pk__lt=self.pk)
        if self.due_at is None:
            return Q(due_at__isnull=False) | (Q(due_at__isnull=True) & ahead)
        return Q(due_at__lt=self.due_at) | (Q(due_at=self.due_at) & ahead)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some of the queue, and the keys at which the pages beside it begin; None where there is no more."""

    rows: list[Submission]
    sooner: Key | None = None
    later: Key | None = None


def waiting(
    team: Team, *, after: Key | None = None, before: Key | None = None, size: int = PAGE
) -> QueuePage:
    """One page of the review queue, the most urgent first."""
    queue = Submission.objects.filter(team=team, state=State.IN_REVIEW)
    if before is not None:
        backwards = queue.filter(before.before).order_by(
            F("due_at").desc(nulls_first=True), "-submitted_at", "-pk"
        )
        found = _rows(backwards, size + 1)
        rows = found[:size][::-1]
        more_sooner, more_later = len(found) > size, bool(rows)
    else:
        forwards = queue if after is None else queue.filter(after.after)
        found = _rows(_by_urgency(forwards), size + 1)
        rows = found[:size]
        more_sooner, more_later = after is not None, len(found) > size
    if not rows:
        return QueuePage([])
    return QueuePage(rows, Key.of(rows[0]) if more_sooner else None, Key.of(rows[-1]) if more_later else None)


def _by_urgency(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.order_by(F("due_at").asc(nulls_last=True), "submitted_at", "pk")


def _rows(ordered: QuerySet[Submission], size: int) -> list[Submission]:
    """Sorted by key alone, then fetched: a database that sorts whole rows would carry 20,000 posts around."""
    keys = list(ordered.values_list("pk", flat=True)[:size])
    found = with_people(Submission.objects.all()).in_bulk(keys)
    return [found[key] for key in keys if key in found]


def with_people(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """With everything that a line of a list shows."""
    return rows.select_related("author", "claimed_by", "team").prefetch_related("editors")


def in_state(team: Team, state: str) -> QuerySet[Submission]:
    return with_people(Submission.objects.filter(team=team, state=state))


def decided(team: Team) -> QuerySet[Decision]:
    """What was decided; the first of two approvals decides nothing yet."""
    return (
        Decision.objects.filter(submission__team=team)
        .exclude(kind=Decision.Kind.FIRST)
        .select_related("submission__author", "reviewer")
        .prefetch_related("submission__editors")
    )


def counts(team: Team) -> dict[str, int]:
    """How many wait in each state that needs somebody."""
    states = (State.IN_REVIEW, State.BLOCKED, State.CHECKING)
    rows = Submission.objects.filter(team=team, state__in=states).values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def risks(submissions: Iterable[Submission]) -> dict[int, dict[str, int]]:
    """Findings by level of each submission's present round: one query for a whole page of them."""
    keys = [s.pk for s in submissions]
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    rows = (
        Finding.objects.filter(submission__in=keys, round=F("submission__round"))
        .order_by()
        .values("submission_id", "level")
        .annotate(n=Count("pk"))
    )
    for row in rows:
        found[row["submission_id"]][row["level"]] = row["n"]
    return found


def place(submission: Submission) -> tuple[int, int]:
    """Its place in the queue and the queue's length, in one query."""
    queue = Submission.objects.filter(team_id=submission.team_id, state=State.IN_REVIEW)
    numbers = queue.aggregate(ahead=Count("pk", filter=Key.of(submission).before), all=Count("pk"))
    return numbers["ahead"] + 1, numbers["all"]


def next_for(
    member: Membership, *, after: Submission | None = None, at: datetime | None = None
) -> Submission | None:
    """The most urgent one that this reviewer may decide and nobody else is reading; with `after`, the next behind
    it, and the first again behind the last."""
    now = at or timezone.now()
    free = (
        Submission.objects.filter(team_id=member.team_id, state=State.IN_REVIEW)
        .exclude(author=member.user)
        .exclude(editors__user=member.user)
        .exclude(Exists(firsts().filter(submission=OuterRef("pk"), reviewer=member.user)))
        .filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now) | Q(claimed_by=member.user))
    )
    if after is None:
        return _by_urgency(free).first()
    others = free.exclude(pk=after.pk)
    return _by_urgency(others.filter(Key.of(after).after)).first() or _by_urgency(others).first()


def firsts() -> QuerySet[Decision]:
    """First approvals of two, of the present round of their submissions."""
    return Decision.objects.filter(kind=Decision.Kind.FIRST, round=F("submission__round"))


def wrote(submission: Submission, user: User) -> bool:
    """Whether this person wrote or edited any part of it, and so cannot countersign it."""
    return submission.author_id == user.pk or any(e.user_id == user.pk for e in submission.editors.all())


def earlier_versions(submission: Submission, most: int = 20) -> list[Submission]:
    """What was handed in before from the same origin, the newest first, with what was decided about it."""
    found = (
        Submission.objects.filter(
            team_id=submission.team_id, origin=submission.origin, number__lt=submission.number
        )
        .select_related("author")
        .prefetch_related("decisions__reviewer", "decisions__responsible")
        .order_by("-number")[:most]
    )
    return list(found)
