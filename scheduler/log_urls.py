"""Addresses of the publish log and of the sandbox's pages, under /t/<team>/."""

from django.urls import URLPattern, path

from scheduler.views import log, sandbox

urlpatterns: list[URLPattern] = [
    path("log/", log.entries, name="log"),
    path("log/verify/", log.verify, name="log-verify"),
    path("log/export/<slug:form>/", log.export, name="log-export"),
    path("log/<int:index>/", log.entry, name="log-entry"),
    path("log/<int:index>/verify/", log.verify_entry, name="log-entry-verify"),
    path("log/<int:index>/proof/", log.proof, name="log-entry-proof"),
    path("sandbox/<int:pk>/", sandbox.published, name="sandbox"),
    path("sandbox/<int:pk>/media/<str:sha256>/", sandbox.media, name="sandbox-media"),
    path("sandbox/<int:pk>/rehearse/", sandbox.rehearse, name="sandbox-rehearse"),
]
