"""Small plain factories: each makes one real thing through the product's own services."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from io import BytesIO
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.utils import timezone
from PIL import Image as Pillow

from accounts.models import Channel, Membership, Team, User
from gate import decisions, policy, runner
from gate.evidence import services as evidence_services
from gate.models import Evidence, Submission
from platforms import sandbox
from scheduler import lifecycle
from scheduler.lifecycle import Draft
from scheduler.models import Post

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"
WORKER_SECONDS = 30
GOOD = {"relationship": "none", "ai": "no", "states_fact": "no", "people": "nobody"}


def user(name: str = "", **extra: Any) -> User:
    number = next(_numbers)
    name = name or f"Person {number}"
    return User.objects.create_user(f"person{number}@example.org", PASSWORD, name=name, **extra)


def team(name: str = "", check_settings: dict[str, Any] | None = None, **extra: Any) -> Team:
    """A team with the first code of conduct in force; with `check_settings` the second."""
    number = next(_numbers)
    made = Team.objects.create(
        slug=f"team-{number}", name=name or f"Team {number}", zone="Europe/Lisbon", **extra
    )
    founder = user(f"Founder {number}")
    policy.adopt_default(team=made, by=founder)
    if check_settings:
        set_checks(made, check_settings, by=founder)
    return made


def set_checks(of: Team, settings: dict[str, Any], by: User | None = None) -> None:
    """What the team's checks look for from now on: check id to settings."""
    admin, _ = Membership.objects.update_or_create(
        team=of, user=by or user(), defaults={"is_admin": True, "ended_at": None}
    )
    policy.change_settings(member=admin, settings=settings)
    Membership.objects.filter(pk=admin.pk).update(ended_at=timezone.now())


def member(of: Team, *roles: str, name: str = "", acknowledged: bool = True) -> Membership:
    person = user(name or f"{' '.join(roles) or 'member'} {next(_numbers)}")
    made = Membership.objects.create(team=of, user=person, **{f"is_{role}": True for role in roles})
    if acknowledged:
        policy.acknowledge(team=of, user=person)
    return made


def channel(of: Team, name: str = "") -> Channel:
    """A connected sandbox account."""
    account = sandbox.connect(str(settings.SANDBOX_DIR / str(of.pk)), name or f"Harbour {next(_numbers)}")
    return Channel.objects.create(
        team=of,
        platform="sandbox",
        account_id=account.account_id,
        handle=account.handle,
        name=account.name,
        connected_by=user(),
    )


def draft(
    *channels: Channel, text: str = "The tide tables for next week are on our page.", **extra: Any
) -> Draft:
    due = timezone.now() + timedelta(hours=1)
    given: dict[str, Any] = {
        "parts": [text],
        "declarations": dict(GOOD),
        "due_local": f"{due:%Y-%m-%dT%H:%M}",
        "due_zone": "UTC",
        "variants": {c.pk: (None, {}) for c in channels},
    }
    return Draft(**{**given, **extra})


def post(author: Membership, *channels: Channel, **extra: Any) -> Post:
    return lifecycle.create(member=author, draft=draft(*(channels or (channel(author.team),)), **extra))


def submitted(author: Membership, *channels: Channel, **extra: Any) -> Submission:
    made = post(author, *channels, **extra)
    return lifecycle.submit(post_id=made.pk, version=made.version, member=author)


def examined(author: Membership, *channels: Channel, **extra: Any) -> Submission:
    """Submitted, and the checks have run: here, or in the worker of a running installation, which is waited for."""
    submission = submitted(author, *channels, **extra)
    runner.run(submission.pk)
    submission.refresh_from_db()
    deadline = monotonic() + WORKER_SECONDS
    while submission.state == Submission.State.CHECKING and monotonic() < deadline:
        sleep(0.1)
        submission.refresh_from_db()
    return submission


def approve(submission: Submission, reviewer: Membership, at: datetime | None = None) -> Submission:
    questions = submission.findings.filter(round=submission.round, level="attest").values_list(
        "pk", flat=True
    )
    decisions.approve(
        submission_id=submission.pk,
        version=submission.version,
        member=reviewer,
        attested=list(questions),
        at=at,
    )
    submission.refresh_from_db()
    return submission


def approved(author: Membership, reviewer: Membership, *channels: Channel, **extra: Any) -> Post:
    """A post that only waits for its time."""
    submission = approve(examined(author, *channels, **extra), reviewer)
    return Post.objects.get(submission=submission)


def make_due(post_: Post, ago: timedelta = timedelta(seconds=1)) -> Post:
    """Moves the due time of a post and its deliveries, as the passing of time would."""
    due = timezone.now() - ago
    Post.objects.filter(pk=post_.pk).update(due_at=due)
    post_.deliveries.filter(state="waiting").update(due_at=due)
    post_.refresh_from_db()
    return post_


def picture(width: int = 320, height: int = 200, kind: str = "PNG", colour: str = "#2f5d7c") -> bytes:
    file = BytesIO()
    Pillow.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()


def beside(submission: Submission) -> None:
    """A row of each table that stands beside a submission, as a reviewer leaves them."""
    person = user()
    finding = submission.findings.create(
        run=submission.runs.latest("pk"), round=0, code="word-list.term", level="blocks", message="A word."
    )
    finding.overrides.create(
        submission=submission, digest=submission.digest, reviewer=person, reason="It is our own name."
    )
    finding.not_helpful.create(user=person)
    submission.readings.create(round=1, user=person)
    Evidence.objects.create(
        team=submission.team,
        kind=Evidence.Kind.URL,
        title="Tide tables",
        url="https://example.org/tides",
        quote="High water at noon",
        sha256="0" * 64,
        content_type="text/html",
        size=1,
        added_by=person,
    )


def evidence(of: Membership, **extra: Any) -> Evidence:
    """A file in the team's library."""
    given: dict[str, Any] = {
        "data": b"High water at the harbour wall is at noon on Monday.",
        "filename": "tides.txt",
        "quote": "High water at the harbour wall is at noon",
        "expires_on": None,
    }
    return evidence_services.add_file(member=of, **{**given, **extra})
