"""Where "/" leads."""

import pytest
from django.test import Client

from accounts import services
from accounts.models import Membership
from gate import policy
from tests import factories
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db


def test_signed_out_to_the_sign_in(admin: Membership) -> None:
    assert Client().get("/").headers["Location"] == "/accounts/login/"


def test_the_only_team_opens_at_its_calendar(enter: Enter, admin: Membership) -> None:
    assert enter(admin).get("/").headers["Location"] == f"/t/{admin.team.slug}/calendar/"
    assert enter(admin).get(f"/t/{admin.team.slug}/").headers["Location"] == f"/t/{admin.team.slug}/calendar/"


def test_somebody_of_several_teams_chooses_and_then_comes_back_to_the_last(
    enter: Enter, admin: Membership
) -> None:
    other = factories.team("Pier Café")
    Membership.objects.create(team=other, user=admin.user, is_auditor=True)
    policy.acknowledge(team=other, user=admin.user)
    client = enter(admin)
    page = client.get("/").content.decode()
    assert "Harbour Trust" in page
    assert "Pier Café" in page
    client.get(f"/t/{other.slug}/team/")
    assert client.get("/").headers["Location"] == f"/t/{other.slug}/calendar/"
    assert "Harbour Trust" in client.get("/teams/").content.decode()


def test_somebody_without_a_team_is_told_what_to_do(
    enter: Enter, admin: Membership, author: Membership
) -> None:
    client = enter(author)
    client.get(f"/t/{author.team.slug}/team/")
    services.end_membership(by=admin, member_id=author.pk)
    response = client.get("/")
    assert response.status_code == 200
    assert "You are in no team" in response.content.decode()
    assert author.team.name not in response.content.decode()


def test_a_team_of_others_is_not_found(enter: Enter, admin: Membership) -> None:
    stranger = factories.member(factories.team(), "admin", "author")
    for page in ("", "team/", "channels/", "notices/"):
        assert enter(stranger).get(f"/t/{admin.team.slug}/{page}").status_code == 404
        assert Client().get(f"/t/{admin.team.slug}/{page}").status_code == 302
