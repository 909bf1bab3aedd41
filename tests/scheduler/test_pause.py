"""Stopping a team's sending from the page, and resuming."""

import pytest

from scheduler import pauses
from tests import factories as make
from tests.scheduler.pages import sign_in, url


@pytest.mark.parametrize("role", ["admin", "reviewer"])
def test_admins_and_reviewers_pause_and_resume(client, team, author, role):
    member = make.member(team, role)
    sign_in(client, member).post(url("pause", member), {"reason": "A storm is coming."})
    assert pauses.standing(team.pk).reason == "A storm is coming."
    assert "A storm is coming." in sign_in(client, author).get(url("calendar", author)).content.decode()
    sign_in(client, member).post(url("resume", member))
    assert pauses.standing(team.pk) is None


def test_it_asks_why_and_keeps_what_was_typed(client, team):
    admin = make.member(team, "admin")
    response = sign_in(client, admin).post(url("pause", admin), {"reason": " "})
    assert response.status_code == 422
    assert pauses.standing(team.pk) is None


def test_pausing_twice_and_resuming_nothing_are_explained(client, team):
    admin = make.member(team, "admin")
    sign_in(client, admin)
    assert "not paused" in client.post(url("resume", admin), follow=True).content.decode()
    client.post(url("pause", admin), {"reason": "One."})
    assert client.post(url("pause", admin), {"reason": "Two."}).status_code == 409
    assert pauses.standing(team.pk).reason == "One."


@pytest.mark.parametrize("role", ["author", "auditor"])
def test_others_do_neither(client, team, role):
    member = make.member(team, role)
    sign_in(client, member)
    assert client.get(url("pause", member)).status_code == 403
    assert client.post(url("pause", member), {"reason": "No."}).status_code == 403
    assert client.post(url("resume", member)).status_code == 403
    assert pauses.standing(team.pk) is None


def test_only_a_press_resumes(client, team):
    admin = make.member(team, "admin")
    sign_in(client, admin).post(url("pause", admin), {"reason": "One."})
    assert client.get(url("resume", admin)).status_code == 405
    assert pauses.standing(team.pk)
