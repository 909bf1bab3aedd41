"""Every change that people make to a post. All ways in end here: pages, drag and drop, commands.

What the clock and the platforms do to it is in scheduler/progress.py.

Rows are locked in one order everywhere, so that no two transactions wait for each other: post, submission,
delivery, and last the publish log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Channel, Membership, Role, User
from gate import services as gate
from gate.content import normalise
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.models import Submission
from scheduler import claims, journal, read_back, retiming, when
from scheduler.freeze import freeze
from scheduler.models import Attempt, Delivery, Post, PostEditor, Variant
from scheduler.progress import locked_post, move

State = Post.State


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author can set. `variants`: channel id to its own texts (None: the post's) and options."""

    title: str = ""
    parts: list[str] = field(default_factory=lambda: [""])
    declarations: dict[str, str] = field(default_factory=dict)
    due_local: str = ""
    due_zone: str = ""
    fold: int | None = None
    campaign: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    """What it answers, as scheduler.answering.row gives it."""
    variants: dict[int, tuple[list[str] | None, dict[str, str]]] = field(default_factory=dict)
    claims: list[dict[str, Any]] = field(default_factory=list)
    """Answers about words of it, as scheduler.claims.read takes them."""


@transaction.atomic
def create(*, member: Membership, draft: Draft) -> Post:
    """A new draft. Raises NotAllowed, WhenError."""
    _require_author(member)
    post = Post(team=member.team, author=member.user)
    _fill(post, draft)
    post.save()
    _set_variants(post, draft)
    PostEditor.objects.create(post=post, user=member.user)
    journal.post_entry(post, "post.created", member.user)
    return post


@transaction.atomic
def save(*, post_id: int, version: int, member: Membership, draft: Draft) -> Post:
    """Stores an edit. A post that was submitted, held, failed or missed goes back to draft and its submission is
    withdrawn: what was approved is not what this is now. Raises NotAllowed, WrongState, WhenError;
    read_back.NotRead for a restored one, which `read_back.reads_first` around the caller's transaction meets."""
    post = _locked(post_id, member.team_id)
    _require_author(member)
    _require_version(post, version)
    _require_editable(post)
    _reopen(post, member.user)
    _fill(post, draft)
    post.version += 1
    post.updated_at = timezone.now()
    post.save()
    _set_variants(post, draft)
    PostEditor.objects.update_or_create(post=post, user=member.user, defaults={"at": timezone.now()})
    return post


@transaction.atomic
def touch(*, post_id: int, member: Membership) -> Post:
    """Opens a post for a change of its images: the same consequences as an edit. Raises as
    `save` does."""
    post = _locked(post_id, member.team_id)
    _require_author(member)
    _require_editable(post)
    _reopen(post, member.user)
    post.version += 1
    post.updated_at = timezone.now()
    post.save()
    PostEditor.objects.update_or_create(post=post, user=member.user, defaults={"at": timezone.now()})
    return post


def submit(*, post_id: int, version: int, member: Membership, now: datetime | None = None) -> Submission:
    """Freezes the post and hands it to the gate. Raises NotAllowed, WrongState, Incomplete, NotAcknowledged."""
    _require_author(member)
    post = Post.objects.select_related("team").get(pk=post_id, team_id=member.team_id)
    at = now or timezone.now()
    _require_submittable(post, at)
    content = freeze(post)
    with transaction.atomic():
        post = _locked(post_id, member.team_id)
        _require_author(member)
        _require_version(post, version)
        _require_submittable(post, at)
        submission = gate.submit(
            team=post.team,
            author=member.user,
            editors=[e.user for e in post.editors.select_related("user")],
            content=content,
            title=str(post),
            origin=post.origin,
            origin_url=f"/t/{post.team.slug}/posts/{post.pk}/",
            due_at=post.due_at,
        )
        _make_deliveries(post, submission, at)
        move(post, State.SUBMITTED, (State.DRAFT,), submission=submission)
        journal.post_entry(
            post,
            "post.submitted",
            member.user,
            data={"due": post.due_at.isoformat() if post.due_at else None},
        )
    return submission


def _require_submittable(post: Post, now: datetime) -> None:
    if post.state != State.DRAFT:
        raise WrongState(f"This post is {post.get_state_display().lower()}; only a draft can be submitted.")
    if post.due_at is None:
        raise Incomplete("Choose when it should go out. Your text is kept as a draft.")
    if post.due_at <= now:
        raise Incomplete(
            "The time it should go out has passed. Choose a later one; your text is kept as a draft."
        )
    _require_within_approval(post, post.due_at, now)


def _require_within_approval(post: Post, due_at: datetime, now: datetime) -> None:
    if due_at > now + timedelta(days=post.team.approval_days):
        raise Incomplete(
            f"An approval lasts {post.team.approval_days} days, and this time lies beyond that. "
            "Choose an earlier one, or submit the post nearer to it; everything is kept."
        )


