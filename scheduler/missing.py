"""What could not be sent inside its window is missed, and its author hears of all of it in one message.

Missing and telling are one transaction, so that a crash between them cannot be silence. The order of locks is that of
everywhere: posts, submissions, deliveries, each by number, and last the publish log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import Team, User
from accounts.notices import notify, who_hears
from accounts.templatetags.ui import exactly
from gate import services as gate
from gate.errors import WrongState
from gate.models import Submission
from scheduler import journal, pace, pauses, progress
from scheduler.models import Attempt, Delivery, Pause, Post

State = Delivery.State
BATCH = 100
"""Posts of one author that are missed in one transaction and told in one message: the log is ours for that long."""
NAMED = 3
"""How many of them the notice names; the mail names all."""


def inside(at: datetime) -> Q:
    """Posts or deliveries whose window was open at this moment, or had not yet begun."""
    found = Q(pk__in=[])
    for minutes in Team.objects.values_list("lateness_minutes", flat=True).distinct():
        found |= Q(team__lateness_minutes=minutes, due_at__gte=at - timedelta(minutes=minutes))
    return found


def miss_late(now: datetime) -> int:
    """Misses what is past its team's window, the longest overdue first; a paused team's, too: what is late is never
    sent after the pause in silence. Returns how many posts; what is left over waits for the next look."""
    done = 0
    for minutes in Team.objects.values_list("lateness_minutes", flat=True).distinct():
        # Lateness is in the query, so that one team's long window hides nobody else's late posts.
        late = Delivery.objects.filter(
            state=State.WAITING,
            lease_token="",
            team__lateness_minutes=minutes,
            due_at__lt=now - timedelta(minutes=minutes),
        ).order_by("due_at", "pk")
        for team_id, author_id in dict.fromkeys(late.values_list("team_id", "post__author_id")[:BATCH]):
            if done >= BATCH:
                break
            done += miss(post_ids=_posts_of(late.filter(team_id=team_id, post__author_id=author_id)), now=now)
    return done


def _posts_of(rows: QuerySet[Delivery]) -> list[int]:
    return list(dict.fromkeys(rows.values_list("post_id", flat=True)[:BATCH]))


@transaction.atomic
def miss(*, post_ids: Collection[int], now: datetime, decided: str = "") -> int:
    """Misses what of these posts is past its window; with `decided`, the words of a person's decision, what is due at
    all, claimed or not. One message for each author. Returns how many posts had something to miss."""
    locked = Post.objects.select_for_update(of=("self",), no_key=True).select_related("team", "author")
    posts = {post.pk: post for post in locked.filter(pk__in=post_ids).order_by("pk")}
    submissions = {
        row.pk: row
        for row in Submission.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[post.submission_id for post in posts.values()])
        .order_by("pk")
    }
    rows = _to_miss(posts, now, claimed_too=bool(decided))
    if not rows:
        return 0
    _mark(rows, decided)
    hit = {row.post_id: posts[row.post_id] for row in rows}
    _tell(hit, rows, decided)
    for post in hit.values():
        progress.settle(post)
    for pk in dict.fromkeys(row.submission_id for row in rows):
        if submissions[pk].state != Submission.State.APPROVED:
            gate.lapse(submission_id=pk)
    for row in rows:
        journal.delivery_entry(row, "delivery.missed", outcome="missed", reason=row.reason)
    return len(hit)


def _to_miss(posts: dict[int, Post], now: datetime, *, claimed_too: bool) -> list[Delivery]:
    waiting = Delivery.objects.filter(
        post_id__in=posts, submission_id=F("post__submission_id"), state=State.WAITING, due_at__lte=now
    )
    rows = (
        waiting.select_for_update(of=("self",), no_key=True)
        .select_related("team", "post", "submission", "channel")
        .order_by("pk")
    )
    return [row for row in rows if claimed_too or (not row.lease_token and row.is_late(now))]


def _mark(rows: list[Delivery], decided: str) -> None:
    """One conditional UPDATE for each reason, of rows that are locked."""
    standing: dict[int, Pause | None] = {}
    same: dict[str, list[int]] = {}
    for row in rows:
        if row.team_id not in standing:
            standing[row.team_id] = pauses.standing(row.team_id)
        row.state, row.reason = State.MISSED, decided[:500] or _why(row, standing[row.team_id])
        same.setdefault(row.reason, []).append(row.pk)
    for reason, ids in same.items():
        changed = Delivery.objects.filter(pk__in=ids, state=State.WAITING).update(
            state=State.MISSED, reason=reason, lease_token="", lease_until=None, next_try_at=None
        )
        if changed != len(ids):
            raise WrongState("Some of these posts changed a moment ago. Nothing was missed by this.")
    Attempt.objects.filter(delivery__in=[row.pk for row in rows], state=Attempt.State.CLAIMED).update(
        state=Attempt.State.RELEASED, finished_at=timezone.now(), message="It was missed before it was sent."
    )


def _why(row: Delivery, pause: Pause | None) -> str:
    paused = f"Sending was paused by {pause.by}: {pause.reason}" if pause else ""
    quiet = pace.why_quiet(row.channel) if pace.held_back(row) else ""
    cause = row.reason or quiet or row.post.state_reason or paused
    return f"Its time window ended before it could be sent. {cause}".strip()[:500]


def _tell(posts: dict[int, Post], rows: list[Delivery], decided: str) -> None:
    """One message for each author, who hears of all of their posts at once."""
    missed: dict[int, list[Delivery]] = {}
    for row in rows:
        missed.setdefault(row.post_id, []).append(row)
    theirs: dict[tuple[Team, User], list[Post]] = {}
    for post in sorted(posts.values(), key=lambda post: (missed[post.pk][0].due_at, post.pk)):
        theirs.setdefault((post.team, post.author), []).append(post)
    for (team, author), own in theirs.items():
        notify(
            team=team,
            users=who_hears(team, author),
            text=_notice(own, missed, decided),
            url=f"/t/{team.slug}/missed/",
            mail=_mail(own, missed, decided),
        )


def _notice(posts: list[Post], missed: dict[int, list[Delivery]], decided: str) -> str:
    late = "None was sent late." if len(posts) > 1 else "It was not sent late."
    if len(posts) == 1:
        first = f"Missed: {_short(posts[0])} on {_on(missed[posts[0].pk])}."
    else:
        names = ", ".join(_short(post) for post in posts[:NAMED])
        rest = f" and {len(posts) - NAMED} more" if len(posts) > NAMED else ""
        first = f"Missed: {len(posts)} of your posts did not go out in time: {names}{rest}."
    return (
        f"{first} {late if not decided else decided[:150]} Choose another time on the page of missed posts."
    )


def _mail(posts: list[Post], missed: dict[int, list[Delivery]], decided: str) -> str:
    one = len(posts) == 1
    head = f"{'One post' if one else f'{len(posts)} posts'} of yours did not go out in time. "
    head += "Nothing was sent late. What was countersigned stays so until its approval ends; it needs another time."
    lines = [_line(post, missed[post.pk]) for post in posts]
    return "\n\n".join([head, *([decided] if decided else []), *lines, "Choose other times here:"])


def _line(post: Post, rows: list[Delivery]) -> str:
    due = exactly(rows[0].due_at, post.team.tz)
    return (
        f"{post}, on {_on(rows)}. Its time was {due}. {'; '.join(dict.fromkeys(row.reason for row in rows))}"
    )


def _on(rows: Iterable[Delivery]) -> str:
    return ", ".join(str(row.channel) for row in rows)


def _short(post: Post) -> str:
    name = str(post)
    return f"“{name if len(name) <= 60 else name[:59] + '…'}”"
