"""Posts, their variants and images, and how each of them reaches its channels.

A post's state and a delivery's change in scheduler/lifecycle.py, progress.py, sender.py and reconcile.py alone.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone

from accounts.models import Channel, Team, User
from gate.models import Submission


class Post(models.Model):
    """One thing to say, on one or more channels. `parts` are the texts of a thread, in order.

    The due time is kept as the instant (`due_at`, UTC) and as the wall time and zone a person chose.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        PUBLISHING = "publishing", "Publishing"
        PUBLISHED = "published", "Published"
        PARTLY = "partly_published", "Partly published"
        FAILED = "failed", "Failed"
        HELD = "held", "Held"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    EDITABLE: ClassVar[tuple[str, ...]] = (
        State.DRAFT,
        State.SUBMITTED,
        State.HELD,
        State.FAILED,
        State.MISSED,
    )
    WAITING: ClassVar[tuple[str, ...]] = (State.SUBMITTED, State.HELD)

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="posts")
    title = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    parts = models.JSONField(default=list)
    declarations = models.JSONField(default=dict)
    claims = models.JSONField(default=list)
    """What the author said about words of the post: [{"text", "kind", "stance", "evidence": [id, ...]}]."""
    campaign = models.CharField(max_length=80, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    """What it answers: fields of gate.content.Answered; empty where it answers nobody."""
    due_at = models.DateTimeField(null=True, blank=True)
    due_local = models.CharField(max_length=16, blank=True)
    """Wall time, "2026-11-12T14:05"."""
    due_zone = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    state_reason = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["team", "due_at"], name="post_calendar"),
            models.Index(fields=["team", "state", "-updated_at"], name="post_list"),
            models.Index(fields=["state", "due_at"], name="post_due"),
        ]

    def __str__(self) -> str:
        return self.title or self.first_words or "Untitled post"

    @property
    def first_words(self) -> str:
        text = " ".join((self.parts[0] if self.parts else "").split())
        return text if len(text) <= 60 else text[:59] + "…"

    @property
    def origin(self) -> str:
        return f"post:{self.pk}"

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.due_zone or self.team.zone)


class PostEditor(models.Model):
    """Everybody who wrote or edited any part of a post. Never shrinks."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="editors")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user"], name="post_editor_once")]

    def __str__(self) -> str:
        return str(self.user)


class Variant(models.Model):
    """A channel that the post goes to. `parts` is its own text, null where it uses the post's."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="variants")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    parts = models.JSONField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    """Fields of platforms.base.Options."""

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["post", "channel"], name="variant_once")]

    def __str__(self) -> str:
        return str(self.channel)

    @property
    def texts(self) -> list[str]:
        parts: list[str] = self.parts if self.parts is not None else self.post.parts
        return parts


class Image(models.Model):
    """An image of a post: the clean master made at upload, what was found in the original, and its alt text."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="images")
    part = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    filename = models.CharField(max_length=255, blank=True)
    master_sha256 = models.CharField(max_length=64)
    thumbnail_sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.TextField(blank=True)
    facts = models.JSONField(default=list)
    digital_source_type = models.CharField(max_length=255, blank=True)
    notes = models.JSONField(default=list)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["part", "position", "pk"]

    def __str__(self) -> str:
        return self.alt or self.filename


class Delivery(models.Model):
    """One submission on its way to one channel: at most one post on the platform."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Outcome unknown"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    SETTLED: ClassVar[tuple[str, ...]] = (State.SENT, State.FAILED, State.MISSED, State.CANCELLED)

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="deliveries")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    position = models.PositiveIntegerField()
    """Index of the channel in the frozen content."""
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    key = models.CharField(max_length=32, unique=True)
    record_keys = models.JSONField(default=list)
    record_time = models.DateTimeField(null=True, blank=True)
    """The time written into the platform's post; never changed once an attempt may have reached the platform."""
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    looks = models.PositiveIntegerField(default=0)
    """How often an unknown outcome was looked up."""
    remote = models.JSONField(default=list)
    """What is out: [{"id": ..., "url": ...}] per part."""
    reason = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    look_since = models.DateTimeField(null=True, blank=True)
    """The time of the backup that this row was restored from: it may have been sent since, so the platform is read
    before it is sent, and before its post is edited, withdrawn or cancelled."""
    left_at = models.DateTimeField(null=True, blank=True)
    """When a person decided to leave an unknown outcome as it is."""
    left_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["submission", "channel"], name="delivery_once"),
            models.CheckConstraint(
                condition=~models.Q(state="sending") | ~models.Q(lease_token=""), name="sending_has_a_lease"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="delivery_due"),
            models.Index(fields=["state", "lease_until"], name="delivery_leases"),
            models.Index(fields=["channel", "sent_at"], name="delivery_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.post} on {self.channel}"

    @staticmethod
    def new_key() -> str:
        return secrets.token_hex(16)

    @property
    def url(self) -> str:
        first: dict[str, Any] = self.remote[0] if self.remote else {}
        return str(first.get("url", ""))

    def is_late(self, now: datetime) -> bool:
        return now > self.due_at + self.team.lateness


class Attempt(models.Model):
    """One try to send one delivery. Written before the platform is called; at most one is open."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Claimed"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Outcome unknown"
        RELEASED = "released", "Released, nothing was sent"

    OPEN: ClassVar[tuple[str, ...]] = (State.CLAIMED, State.SENDING)

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    token = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CLAIMED)
    digest = models.CharField(max_length=64)
    claimed_at = models.DateTimeField(default=timezone.now)
    sending_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["delivery"],
                condition=models.Q(state__in=["claimed", "sending"]),
                name="one_open_attempt",
            ),
        ]
        indexes = [models.Index(fields=["sending_at"], name="attempt_sending")]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.state}"


class Pause(models.Model):
    """Sending is stopped, for one team or (team is null) for all. One at a time each."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="pauses")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team"], condition=models.Q(ended_at__isnull=True), name="one_pause_per_team"
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(ended_at__isnull=True, team__isnull=True),
                name="one_pause_of_all",
            ),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def is_global(self) -> bool:
        return self.team_id is None


class Beat(models.Model):
    """When a part of the machinery last showed that it lives: a dispatcher or a queue cluster, of which there may be
    several. `instance` is host and process group, `note` what it wants to say (the gate: which model it has loaded)."""

    name = models.CharField(max_length=60)
    instance = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "instance"], name="beat_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.instance}".strip()
