"""The code of conduct is asked about after signing in and on the start page of a team, once a session."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from gate import policy
from tests import factories as make
from tests.gate.conftest import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh():
    return make.member(make.team(), "author", acknowledged=False)


def leads(answer):
    """Path, and the address behind it."""
    parts = urlsplit(answer.headers["Location"])
    return parts.path, parse_qs(parts.query).get("next", [""])[0]


def test_signing_in_for_a_page_leads_to_the_code_first_and_then_there(fresh):
    browser, team = Client(), fresh.team
    wanted = f"/t/{team.slug}/review/?tab=decided"
    typed = {"login": fresh.user.email, "password": make.PASSWORD, "next": wanted}
    answer = browser.post("/accounts/login/", typed)
    assert leads(answer) == ("/", wanted)
    assert leads(browser.get(answer.headers["Location"])) == (f"/t/{team.slug}/policy/", wanted)
    answer = browser.post(f"/t/{team.slug}/policy/acknowledge/", {"number": 1, "next": wanted})
    assert answer.headers["Location"] == wanted


@pytest.mark.parametrize("start", ["/", "/t/{}/"])
def test_it_is_asked_once_a_session_and_can_be_put_off(fresh, start):
    browser, slug = sign_in(fresh), fresh.team.slug
    calendar = f"/t/{slug}/calendar/"
    answer = browser.get(start.format(slug))
    assert leads(answer) == (f"/t/{slug}/policy/", calendar)
    assert f'href="{calendar}">Later</a>' in browser.get(answer.headers["Location"]).content.decode()
    assert leads(browser.get(start.format(slug))) == (calendar, "")
    assert browser.get(calendar).status_code == 200
    assert leads(sign_in(fresh).get(start.format(slug)))[0] == f"/t/{slug}/policy/"


def test_a_new_text_is_asked_about_in_the_same_session_and_new_settings_are_not(fresh):
    team = fresh.team
    policy.acknowledge(team=team, user=fresh.user)
    admin = make.member(team, "admin")
    browser = sign_in(fresh)
    policy.change_settings(member=admin, settings={"review": {"unknown": "attest"}})
    assert leads(browser.get("/"))[0] == f"/t/{team.slug}/calendar/"
    text = policy.current(team).text
    policy.publish(member=admin, text=f"{text}More.", note="", is_floor=False)
    assert leads(browser.get("/"))[0] == f"/t/{team.slug}/policy/"


@pytest.mark.parametrize(
    "to", ["https://evil.example/t/x/", "//evil.example/", "javascript:alert(1)", "/nothing/here/"]
)
def test_the_start_page_leads_nowhere_else(fresh, to):
    policy.acknowledge(team=fresh.team, user=fresh.user)
    answer = sign_in(fresh).get("/", {"next": to})
    assert answer.headers["Location"] == (
        "/nothing/here/" if to[1] == "n" else f"/t/{fresh.team.slug}/calendar/"
    )


@pytest.mark.parametrize("to", ["https://evil.example/", "javascript:alert(1)"])
def test_later_is_no_way_out_of_the_product(fresh, to):
    page = sign_in(fresh).get(f"/t/{fresh.team.slug}/policy/", {"next": to}).content.decode()
    assert "I have read it" in page
    assert "Later" not in page
    assert to not in page


def test_a_page_of_another_team_asks_nothing_of_it(fresh):
    policy.acknowledge(team=fresh.team, user=fresh.user)
    other = make.team()
    assert leads(sign_in(fresh).get("/", {"next": f"/t/{other.slug}/log/"})) == (f"/t/{other.slug}/log/", "")
