"""A person decides about an outcome that the platform could not show: it is there, a part of it, it is not there, send
it again, or leave it.

Every answer names the last attempt that its page showed (`after`), so that an answer about one attempt never counts for
a later one, and is one conditional UPDATE under the post's lock: of two answers, a look and a late answer one wins.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Max, TextChoices
from django.utils import timezone

from accounts.models import Channel, Membership, Role
from gate import lapsing
from gate import retiming as gate_retiming
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import Submission
from platforms.base import PublishedPart, PublishError
from scheduler import asking, journal, outcomes, progress, retiming
from scheduler.models import Delivery, Post

State = Delivery.State
LONGEST_ADDRESS = 500


class Seen(TextChoices):
    """What a person sees of a delivery's post on the account."""

    ALL = "yes", "All of it"
    PART = "part", "Only a part of it"
    NONE = "no", "None of it"


@transaction.atomic
def say(*, delivery_id: int, member: Membership, after: int, seen: Seen, url: str = "") -> None:
    """A person has looked at the account. "None of it" makes it failed, so that the author can edit and submit
    again, unless a program saw the first parts of it; nothing is sent by this. Raises NotAllowed, WrongState,
    Incomplete."""
    delivery, post = _locked(delivery_id, member, after)
    if seen is Seen.PART and len(delivery.record_keys) == 1:
        raise Incomplete("It is a single post: it is there, or it is not. Nothing was changed.")
    require_address(delivery.channel, url)
    known = tuple(PublishedPart(part["id"], part["url"]) for part in delivery.remote)
    told = (PublishedPart("", url),) if url or not known else ()
    if seen is Seen.ALL:
        text = f"{member.user} looked: {post} is out on {delivery.channel}."
        asking.tell(delivery, post, text, by=member.user)
        outcomes.mark_sent(delivery, post, known + told, by=member.user)
        return
    words = f"{member.user} looked: {seen.label.lower()} is on the platform."
    asking.tell(delivery, post, f"{words} {post} on {delivery.channel} is not sent again.", by=member.user)
    out = known + told if seen is Seen.PART else known
    outcomes.mark_failed(delivery, post, PublishError(words, permanent=True, sent=out), by=member.user)


@transaction.atomic
def send_again(
    *,
    delivery_id: int,
    member: Membership,
    after: int,
    looked: bool,
    due_at: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """A person says that it is not there and wants the same request sent again, with the same keys: a platform that
    makes one post of a request still makes one. Past the lateness window it takes a new time, about which the timing
    check is asked. The gate is asked again when it is sent. Raises NotAllowed, WrongState, Incomplete."""
    at = now or timezone.now()
    delivery, post = _locked(delivery_id, member, after)
    if not looked:
        raise Incomplete(
            "Say that you looked at the account: if it is there after all, there will be two. Nothing was changed."
        )
    if delivery.remote:
        raise Incomplete("A part of it is out, so it is not sent again. Nothing was changed.")
    due = _new_due(delivery, due_at, at)
    if why := why_not_again(delivery, due, at):
        raise Incomplete(f"It cannot be sent again as it is. {why} Nothing was changed.")
    if due_at is not None:
        gate_retiming.require_fits(delivery.submission, due)
    was, looks = delivery.due_at, delivery.looks
    unknown = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN)
    changed = unknown.update(
        state=State.WAITING,
        due_at=due,
        next_try_at=None,
        nudged_at=None,
        look_since=None,  # a person has looked
        looks=0,
        left_at=None,
        left_by=None,
        reason=f"{member.user} did not find it there, so the same is sent again."[:500],
    )
    _require_changed(changed)
    when = f" at {due.astimezone(post.team.tz):%H:%M on %d %B}" if due_at else ""
    text = f"{member.user} did not find {post} on {delivery.channel}: it is sent again{when}."
    asking.tell(delivery, post, text, by=member.user)
    moved = {"from": was.isoformat(), "to": due.isoformat()} if due_at else {}
    journal.delivery_entry(
        delivery,
        "delivery.send_again",
        actor=member.user,
        outcome="delayed",
        data={"attempt": after, "looks": looks, "said": "not_there", **moved},
    )


