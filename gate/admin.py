"""What operators may look at of the gate. Nothing here decides anything."""

from django.contrib import admin

from accounts.read_only_admin import ReadOnlyAdmin, site
from gate import models


@admin.register(models.Submission, site=site)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("title", "team", "number", "state", "author", "submitted_at", "due_at")
    list_filter = ("state",)
    search_fields = ("title", "digest")


@admin.register(models.Decision, site=site)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "submission", "reviewer", "clause", "expires_at")
    list_filter = ("kind",)
    search_fields = ("digest",)


@admin.register(
    models.ConductVersion,
    models.Acknowledgement,
    models.Blob,
    models.Editor,
    models.CheckRun,
    models.Finding,
    models.Attestation,
    models.Comment,
    models.Evidence,
    models.Override,
    models.NotHelpful,
    models.Reading,
    site=site,
)
class GateAdmin(ReadOnlyAdmin):
    pass
