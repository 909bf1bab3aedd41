"""Every address of the product. tests/test_permissions.py walks this list."""

from django.urls import include, path

from accounts.read_only_admin import site

urlpatterns = [
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("scheduler.root_urls")),
    path("t/<slug:team>/", include("gate.urls")),
    path("t/<slug:team>/", include("scheduler.urls")),
]
