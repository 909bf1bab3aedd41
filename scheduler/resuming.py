"""Ending a pause. What became due meanwhile and would go out at once is listed, and a person decides about exactly
that: it is sent, or missed, and then its authors hear in one message and can choose other times.

The pause is locked before any post. Missing goes a batch at a time while the pause still stands, so that whatever
breaks on the way, nothing goes out that somebody decided against.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet, TextChoices
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from gate.errors import NotAllowed, WrongState
from gate.models import Submission
from scheduler import missing, pauses
from scheduler.models import Delivery, Pause, Post

State = Delivery.State


class Then(TextChoices):
    """What becomes of the posts that are due."""

    SEND = "send", "Send these"
    MISS = "miss", "Do not send these"


class NotDecided(WrongState):
    """Posts are due, and nobody has decided about these: they are to be shown first. The pause stands."""


@dataclass(slots=True)
class Due:
    """A post that would go out at once, with its deliveries, the longest overdue first."""

    post: Post
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def due_at(self) -> datetime:
        return self.deliveries[0].due_at

    @property
    def not_connected(self) -> list[str]:
        """Channels that have to be connected again before anything goes out there."""
        return [str(each.channel) for each in self.deliveries if each.channel.health != "connected"]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What happened under a pause: what would go out now, and how many posts were missed."""

    due: list[Due]
    missed: int

    @property
    def digest(self) -> str:
        """Says of two lists whether they are the same; goes through the form."""
        ids = ",".join(str(each.pk) for due in self.due for each in due.deliveries)
        return hashlib.sha256(ids.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause that ended, and how many posts were missed by the decision."""

    pause: Pause
    missed: int


def meanwhile(pause: Pause, now: datetime) -> Meanwhile:
    """What ending this pause decides about. Under another pause that goes on nothing would go out."""
    rows = _of(pause, Delivery.objects.filter(state=State.WAITING, due_at__lte=now))
    approved = rows.filter(
        submission__state=Submission.State.APPROVED,
        submission__approved_until__gt=now,
        post__state__in=_ON_THE_WAY,
    ).filter(missing.inside(now))
    due: dict[int, Due] = {}
    for row in _not_stopped_otherwise(pause, approved).select_related("post", "post__team", "channel"):
        due.setdefault(row.post_id, Due(row.post)).deliveries.append(row)
    return Meanwhile(list(due.values()), missed_since(pause, now).values("post_id").distinct().count())


_ON_THE_WAY = (*Post.WAITING, Post.State.PUBLISHING, Post.State.PARTLY)


def missed_since(pause: Pause, now: datetime) -> QuerySet[Delivery]:
    """What could not go out for this pause: its window ended after the pause began, or is over and it is about to
    be missed."""
    ended = Q(state=State.MISSED) | (Q(state=State.WAITING) & ~missing.inside(now))
    return _of(pause, Delivery.objects.filter(ended, due_at__lte=now)).filter(missing.inside(pause.at))


def _of(pause: Pause, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    mine = rows if pause.team_id is None else rows.filter(team_id=pause.team_id)
    return mine.order_by("due_at", "post_id", "pk")


def _not_stopped_otherwise(pause: Pause, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    everything, teams = pauses.stopped_teams()
    if pause.team_id is None:
        return rows.exclude(team_id__in=teams)
    return rows.none() if everything else rows


def resume(
    *, by: User, member: Membership | None = None, then: Then | None = None, seen: str | None = None
) -> Resumed:
    """Ends the pause of the member's team, or with no member the one of all teams. `then` decides about what is due;
    `seen` is the digest of the list that the person decided on, None for whatever is due now. Raises NotAllowed,
    WrongState, and NotDecided where posts are due that were not decided on."""
    _require_may(by, member)
    team = member.team if member else None
    now = timezone.now()
    if then is not Then.MISS:
        return _end(team, by, then, now, seen)
    with transaction.atomic():
        listed = meanwhile(_standing(team), now)
    _require_decided(listed, then, seen)
    missed = _miss_listed(team, by, listed, now)
    return _end(team, by, then, now, None, missed=missed)


def _require_may(by: User, member: Membership | None) -> None:
    if member is None and not by.is_superuser:
        raise NotAllowed("Only an operator of this installation can resume all teams.")
    if member is not None and not member.still_holds(Role.ADMIN, Role.REVIEWER):
        raise NotAllowed("Only an admin or a reviewer can resume sending.")


def _standing(team: Team | None) -> Pause:
    """The pause, locked. Raises WrongState where somebody else has ended it."""
    row = Pause.objects.select_for_update(no_key=True).filter(team=team, ended_at__isnull=True).first()
    if row is None:
        raise WrongState("Sending is not paused.")
    return row


def _require_decided(listed: Meanwhile, then: Then | None, seen: str | None) -> None:
    if seen is not None and seen != listed.digest:
        raise NotDecided(
            "What is due changed since it was listed. Look at it as it stands now; sending is still paused."
        )
    if listed.due and then is None:
        count = _posts(len(listed.due))
        raise NotDecided(
            f"{count} due and would go out at once. Say whether to send. Sending is still paused."
        )


def _posts(count: int) -> str:
    return "One post is" if count == 1 else f"{count} posts are"


def _miss_listed(team: Team | None, by: User, listed: Meanwhile, now: datetime) -> int:
    """Each author's posts, a batch at a time, each only while the pause stands."""
    words = f"Due while sending was paused; {by} resumed without sending what was due."
    theirs: dict[tuple[int, int], list[int]] = {}
    for due in listed.due:
        theirs.setdefault((due.post.team_id, due.post.author_id), []).append(due.post.pk)
    missed = 0
    for ids in theirs.values():
        for start in range(0, len(ids), missing.BATCH):
            with transaction.atomic():
                _standing(team)
                missed += missing.miss(post_ids=ids[start : start + missing.BATCH], now=now, decided=words)
    return missed


@transaction.atomic
def _end(
    team: Team | None,
    by: User,
    then: Then | None,
    now: datetime,
    seen: str | None,
    *,
    missed: int | None = None,
) -> Resumed:
    row = _standing(team)
    due = missed
    if missed is None:
        listed = meanwhile(row, now)
        _require_decided(listed, then, seen)
        due = len(listed.due)
    row.ended_by, row.ended_at = by, timezone.now()
    row.save(update_fields=["ended_by", "ended_at"])
    decided = {"then": str(then), "posts": due} if then and due else {}
    pauses.log(row, "sending.resumed", by, decided)
    return Resumed(row, missed or 0)
