"""What operators may look at: people, teams, channels; and the publish log, whose app knows no other."""

from typing import ClassVar

from django.contrib import admin

from accounts.models import Channel, InstanceApp, Invitation, Membership, Notice, Team, User
from accounts.read_only_admin import ReadOnlyAdmin, site
from ledger import models as ledger


@admin.register(User, site=site)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "is_active", "is_superuser", "date_joined", "last_login")
    search_fields = ("email", "name")


@admin.register(Team, site=site)
class TeamAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "zone", "created_at")
    search_fields = ("name", "slug")


@admin.register(Membership, site=site)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "team", "role_names", "joined_at", "ended_at")
    list_filter = ("is_admin", "is_reviewer")
    search_fields = ("user__email", "user__name", "team__name")


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "team", "role_names", "created_at", "expires_at", "accepted_at", "revoked_at")
    search_fields = ("email", "team__name")


@admin.register(Channel, site=site)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ("platform", "handle", "team", "instance", "health", "connected_at", "checked_at")
    list_filter = ("platform", "health")
    search_fields = ("handle", "name", "team__name")


@admin.register(InstanceApp, site=site)
class InstanceAppAdmin(ReadOnlyAdmin):
    list_display = ("instance", "redirect_uri", "created_at")


@admin.register(Notice, site=site)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "team", "user", "text", "read_at")


@admin.register(ledger.Entry, site=site)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("index", "at", "team_id", "kind", "outcome", "subject")
    list_filter = ("kind",)
    ordering: ClassVar[tuple[str, ...]] = ("-index",)


@admin.register(ledger.Tag, ledger.Erasable, ledger.Node, ledger.Checkpoint, site=site)
class LedgerAdmin(ReadOnlyAdmin):
    pass