def _make_deliveries(post: Post, submission: Submission, now: datetime) -> None:
    assert post.due_at is not None
    for position, (variant, channel) in enumerate(
        zip(post.variants.select_related("channel"), submission.frozen.channels, strict=True)
    ):
        adapter = variant.channel.adapter
        Delivery.objects.create(
            team=post.team,
            post=post,
            submission=submission,
            channel=variant.channel,
            position=position,
            due_at=post.due_at,
            key=Delivery.new_key(),
            record_keys=[adapter.record_key(now) for _ in channel.parts],
        )


@read_back.reads_first
@transaction.atomic
def withdraw(*, post_id: int, member: Membership) -> Post:
    """Takes a submitted post back to draft, unchanged. Raises NotAllowed, WrongState."""
    post = _locked(post_id, member.team_id)
    _require_author(member)
    if post.state not in Post.WAITING:
        raise WrongState(f"This post is {post.get_state_display().lower()}; there is nothing to take back.")
    withdrawn = _back_to_draft(post, member.user)
    journal.post_entry(post, "post.withdrawn", member.user, data={"withdrawn": withdrawn})
    return post


@read_back.reads_first
@transaction.atomic
def cancel(*, post_id: int, member: Membership, reason: str = "") -> Post:
    """Gives a post up for good; it stays in the log and in the list. Raises NotAllowed, WrongState."""
    post = _locked(post_id, member.team_id)
    if not member.still_holds(Role.AUTHOR, Role.ADMIN):
        raise NotAllowed("Only an author or an admin of the team can cancel a post.")
    if not post.is_editable:
        raise WrongState(f"This post is {post.get_state_display().lower()} and cannot be cancelled any more.")
    withdrawn = _back_to_draft(post, member.user)
    move(post, State.CANCELLED, (State.DRAFT,), state_reason=reason[:500])
    journal.post_entry(
        post, "post.cancelled", member.user, outcome="cancelled", data={"withdrawn": withdrawn}, reason=reason
    )
    return post


@transaction.atomic
def retime(
    *,
    post_id: int,
    version: int,
    member: Membership,
    due_local: str,
    due_zone: str,
    fold: int | None = None,
    now: datetime | None = None,
) -> Post:
    """Another due time for the same content; an approval stands if it lasts that long. What was missed waits again,
    while its approval stands; of a post that is out on some channels only what was missed on the others.
    Raises NotAllowed, WrongState, WhenError, Incomplete."""
    post = _locked(post_id, member.team_id)
    _require_author(member)
    _require_version(post, version)
    if post.state not in (State.DRAFT, *Post.WAITING, State.MISSED, State.PARTLY, State.PUBLISHING):
        raise WrongState(f"This post is {post.get_state_display().lower()}; its time cannot be changed.")
    due_at = when.resolve(due_local, due_zone, fold=fold)
    if post.state != State.DRAFT:
        at = now or timezone.now()
        if due_at <= at:
            raise Incomplete("That time has passed. The old time is kept; choose a later one.")
        _require_within_approval(post, due_at, at)
    if post.state in (State.PARTLY, State.PUBLISHING):
        retiming.move_rest(post, due_at, member.user)
    else:
        _move_whole(post, due_at, due_local, due_zone, member.user)
    return post


def _move_whole(post: Post, due_at: datetime, due_local: str, due_zone: str, by: User) -> None:
    """Post, submission and deliveries get the new time; a post that was held or missed is submitted again."""
    was, missed = post.due_at, post.state == State.MISSED
    revived: list[Delivery] = []
    if post.submission_id:
        submission = Submission.objects.select_for_update(of=("self",), no_key=True).get(
            pk=post.submission_id
        )
        if missed:
            retiming.require_approved(submission, due_at)
            revived = retiming.move_missed(post, due_at)
        else:
            retiming.move_waiting(submission, due_at)
    times = {"due_at": due_at, "due_local": due_local, "due_zone": due_zone}
    to = State.DRAFT if post.state == State.DRAFT else State.SUBMITTED
    move(post, to, (post.state,), state_reason="", **times)
    if post.submission_id:
        gate.retime(submission_id=post.submission_id, due_at=due_at, by=by)
    retiming.log_moved(revived, due_at, by)
    moved = {"from": was.isoformat() if was else None, "to": due_at.isoformat()}
    journal.post_entry(post, "post.retimed", by, data=moved)


@read_back.reads_first
def submit_again(
    *,
    post_id: int,
    version: int,
    member: Membership,
    due_local: str,
    due_zone: str,
    fold: int | None = None,
    now: datetime | None = None,
) -> Submission:
    """A missed post whose approval does not stand goes to the gate again, unchanged but for its time. Where a step
    is refused it stays a draft with every word, and the error says why. Raises as `retime` and `submit` do."""
    post = Post.objects.get(pk=post_id, team_id=member.team_id)
    if post.state != State.MISSED:
        raise WrongState(
            f"This post is {post.get_state_display().lower()}; only a missed one is submitted again."
        )
    if when.resolve(due_local, due_zone, fold=fold) <= (now or timezone.now()):
        raise Incomplete("That time has passed. Nothing was changed; choose a later one.")
    with transaction.atomic():
        _require_version(_locked(post_id, member.team_id), version)
        opened = touch(post_id=post_id, member=member)
        timed = retime(
            post_id=post_id,
            version=opened.version,
            member=member,
            due_local=due_local,
            due_zone=due_zone,
            fold=fold,
            now=now,
        )
    return submit(post_id=post_id, version=timed.version, member=member, now=now)


