"""What was handed in, what the checks found and what people decided.

Everything here but a submission's state, claim and timing, and whether a mark of "not helpful" stands, is
append-only: triggers refuse the rest (ledger/triggers.py). Nothing is ever deleted. What carries a claim is in
gate/evidence/models.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Team, User
from gate import content as frozen
from gate.checks.base import Span
from gate.checks.texts import field_text
from gate.content import Content
from gate.evidence.models import Evidence as Evidence  # Django looks for an app's models here


class ConductVersion(models.Model):
    """One published version of a team's code of conduct, and of what its checks look for.

    In force is the highest number whose `effective_at` has come. `is_floor`: approvals under older versions lapse then.
    `settings`: check id to what the team set for it (gate/check_settings.py). `text_since`: the oldest version that had
    this same text; whoever has acknowledged one of those that share it has acknowledged them all.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="conduct_versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    text_since = models.PositiveIntegerField()
    settings = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    is_floor = models.BooleanField(default=False)
    effective_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["team", "number"], name="conduct_number_once")]

    def __str__(self) -> str:
        return f"Code of conduct, version {self.number}"


class Acknowledgement(models.Model):
    """A member has read a version and agreed to work by it."""

    conduct = models.ForeignKey(ConductVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conduct", "user"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.conduct}"


class Blob(models.Model):
    """Bytes of one image, named by their SHA-256. The bytes lie in the default storage (gate/blobs.py)."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="blobs")
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=50)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "sha256"], name="blob_once_per_team")]

    def __str__(self) -> str:
        return self.sha256


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def of(self, team: Team) -> SubmissionQuerySet:
        return self.filter(team=team)

    def waiting_for_review(self) -> SubmissionQuerySet:
        """The review queue: most urgent first, those without a time last."""
        return self.filter(state=Submission.State.IN_REVIEW).order_by(
            models.F("due_at").asc(nulls_last=True), "submitted_at", "pk"
        )

    def open(self) -> SubmissionQuerySet:
        return self.filter(state__in=Submission.OPEN)


class Submission(models.Model):
    """A frozen content on its way through checks and review. `number` counts the versions of one origin."""

    class State(models.TextChoices):
        CHECKING = "checking", "Checking"
        BLOCKED = "blocked", "Blocked"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REVOKED = "revoked", "Approval revoked"
        EXPIRED = "expired", "Expired"

    OPEN: ClassVar[tuple[str, ...]] = (State.CHECKING, State.BLOCKED, State.IN_REVIEW, State.APPROVED)

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    origin = models.CharField(max_length=60)
    """What it was made from, as the log names it: "post:12"."""
    origin_url = models.CharField(max_length=300)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    content = models.TextField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    conduct = models.ForeignKey(ConductVersion, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(default=timezone.now)

    state = models.CharField(max_length=20, choices=State.choices, default=State.CHECKING)
    version = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveIntegerField(default=1)
    check_tries = models.PositiveIntegerField(default=0)
    check_lease_until = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    claimed_until = models.DateTimeField(null=True, blank=True)
    approved_until = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Submission]] = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "origin", "number"], name="submission_number_once"),
            models.UniqueConstraint(
                fields=["team", "origin"],
                condition=models.Q(state__in=["checking", "blocked", "in_review", "approved"]),
                name="one_open_submission_per_origin",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "state", "due_at"], name="submission_queue"),
            models.Index(fields=["state", "check_lease_until"], name="submission_checks_due"),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def frozen(self) -> Content:
        return frozen.parse(self.content)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    def claim_holder(self, at: datetime) -> User | None:
        """Who is reading it now, if anybody."""
        return self.claimed_by if self.claimed_until and self.claimed_until > at else None


class Editor(models.Model):
    """Somebody who wrote or edited any part of the content, and so cannot approve it."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="editors")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "user"], name="editor_once")]

    def __str__(self) -> str:
        return str(self.user)


class CheckRun(models.Model):
    """One check's result in one round. UNKNOWN: it raised, took too long or had no engine; never a pass. `conduct`: the
    version whose settings it worked by."""

    class Status(models.TextChoices):
        PASSED = "passed", "Passed"
        FOUND = "found", "Found something"
        UNKNOWN = "unknown", "Could not run"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="runs")
    round = models.PositiveIntegerField()
    check_id = models.CharField(max_length=60)
    check_version = models.CharField(max_length=20)
    clause = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices)
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    conduct = models.ForeignKey(
        ConductVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "round", "check_id"], name="check_once_per_round")
        ]

    def __str__(self) -> str:
        return f"{self.check_id} {self.status}"


