"""A piece of evidence, as the team's library keeps it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import Team, User


class Evidence(models.Model):
    """Something that carries a claim, in the team's library: a page as it was fetched, or a file. The bytes lie in the
    default storage under their SHA-256. Only its retirement changes; what is newer is another row (`renews`)."""

    class Kind(models.TextChoices):
        URL = "url", "Page"
        FILE = "file", "File"

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=2000, blank=True)
    """As it was typed; `final_url` is where it led."""
    final_url = models.CharField(max_length=2000, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    quote = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    retrieved_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(null=True, blank=True)
    renews = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewed_by"
    )
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["team", "-added_at"], name="evidence_library")]

    def __str__(self) -> str:
        return self.title