def _reopen(post: Post, by: User) -> None:
    """The first step of every edit of a locked post that is no draft any more."""
    if post.state == State.DRAFT:
        return
    was = str(post.state)
    withdrawn = _back_to_draft(post, by)
    journal.post_entry(post, "post.reopened", by, data={"was": was, "withdrawn": withdrawn})


def _back_to_draft(post: Post, by: User) -> int | None:
    """A locked, editable post becomes a draft again: waiting deliveries are cancelled and an open submission is
    withdrawn. Returns the id of the withdrawn submission, if there was one. Raises WrongState;
    read_back.NotRead where a delivery may have been sent after the backup that it was restored from."""
    if post.state == State.DRAFT:
        return None
    assert post.submission_id is not None  # only drafts have none
    submission = Submission.objects.select_for_update(of=("self",), no_key=True).get(pk=post.submission_id)
    read_back.require_read(post, submission)
    cancelled = _cancel_deliveries(submission)
    move(post, State.DRAFT, Post.EDITABLE, submission=None, state_reason="")
    for delivery in cancelled:
        journal.delivery_entry(delivery, "delivery.cancelled", actor=by, outcome="cancelled")
    if not submission.is_open:
        return None
    gate.withdraw(submission_id=submission.pk, by=by)
    return submission.pk


def _cancel_deliveries(submission: Submission) -> list[Delivery]:
    """What waits, claimed or not, is not sent any more; a worker that has claimed it finds that out before sending."""
    waiting = Delivery.objects.filter(submission=submission, state=Delivery.State.WAITING)
    rows = list(
        waiting.select_for_update(of=("self",), no_key=True).select_related("post", "submission", "channel")
    )
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Delivery.State.CANCELLED, lease_token="", lease_until=None
    )
    Attempt.objects.filter(delivery__in=rows, state=Attempt.State.CLAIMED).update(
        state=Attempt.State.RELEASED, finished_at=timezone.now(), message="The post was edited."
    )
    return rows


def _fill(post: Post, draft: Draft) -> None:
    post.title = " ".join(draft.title.split())[:200]
    post.parts = [normalise(part) for part in draft.parts] or [""]
    post.declarations = {k: str(v) for k, v in draft.declarations.items()}
    post.claims = [answer.row() for answer in claims.read(draft.claims)]
    post.answers = dict(draft.answers)
    post.campaign = " ".join(draft.campaign.split())[:80]
    if draft.due_local:
        post.due_zone = draft.due_zone or post.team.zone
        post.due_at = when.resolve(draft.due_local, post.due_zone, fold=draft.fold)
        post.due_local = draft.due_local
    else:
        post.due_at, post.due_local, post.due_zone = None, "", draft.due_zone or post.team.zone


def _set_variants(post: Post, draft: Draft) -> None:
    """Exactly the chosen channels of the team, in a steady order."""
    known = set(Channel.objects.filter(team=post.team, pk__in=draft.variants).values_list("pk", flat=True))
    if unknown := set(draft.variants) - known:
        raise NotAllowed(f"{len(unknown)} of the channels are not your team's. Nothing was changed.")
    post.variants.exclude(channel_id__in=draft.variants).delete()
    for channel_id, (parts, options) in sorted(draft.variants.items()):
        own = [normalise(part) for part in parts] if parts is not None else None
        Variant.objects.update_or_create(
            post=post,
            channel_id=channel_id,
            defaults={"parts": own, "options": {k: str(v) for k, v in options.items()}},
        )


def _locked(post_id: int, team_id: int) -> Post:
    """One of this team's posts, locked. Raises Post.DoesNotExist."""
    post = locked_post(post_id)
    if post.team_id != team_id:
        raise Post.DoesNotExist("no such post in this team")
    return post


def _require_author(member: Membership) -> None:
    if not member.still_holds(Role.AUTHOR):
        raise NotAllowed("Only an author of the team can do that. An admin can give you the role.")


def _require_editable(post: Post) -> None:
    if not post.is_editable:
        raise WrongState(f"This post is {post.get_state_display().lower()} and cannot be edited any more.")


def _require_version(post: Post, version: int) -> None:
    if post.version != version:
        last = post.editors.select_related("user").order_by("-at").first()
        who = f" by {last.user}" if last else ""
        raise WrongState(
            f"This post was changed{who} while you had it open. Your version is still on this page: "
            "copy what you need, then reload."
        )
