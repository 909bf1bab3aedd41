"""What to do next about a post, in words for the person who looks at it; and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import Membership
from gate.models import Decision, Submission
from scheduler.models import Delivery, Post

State = Post.State
Handed = Submission.State
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence or two, and the meaning it is shown with: "", cleared, attest, blocked or accent."""

    title: str
    text: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class May:
    edit: bool
    submit: bool
    withdraw: bool
    cancel: bool
    retime: bool
    duplicate: bool
    settle: bool


POST_STEPS: Final[dict[str, Step]] = {
    State.DRAFT: Step("A draft", "Nobody has been asked to look at it. Submit it when it is ready."),
    State.PUBLISHING: Step(
        "On its way", "It is being sent at this moment, and cannot be changed any more.", "accent"
    ),
    State.PUBLISHED: Step(
        "Published", "It is out on every channel, exactly as it was countersigned.", "cleared"
    ),
    State.PARTLY: Step(
        "Published on some channels",
        "Look below at what became of each. To say it on the others, duplicate it as a new draft for them.",
        "attest",
    ),
    State.FAILED: Step(
        "It did not go out",
        "Look below for the reason. Edit it, or choose another time, and submit it again.",
        "blocked",
    ),
    State.MISSED: Step(
        "It missed its time",
        "It could not be sent inside its time window, and nothing is sent late here. Choose another time: the "
        "approval stands.",
        "attest",
    ),
    State.CANCELLED: Step("Cancelled", "It will not go out. Duplicate it if you want to say it after all."),
}
SUBMISSION_STEPS: Final[dict[str, Step]] = {
    Handed.CHECKING: Step(
        "The checks are looking at it", "That takes seconds. Then it waits for a reviewer.", "accent"
    ),
    Handed.BLOCKED: Step(
        "Blocked by the checks",
        "Edit what they found, and submit it again. Where the code of conduct lets them, two reviewers may override a "
        "block instead, each with a reason.",
        "blocked",
    ),
    Handed.IN_REVIEW: Step(
        "Waiting for somebody to countersign",
        "A reviewer who did not write it decides. Nothing goes out before.",
        "attest",
    ),
    Handed.APPROVED: Step(
        "Countersigned", "It goes out by itself at its time. An edit would need a new approval.", "cleared"
    ),
    Handed.CHANGES_REQUESTED: Step(
        "Changes were asked for", "Read the reason below, edit, and submit it again.", "attest"
    ),
    Handed.REJECTED: Step(
        "Rejected", "Read the reason below. You can edit it and submit it again, or cancel it.", "blocked"
    ),
    Handed.EXPIRED: Step(
        "The approval has lapsed", "Submit it again for a new one: edit it, or take it back.", "attest"
    ),
    Handed.REVOKED: Step(
        "The approval was revoked", "Read the reason below, edit, and submit it again.", "blocked"
    ),
}
WAITS_AGAIN: Final = Step(
    "On its way",
    "What is not out yet waits for its time, or for its next try. It cannot be changed any more.",
    "accent",
)


MISSED_AGAIN: Final = Step(
    "It missed its time",
    "It could not be sent inside its time window, and nothing is sent late here. Its approval does not stand any more, "
    "so it has to be countersigned again: submit it for another time.",
    "attest",
)
REST: Final[dict[str, str]] = {
    Delivery.State.MISSED: "What was missed gets another time here, under the approval that it has.",
    Delivery.State.WAITING: "The rest goes out by itself at the time that was chosen for it.",
}
"""What is still to come of a post that is out on some channels."""


def of(
    post: Post,
    submission: Submission | None,
    deliveries: Sequence[Delivery],
    member: Membership,
    first: Decision | None = None,
) -> Step:
    """The one thing that matters most now. `first`: of two approvals, where it was given."""
    if step := _of_unknown([d for d in deliveries if d.state == Delivery.State.UNKNOWN]):
        return step
    if post.state == State.HELD:
        return Step(
            "Held", f"{post.state_reason} It waits inside its time window, and is never sent late.", "attest"
        )
    if post.state == State.MISSED and (submission is None or submission.state != Handed.APPROVED):
        return MISSED_AGAIN
    if post.state == State.PARTLY and (rest := [REST[d.state] for d in deliveries if d.state in REST]):
        return Step(POST_STEPS[State.PARTLY].title, f"Look below at what became of each. {rest[0]}", "attest")
    if post.state == State.SUBMITTED and submission and submission.state == Handed.IN_REVIEW and first:
        return Step(
            f"1 of 2 approvals, by {first.reviewer}",
            "The code of conduct asks for two here. Another reviewer who did not write it decides.",
            "attest",
        )
    if post.state == State.SUBMITTED and submission:
        return SUBMISSION_STEPS.get(submission.state, Step("Submitted", "It waits."))
    states = {d.state for d in deliveries}
    if (
        post.state == State.PUBLISHING
        and Delivery.State.WAITING in states
        and Delivery.State.SENDING not in states
    ):
        return WAITS_AGAIN
    return POST_STEPS[post.state]


def _of_unknown(deliveries: Sequence[Delivery]) -> Step | None:
    """What nobody saw comes first: to be settled, then still being looked up, then left as it is."""
    if any(d.next_try_at is None and d.left_at is None for d in deliveries):
        return Step(
            "Nobody knows whether it is out",
            "The platform did not answer clearly. Look at the account, and say below what you see. Nothing is sent "
            "again on a guess.",
            "attest",
        )
    if any(d.left_at is None for d in deliveries):
        return Step(
            "Its outcome is not known yet",
            "No clear answer came, so the platform is read again. It cannot be changed until that is clear.",
            "attest",
        )
    if deliveries:
        left = deliveries[0]
        assert left.left_at is not None
        at = left.left_at.astimezone(left.team.tz)
        return Step(
            "Outcome unknown, left as it is",
            f"{left.left_by} left it so on {at.day} {at:%B %Y}. It may be out, or not; it can still be settled below.",
            "attest",
        )
    return None


def may(post: Post, member: Membership, deliveries: Sequence[Delivery] = ()) -> May:
    """What this member can do with the post as it stands; the services check again."""
    planned = post.state == State.PARTLY and any(d.state == Delivery.State.WAITING for d in deliveries)
    author = member.is_author
    waiting = post.state in Post.WAITING
    return May(
        edit=author and post.is_editable,
        submit=author and post.state == State.DRAFT,
        withdraw=author and waiting,
        cancel=(author or member.is_admin) and post.is_editable,
        retime=author and (waiting or planned or post.state in (State.DRAFT, State.MISSED)),
        duplicate=author and post.state not in (State.DRAFT, *Post.WAITING),
        settle=author or member.is_reviewer or member.is_admin,
    )


def is_moving(deliveries: list[Delivery], now: datetime) -> bool:
    """Whether something is about to change by itself, so that the page looks again."""
    return any(
        delivery.state == Delivery.State.SENDING
        or (delivery.state == Delivery.State.WAITING and delivery.due_at <= now + SOON)
        or (delivery.state == Delivery.State.UNKNOWN and delivery.next_try_at is not None)
        for delivery in deliveries
    )
