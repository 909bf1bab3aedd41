"""What the demo team's posts are made with: its people and channels, and the product's own services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Channel, Membership, Team
from gate import decisions, readings, runner
from gate.models import Submission
from scheduler import images, lifecycle
from scheduler.lifecycle import Draft
from scheduler.models import Post

ZONE: Final = "Europe/Lisbon"
PLAIN: Final = {"relationship": "none", "ai": "no", "states_fact": "no", "people": "nobody"}


@dataclass(slots=True)
class Scene:
    """Who and what the demo posts are made with."""

    team: Team
    author: Membership
    second: Membership
    reviewer: Membership
    second_reviewer: Membership
    channels: list[Channel] = field(default_factory=list)


def write(
    scene: Scene,
    text: str,
    due: datetime,
    *,
    title: str = "",
    by: Membership | None = None,
    channels: int = 1,
    declarations: dict[str, str] | None = None,
    picture: tuple[bytes, str, str] | None = None,
    more: list[str] | None = None,
    **extra: Any,
) -> Post:
    """A draft; `picture` is its bytes, file name and alt text; `extra` what else a Draft takes."""
    member = by or scene.author
    local = due.astimezone(scene.team.tz)
    draft = Draft(
        title=title,
        parts=[text, *(more or [])],
        declarations={**PLAIN, **(declarations or {})},
        due_local=f"{local:%Y-%m-%dT%H:%M}",
        due_zone=ZONE,
        fold=local.fold,
        variants={c.pk: (None, {}) for c in scene.channels[:channels]},
        **extra,
    )
    post = lifecycle.create(member=member, draft=draft)
    if picture:
        data, filename, alt = picture
        images.add(
            post_id=post.pk, version=post.version, member=member, data=data, filename=filename, alt=alt
        )
        post.refresh_from_db()
    return post


def submit(post: Post, by: Membership, *, now: datetime | None = None) -> Submission:
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=by, now=now)
    runner.run(submission.pk)
    submission.refresh_from_db()
    post.refresh_from_db()
    return submission


def approve(scene: Scene, submission: Submission) -> None:
    asked = submission.findings.filter(round=submission.round, level="attest").values_list("pk", flat=True)
    # The demo is made in a few seconds; a reviewer would have read for a while.
    readings.opened(submission, scene.reviewer.user, timezone.now() - timedelta(seconds=40))
    decisions.approve(
        submission_id=submission.pk, version=submission.version, member=scene.reviewer, attested=list(asked)
    )


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A time on a day from today, as the team's clocks show it."""
    now = timezone.now().astimezone(ZoneInfo(ZONE))
    return (now + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
