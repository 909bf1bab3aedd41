"""Every address of the product. tests/test_permissions.py walks this list."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("t/<slug:team>/", include("gate.urls")),
    path("t/<slug:team>/", include("scheduler.urls")),
]
