"""The operator's window: every table of ours to look at, nothing to change.

States change in the services alone, each change with its entry in the publish log; a form that writes rows
past them would be a door beside the gate. The site is our own, so that the pages which other packages
register with Django's (task queue, e-mail addresses, second factors: all of them editable) are not served
at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.generic import RedirectView

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Model]
else:
    _ModelAdmin = admin.ModelAdmin

NEVER_SHOWN = frozenset({"sealed", "password", "token_sha256", "salt", "lease_token", "token"})
"""Fields that hold secrets, their digests, or what a secret hides behind."""


class ReadOnlySite(admin.AdminSite):
    """For superusers. Signing in and passwords are allauth's, so that a second factor holds here too."""

    site_header = site_title = "Countersign, for operators"
    index_title = "Read only: everything changes through the product's own pages"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No form of its own: it would ask for a password only, whatever the person set up."""
        index = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", index))
        if not self.has_permission(request):
            raise PermissionDenied("This part is for those who run the installation.")
        return redirect(index)

    def get_urls(self) -> list[Any]:
        """The way to change one's password is allauth's, too."""
        elsewhere = RedirectView.as_view(pattern_name="account_change_password")
        return [path("password_change/", elsewhere, name="password_change"), *super().get_urls()]


site = ReadOnlySite(name="admin")


class ReadOnlyAdmin(_ModelAdmin):
    """Looks at a model's rows. Adding, changing, deleting and bulk actions are refused whoever asks."""

    actions = None
    show_full_result_count = False
    list_per_page = 50

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        fields = [*self.model._meta.fields, *self.model._meta.many_to_many]
        return [field.name for field in fields if field.name not in NEVER_SHOWN]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """The rows that a row names, and no further: following them all joins more tables than a planner masters."""
        return [field.name for field in self.model._meta.fields if field.many_to_one or field.one_to_one]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
