"""The team's own settings, and new teams."""

from typing import Any

import pytest

from accounts import services
from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Team
from gate import policy
from scheduler import teams
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db

GOOD = {"name": "Harbour & Pier", "zone": "Europe/Berlin", "lateness_minutes": "30", "approval_days": "14"}


def test_an_admin_changes_the_settings(enter: Enter, admin: Membership) -> None:
    assert enter(admin).post(f"/t/{admin.team.slug}/team/settings/", GOOD).status_code == 302
    team = Team.objects.get(pk=admin.team_id)
    assert (team.name, team.zone, team.lateness_minutes, team.approval_days) == (
        "Harbour & Pier",
        "Europe/Berlin",
        30,
        14,
    )
    assert team.slug == admin.team.slug
    data = log.only(team, "team.changed")["data"]
    assert data["changed"] == ["approval_days", "lateness_minutes", "name", "zone"]


def test_saving_what_was_there_writes_nothing(enter: Enter, admin: Membership) -> None:
    team = admin.team
    same = {
        "name": team.name,
        "zone": team.zone,
        "lateness_minutes": team.lateness_minutes,
        "approval_days": team.approval_days,
    }
    enter(admin).post(f"/t/{team.slug}/team/settings/", same)
    assert not log.entries(team, "team.changed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 121),
        ("zone", "Middle/Earth"),
        ("lateness_minutes", "0"),
        ("lateness_minutes", "1441"),
        ("approval_days", "0"),
        ("approval_days", "366"),
        ("approval_days", "soon"),
    ],
)
def test_a_bad_setting_is_refused_and_the_others_are_kept(
    enter: Enter, admin: Membership, field: str, value: str
) -> None:
    kept = {**GOOD, field: value}
    response = enter(admin).post(f"/t/{admin.team.slug}/team/settings/", kept)
    assert response.status_code == 422
    page = response.content.decode()
    assert 'value="Europe/Berlin" selected' in page or field == "zone"
    assert "What you wrote was kept." in page
    assert not log.entries(admin.team, "team.changed")


def test_the_service_refuses_them_too(admin: Membership) -> None:
    for wrong in ({"zone": "Nowhere"}, {"lateness_minutes": 0}, {"approval_days": 366}, {"name": " "}):
        given: dict[str, Any] = {
            "name": "X",
            "zone": "UTC",
            "lateness_minutes": 15,
            "approval_days": 30,
            **wrong,
        }
        with pytest.raises(Refused):
            services.update_team(member=admin, **given)


def test_only_admins_change_settings(enter: Enter, author: Membership) -> None:
    assert enter(author).post(f"/t/{author.team.slug}/team/settings/", GOOD).status_code == 403
    with pytest.raises(NotAllowed):
        services.update_team(member=author, name="X", zone="UTC", lateness_minutes=1, approval_days=1)


def test_a_new_team_can_work(enter: Enter, db: None) -> None:
    operator = factories.user("Op", is_superuser=True, is_staff=True)
    response = enter(operator).post("/teams/new/", {"team_name": "Café Größe", "zone": "Europe/Berlin"})
    assert response.status_code == 302
    team = Team.objects.get(name="Café Größe")
    assert team.slug == "cafe-groe"
    assert policy.current(team).number == 1
    assert Membership.objects.get(team=team).is_admin
    log.only(team, "team.created")
    log.only(team, "conduct.published")


def test_two_teams_of_one_name_have_two_addresses(db: None) -> None:
    operator = factories.user("Op", is_superuser=True)
    made = [teams.new_team(name="パン屋", zone="UTC", by=operator) for _ in range(3)]
    assert [team.slug for team in made] == ["team", "team-2", "team-3"]


def test_new_teams_are_for_those_who_run_the_installation(enter: Enter, admin: Membership) -> None:
    before = Team.objects.count()
    assert enter(admin).get("/teams/new/").status_code == 403
    assert enter(admin).post("/teams/new/", {"team_name": "X", "zone": "UTC"}).status_code == 403
    with pytest.raises(NotAllowed):
        teams.new_team(name="X", zone="UTC", by=admin.user)
    assert Team.objects.count() == before
