"""Another time for what was missed: what is offered with one press, and how missed deliveries come to wait again.

The approval is of the content, not of the time: while it stands, nobody has to countersign again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from gate import lapsing
from gate import retiming as gate_retiming
from gate.errors import WrongState
from gate.models import Submission
from scheduler import journal, when
from scheduler.models import Delivery, Post

State = Delivery.State
SOON: Final = 15
"""Minutes of the offer for today."""
DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Offer:
    """A wall time to choose with one press. `note` says what is special about it; `twice`: the clocks go back over
    it, so that a person has to say which one."""

    label: str
    local: str
    zone: str
    at: datetime
    note: str = ""
    twice: bool = False

    @property
    def date(self) -> str:
        return self.local.partition("T")[0]

    @property
    def time(self) -> str:
        return self.local.partition("T")[2]


def in_minutes(zone: str, minutes: int, now: datetime) -> tuple[str, int]:
    """The next whole minute that is at least so far away, as (wall time, which of two)."""
    at = (now + timedelta(minutes=minutes, seconds=59)).replace(second=0, microsecond=0)
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%dT%H:%M}", local.fold


def tomorrow(had: datetime, zone: str, now: datetime) -> Offer:
    """The wall time that `had` was in its zone, on the zone's next day. A time that the clocks jump over becomes the
    first one after the jump, and `note` says so."""
    tz = ZoneInfo(zone)
    wall = had.astimezone(tz)
    day = now.astimezone(tz).date() + timedelta(days=1)
    local = f"{day}T{wall:%H:%M}"
    try:
        at = when.resolve(local, zone)
    except when.TimeExistsTwice as twice:
        note = "The clocks go back over that time, so it comes twice: say which one you mean."
        return Offer(f"Tomorrow, {wall:%H:%M}…", local, zone, twice.first, note, twice=True)
    except when.WhenError:
        local, at = _after_the_jump(local, zone)
        note = f"The clocks jump over {wall:%H:%M} tomorrow, so it would be {local[-5:]}."
        return Offer(f"Tomorrow, {local[-5:]}", local, zone, at, note)
    return Offer(f"Tomorrow, {wall:%H:%M}", local, zone, at)


def _after_the_jump(local: str, zone: str) -> tuple[str, datetime]:
    """The first wall time after a gap; a gap may be a whole day, where a zone changed sides of the date line.
    Raises WhenError."""
    wall = datetime.strptime(local, "%Y-%m-%dT%H:%M").replace(
        tzinfo=UTC
    )  # a wall time, counted in minutes alone
    for minutes in range(1, 2 * DAY):
        later = f"{wall + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"
        try:
            return later, when.resolve(later, zone, fold=0)
        except when.WhenError:
            continue
    raise when.WhenError("There is no such time tomorrow. Choose another.")


def require_approved(submission: Submission, due_at: datetime) -> None:
    """What was missed goes back to waiting only under the approval that it has. Raises WrongState."""
    if why := why_again(submission, due_at) or lapsing.why(submission, timezone.now()):
        raise WrongState(f"{why} The old time is kept. Submit the post again for a new approval.")


def why_again(submission: Submission | None, due_at: datetime) -> str:
    """Why the post would have to be submitted again for this time; "" where its approval stands until then."""
    if submission is None or submission.state != Submission.State.APPROVED:
        state = submission.get_state_display().lower() if submission else "gone"
        if submission and submission.state == Submission.State.EXPIRED and submission.approved_until is None:
            return "Nobody countersigned it in time."
        return f"Its approval does not stand any more: {state}."
    if submission.approved_until is None or submission.approved_until <= due_at:
        return "Its approval ends before that time."
    return ""


def move_waiting(submission: Submission, due_at: datetime) -> None:
    """What waits anyhow gets the new time. Called with post and submission locked."""
    Delivery.objects.filter(submission=submission, state=State.WAITING).update(
        due_at=due_at, nudged_at=None, next_try_at=None
    )


def move_missed(post: Post, due_at: datetime) -> list[Delivery]:
    """Missed deliveries wait again, with the keys that they had: one post on the platform at most, as ever. Called
    with post and submission locked; the caller logs the rows, which are returned with the time they had."""
    return _wait_again(post, due_at, Q(state=State.MISSED))


def move_rest(post: Post, due_at: datetime, by: User) -> None:
    """A locked post of which something is out, or may be: its missed deliveries get another time of their own, and
    what is out stays out. The post's state says the same as before, until one of them is sent. Raises WrongState."""
    assert post.submission_id is not None, "something of it was sent"
    submission = Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=post.submission_id)
    moved = Q(state=State.MISSED)
    if post.state == Post.State.PARTLY:
        moved |= Q(state=State.WAITING)  # missed once, and given another time before
    if not Delivery.objects.filter(moved, post=post, submission=submission).exists():
        raise WrongState(f"This post is {post.get_state_display().lower()}; its time cannot be changed.")
    require_approved(submission, due_at)
    gate_retiming.require_fits(submission, due_at)
    log_moved(_wait_again(post, due_at, moved), due_at, by)


def _wait_again(post: Post, due_at: datetime, which: Q) -> list[Delivery]:
    rows = list(
        Delivery.objects.filter(which, post=post, submission=post.submission)
        .select_for_update(of=("self",), no_key=True)
        .select_related("post", "submission", "channel")
        .order_by("pk")
    )
    if out := [row for row in rows if len(row.remote) >= len(row.record_keys)]:
        raise WrongState(
            f"It went out on {out[0].channel} after all. Look at the account; the old time is kept."
        )
    changed = Delivery.objects.filter(which, pk__in=[row.pk for row in rows]).update(
        state=State.WAITING, due_at=due_at, nudged_at=None, next_try_at=None, reason=""
    )
    if changed != len(rows):
        raise WrongState("Something was sent a moment ago. Reload the page to see where it stands.")
    return rows


def log_moved(rows: Iterable[Delivery], due_at: datetime, by: User) -> None:
    """An entry for each delivery that waits again; `rows` as they were before."""
    for row in rows:
        times = {"from": row.due_at.isoformat(), "to": due_at.isoformat()}
        journal.delivery_entry(row, "delivery.retimed", actor=by, data=times)