class Finding(models.Model):
    """What a check found, as a person reads it. `start` and `end` are code points of the named field."""

    run = models.ForeignKey(CheckRun, on_delete=models.PROTECT, related_name="findings")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="findings")
    round = models.PositiveIntegerField()
    code = models.CharField(max_length=80)
    clause = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=10)
    message = models.CharField(max_length=500)
    fix = models.CharField(max_length=500, blank=True)
    question = models.CharField(max_length=500, blank=True)
    channel = models.PositiveIntegerField(default=0)
    part = models.PositiveIntegerField(default=0)
    field = models.CharField(max_length=30, default="text")
    media_index = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["submission", "round"], name="finding_of_round")]

    def __str__(self) -> str:
        return self.message

    @property
    def span(self) -> Span:
        return Span(self.channel, self.part, self.field, self.media_index, self.start, self.end)

    @property
    def quote(self) -> str:
        """The marked words, read from the frozen content: a finding keeps no second copy of anybody's data."""
        return field_text(self.submission.frozen, self.span)[self.start : self.end]


class Override(models.Model):
    """One reviewer's word that a blocking finding does not stand in the way, for this digest. It takes two."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="overrides")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="overrides")
    digest = models.CharField(max_length=64)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "reviewer"], name="overridden_once_by_each"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="override_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.finding}"


class NotHelpful(models.Model):
    """A reviewer's mark on a finding that was a false alarm; `stands` is false where it was taken back."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="not_helpful")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stands = models.BooleanField(default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "not helpful"
        constraints = [models.UniqueConstraint(fields=["finding", "user"], name="not_helpful_once_by_each")]

    def __str__(self) -> str:
        return f"{self.user}: {self.finding}"


class Reading(models.Model):
    """When a reviewer first opened the review page of a submission in this round."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="readings")
    round = models.PositiveIntegerField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "round", "user"], name="read_first_once")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.submission}"


class Decision(models.Model):
    """What a person decided about exactly one digest. Only KIND=approve opens the door; where two approvals are asked
    for, KIND=first of the same round stands before it. `responsible`: who answers for the text as its editor."""

    class Kind(models.TextChoices):
        FIRST = "first", "Approved, as the first of two"
        APPROVE = "approve", "Approved"
        CHANGES = "changes", "Asked for changes"
        REJECT = "reject", "Rejected"
        REVOKE = "revoke", "Revoked the approval"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    conduct = models.ForeignKey(ConductVersion, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveIntegerField(null=True, blank=True)
    """Of the checks that the reviewer saw; empty in decisions from before it was kept."""
    responsible = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=models.Q(kind="approve"), name="approved_once"
            ),
            models.UniqueConstraint(
                fields=["submission", "round"], condition=models.Q(kind="first"), name="first_once_per_round"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="approve") | models.Q(expires_at__isnull=False),
                name="approval_expires",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["approve", "first"]) | ~models.Q(reason=""),
                name="refusal_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="reject") | ~models.Q(clause=""), name="rejection_names_a_clause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.reviewer}"


class Attestation(models.Model):
    """A reviewer's word on one finding, given with the approval."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="attestations")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="attestations")
    question = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "finding"], name="attested_once")]

    def __str__(self) -> str:
        return self.question


class Comment(models.Model):
    """A remark in the conversation about a submission."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]
