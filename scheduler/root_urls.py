"""Addresses outside any team: where people arrive, the first run, new teams."""

from django.urls import URLPattern, path

from scheduler.views import first_run, start

urlpatterns: list[URLPattern] = [
    path("", start.home, name="home"),
    path("welcome/", first_run.first_run, name="first-run"),
    path("teams/", start.choose_team, name="teams"),
    path("teams/new/", first_run.new_team, name="team-new"),
    path("t/<slug:team>/", start.team_home, name="team-home"),
]