@transaction.atomic
def leave(*, delivery_id: int, member: Membership, after: int) -> None:
    """Nothing is sent and nothing is claimed: it stays unknown, and nobody is asked any more. It can be settled later
    all the same. Raises NotAllowed, WrongState."""
    delivery, post = _locked(delivery_id, member, after)
    changed = Delivery.objects.filter(pk=delivery.pk, state=State.UNKNOWN, left_at__isnull=True).update(
        left_at=timezone.now(), left_by=member.user
    )
    if not changed:
        raise WrongState("It is left as it is already. Nothing was changed.")
    text = (
        f"{member.user} leaves it as it is: {post} may be out on {delivery.channel}. Nothing is sent again."
    )
    asking.tell(delivery, post, text, by=member.user)
    journal.delivery_entry(
        delivery, "delivery.left", actor=member.user, outcome="unknown", data={"attempt": after}
    )


def require_address(channel: Channel, url: str) -> None:
    """An address that a person gives is a web address, and of the account's own server where that has one.
    Raises Incomplete."""
    if not url:
        return
    if len(url) > LONGEST_ADDRESS:
        raise Incomplete(
            f"An address can have {LONGEST_ADDRESS} characters. Leave it out, or give a shorter one."
        )
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("https", "http") or parts.username or len(url.split()) != 1:
        raise Incomplete("The address has to start with https:// and name a server. Nothing was changed.")
    own = urlsplit(account_url(channel)).hostname
    if own and host.removeprefix("www.") != own:
        raise Incomplete(f"That address is not on {own}, where {channel.handle} is. Nothing was changed.")


def account_url(channel: Channel) -> str:
    """The account's public page; "" where it has none."""
    return channel.adapter.account_url(channel.account_id, channel.handle, channel.instance)


def last_attempt(delivery: Delivery) -> int:
    """The number of the last attempt: what an answer is about."""
    return int(delivery.attempts.aggregate(last=Max("number"))["last"] or 0)


def _locked(delivery_id: int, member: Membership, after: int) -> tuple[Delivery, Post]:
    """Post and delivery, locked, if this person may settle it and it is as they saw it. Raises Delivery.DoesNotExist
    for another team's."""
    if not member.still_holds(Role.AUTHOR, Role.REVIEWER, Role.ADMIN):
        raise NotAllowed("Only an author, a reviewer or an admin can settle this.")
    seen = Delivery.objects.only("post_id", "submission_id").get(pk=delivery_id, team=member.team)
    post = progress.locked_post(seen.post_id)
    Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=seen.submission_id)
    delivery = (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team", "channel", "submission", "post")
        .get(pk=delivery_id)
    )
    if delivery.state == State.SENDING:
        raise WrongState(
            "It is being looked up at this moment. Nothing was changed: reload in a few seconds."
        )
    if delivery.state != State.UNKNOWN:
        words = delivery.get_state_display().lower()
        raise WrongState(f"This delivery is settled already: {words}. Nothing was changed by your answer.")
    if last_attempt(delivery) != after:
        raise WrongState("It was tried once more since you looked. Nothing was changed: look again.")
    return delivery, post


def _new_due(delivery: Delivery, due_at: datetime | None, now: datetime) -> datetime:
    if due_at is None:
        if delivery.is_late(now):
            raise Incomplete("Its time has passed, and nothing goes out late in silence. Choose a new time.")
        return delivery.due_at
    if due_at <= now:
        raise Incomplete("That time has passed. Choose a later one; nothing was changed.")
    return due_at


def why_not_again(delivery: Delivery, due: datetime, now: datetime) -> str:
    """What would hold it at that time, and what helps: an approval that does not last or has lapsed, an account that is
    not connected. "" where it can be sent again."""
    if why := lapsing.why(delivery.submission, now) or retiming.why_again(delivery.submission, due):
        return f"{why} Say that it is not there and not to be sent, then edit it and submit it again."
    if delivery.channel.health != Channel.Health.CONNECTED:
        return f"{delivery.channel} is not connected. An admin has to connect it again first."
    return ""


def _require_changed(rows: int) -> None:
    if not rows:
        raise WrongState("Somebody or something else was faster. Reload the page; nothing was changed.")
