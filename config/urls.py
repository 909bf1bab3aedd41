"""Every address of the product. tests/test_permissions.py walks this list."""

from django.conf import settings
from django.urls import include, path

from accounts.read_only_admin import site
from scheduler.views import health
from scheduler.views.metrics import metrics

urlpatterns = [
    path("admin/", site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("scheduler.root_urls")),
    path("t/<slug:team>/", include("gate.urls")),
    path("t/<slug:team>/", include("scheduler.urls")),
    path("t/<slug:team>/", include("scheduler.log_urls")),
    # Whether the installation lives and works; open to everybody
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Numbers for Prometheus; closed unless METRICS_TOKEN is set
    path("metrics", metrics, name="metrics"),
]

handler400 = "accounts.views.errors.bad_request"

if settings.DEBUG:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
