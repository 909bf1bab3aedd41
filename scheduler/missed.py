"""What was missed, for the page that lists it: why, the time it should have had, and what can be chosen with one press.
Each read costs a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership
from gate import lapsing, policy
from gate.errors import GateError
from gate.models import Decision
from scheduler import lifecycle, retiming
from scheduler.models import Delivery, Post, Variant
from scheduler.retiming import Offer
from scheduler.when import WhenError

State = Post.State
SHOWN: Final = 200
DAYS: Final = 30
"""How long a missed post is listed; the list of all posts has the older ones."""

DAYS_IN_CALENDAR: Final = 7
SHOWN_IN_CALENDAR: Final = 3


@dataclass(frozen=True, slots=True)
class Missed:
    """A post with what was missed of it."""

    post: Post
    deliveries: list[Delivery]
    tomorrow: Offer | None
    """None where it cannot be moved."""
    soon: bool
    """Whether it can go out a few minutes from now."""
    again: str
    """Why it has to be submitted again; "" where its approval stands."""
    stuck: str
    """Why it gets no other time; "" where it can."""

    @property
    def due_at(self) -> datetime:
        return self.deliveries[0].due_at

    @property
    def why(self) -> str:
        return "; ".join(dict.fromkeys(each.reason for each in self.deliveries if each.reason))

    @property
    def is_rest(self) -> bool:
        return self.post.state != State.MISSED

    @property
    def movable(self) -> bool:
        """By the one button for all: with one press, and to a time that needs no answer."""
        return bool(self.tomorrow and not self.tomorrow.twice and not self.again)


def of(member: Membership, now: datetime) -> QuerySet[Post]:
    """An author's own; the team's for those who see to the team's posts. The last ones first."""
    rest = Delivery.objects.filter(
        post=OuterRef("pk"), submission=OuterRef("submission"), state=Delivery.State.MISSED
    )
    rows = Post.objects.filter(team=member.team).filter(
        Q(state=State.MISSED) | (Q(state__in=(State.PARTLY, State.PUBLISHING, State.FAILED)) & Exists(rest))
    )
    if not (member.is_admin or member.is_reviewer or member.is_auditor):
        rows = rows.filter(author=member.user)
    return rows.filter(due_at__gt=now - timedelta(days=DAYS)).order_by(F("due_at").desc(), "-pk")


def lately(member: Membership, now: datetime) -> QuerySet[Post]:
    """Their own of the last days, for the calendar of somebody who can give them another time."""
    if not member.is_author:
        return Post.objects.none()
    return of(member, now).filter(author=member.user, due_at__gt=now - timedelta(days=DAYS_IN_CALENDAR))


def listed(rows: QuerySet[Post], now: datetime) -> list[Missed]:
    """The posts of one team with what was missed of them and what can be chosen."""
    deliveries = Prefetch(
        "deliveries",
        Delivery.objects.filter(state=Delivery.State.MISSED).select_related("channel").order_by("position"),
        to_attr="missed_rows",
    )
    variants = Prefetch("variants", Variant.objects.select_related("channel"))
    under = Decision.objects.select_related("conduct").defer("conduct__text", "conduct__settings")
    decisions = Prefetch("submission__decisions", under)
    found = rows.select_related("team", "author", "submission")
    posts = list(found.prefetch_related(deliveries, variants, decisions))
    floor = policy.floor(posts[0].team_id, now) if posts else None
    return [
        each
        for post in posts
        if (each := one(post, getattr(post, "missed_rows"), now, floor=floor)) is not None  # noqa: B009  the prefetch's own name
    ]


def one(
    post: Post, deliveries: Iterable[Delivery], now: datetime, *, floor: int | None = None
) -> Missed | None:
    """What can be chosen for this post; None where nothing of its submission was missed. `floor`: of its team now,
    where it is known."""
    current = post.submission_id
    rows = [
        each for each in deliveries if each.state == Delivery.State.MISSED and each.submission_id == current
    ]
    if not rows:
        return None
    zone = post.due_zone or post.team.zone
    stuck = ""
    tomorrow: Offer | None = None
    if post.state == State.FAILED:
        stuck = "It failed on another channel. Edit it and submit it again, or cancel it."
    else:
        try:
            tomorrow = retiming.tomorrow(rows[0].due_at, zone, now)
        except WhenError as error:
            stuck = error.message
    soon = now + timedelta(minutes=retiming.SOON + 1)
    lapsed = lapsing.why(post.submission, now, floor=floor) if post.submission else ""
    again = lapsed or retiming.why_again(post.submission, tomorrow.at) if tomorrow else ""
    can_soon = not stuck and not lapsed and not retiming.why_again(post.submission, soon)
    if post.state != State.MISSED and not stuck and again and not can_soon:
        stuck = f"{again} A part of it is out, so it cannot be submitted again: duplicate it for the other channels."
    return Missed(post, rows, tomorrow, can_soon, "" if stuck else again, stuck)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many got their time tomorrow, and which did not, with the reason."""

    count: int
    left: list[tuple[str, str]]


def move_all(*, member: Membership, chosen: dict[int, int]) -> Moved:
    """Every post of `chosen` (number to the version that the person saw) to the same wall time tomorrow, each in its
    own zone and in a transaction of its own: what cannot be moved keeps nobody else's."""
    now = timezone.now()
    rows = of(member, now).filter(pk__in=chosen)
    count, left = 0, []
    for each in listed(rows, now):
        offer = each.tomorrow
        if offer is None or not each.movable:
            why = each.stuck or each.again or (offer.note if offer else "")
            left.append((str(each.post), why))
            continue
        try:
            lifecycle.retime(
                post_id=each.post.pk,
                version=chosen[each.post.pk],
                member=member,
                due_local=offer.local,
                due_zone=offer.zone,
            )
        except (GateError, WhenError) as error:
            left.append((str(each.post), error.message))
        else:
            count += 1
    return Moved(count, left)
