"""The first page of a new installation."""

import threading

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client

from accounts.errors import Closed
from accounts.models import Membership, Role, Team, User
from gate import policy
from scheduler import teams
from tests import factories
from tests.accounts import log

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "Rosa Marín",
    "email": "Rosa@Example.org",
    "password": factories.PASSWORD,
    "team_name": "Harbour Trust",
    "zone": "Europe/Lisbon",
}


def test_the_root_leads_to_it_while_nobody_is_here() -> None:
    response = Client().get("/")
    assert response.headers["Location"] == "/welcome/"
    assert Client().get("/welcome/").status_code == 200


def test_it_makes_the_first_admin_and_a_team_that_can_work() -> None:
    client = Client()
    response = client.post("/welcome/", GOOD)
    assert response.headers["Location"] == "/t/harbour-trust/channels/"
    assert client.get("/t/harbour-trust/channels/").status_code == 200
    user, team = User.objects.get(), Team.objects.get()
    assert (user.email, user.name, user.is_superuser) == ("rosa@example.org", "Rosa Marín", True)
    assert EmailAddress.objects.get().verified
    assert team.zone == "Europe/Lisbon"
    assert Membership.objects.get().roles == [Role.AUTHOR, Role.ADMIN]
    assert policy.current(team).number == 1
    assert log.only(team, "team.created")["actor"] == user.pk
    assert "Rosa" not in str(log.only(team, "team.created"))


def test_the_first_admin_signs_in_again() -> None:
    Client().post("/welcome/", GOOD)
    client = Client()
    client.post("/accounts/login/", {"login": "rosa@example.org", "password": factories.PASSWORD})
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "rosa"),
        ("password", "rosa@example.org"),
        ("name", ""),
        ("team_name", ""),
        ("zone", "Atlantis"),
    ],
)
def test_a_bad_answer_makes_nothing_and_keeps_the_rest(field: str, value: str) -> None:
    response = Client().post("/welcome/", {**GOOD, field: value})
    assert response.status_code == 422
    page = response.content.decode()
    kept = "Rosa Marín" if field != "name" else "Harbour Trust"
    assert f'value="{kept}"' in page
    assert factories.PASSWORD not in page
    assert not User.objects.exists()
    assert not Team.objects.exists()


def test_it_is_over_once_somebody_has_an_account() -> None:
    factories.user()
    for response in (Client().get("/welcome/"), Client().post("/welcome/", GOOD)):
        assert response.headers["Location"] == "/"
    assert User.objects.count() == 1
    with pytest.raises(Closed, match="set up already"):
        teams.set_up(name="A", email="a@example.org", password=factories.PASSWORD, team_name="T", zone="UTC")
    assert Client().get("/").headers["Location"] == "/accounts/login/"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_first() -> None:
    barrier, refused = threading.Barrier(2), []

    def set_up(number: int) -> None:
        barrier.wait()
        try:
            teams.set_up(
                name="Somebody",
                email=f"first{number}@example.org",
                password=factories.PASSWORD,
                team_name="Harbour Trust",
                zone="UTC",
            )
        except Closed as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=set_up, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert (User.objects.count(), Team.objects.count()) == (1, 1)
