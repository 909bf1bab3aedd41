"""What operators may look at of posts and their way out. Nothing here sends anything."""

from django.contrib import admin

from accounts.read_only_admin import ReadOnlyAdmin, site
from scheduler import models


@admin.register(models.Post, site=site)
class PostAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "team", "state", "author", "due_at", "updated_at")
    list_filter = ("state",)
    search_fields = ("title",)


@admin.register(models.Delivery, site=site)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("post", "channel", "state", "due_at", "sent_at", "reason")
    list_filter = ("state",)


@admin.register(models.Attempt, site=site)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("delivery", "number", "state", "claimed_at", "finished_at", "message")
    list_filter = ("state",)


@admin.register(models.PostEditor, models.Variant, models.Image, models.Pause, models.Beat, site=site)
class SchedulerAdmin(ReadOnlyAdmin):
    pass
