"""Stopping a team's sending from the page, and resuming."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduler import missing, pauses
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


def due(author, reviewer, channel, title="Ferry", minutes=5):
    post = make.approved(author, reviewer, channel, title=title, text=f"{title} news.")
    return make.make_due(post, timedelta(minutes=minutes))


def digest(page):
    return re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]


def test_resuming_shows_what_is_due_and_what_was_missed_and_asks(client, team, author, reviewer, channel):
    pauses.pause(by=reviewer.user, member=reviewer, reason="A storm.")
    team.pauses.update(at=timezone.now() - timedelta(minutes=30))
    due(author, reviewer, channel)
    due(author, reviewer, channel, "Lighthouse", 20)
    missing.miss_late(timezone.now())
    page = sign_in(client, reviewer).get(url("pause", reviewer)).content.decode()
    listed, missed = page.split("Missed since then")
    assert "Ferry" in listed
    assert "Lighthouse" in missed
    assert "Resume and send this" in page
    answer = client.post(url("resume", reviewer), {"seen": digest(page)})
    assert answer.status_code == 409
    assert "Say whether to send" in answer.content.decode()
    assert pauses.standing(team.pk)


@pytest.mark.parametrize(("then", "state"), [("send", "waiting"), ("miss", "missed")])
def test_what_was_listed_is_what_is_decided_on(client, team, author, reviewer, channel, then, state):
    pauses.pause(by=reviewer.user, member=reviewer, reason="A storm.")
    first = due(author, reviewer, channel)
    old = sign_in(client, reviewer).get(url("pause", reviewer)).content.decode()
    second = due(author, reviewer, channel, "Lighthouse", 1)
    answer = client.post(url("resume", reviewer), {"seen": digest(old), "then": then})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "changed since it was listed" in page
    assert page.index("Ferry") < page.index("Lighthouse")
    assert pauses.standing(team.pk)
    done = client.post(url("resume", reviewer), {"seen": digest(page), "then": then}, follow=True)
    assert "Sending goes on" in done.content.decode()
    assert [post.deliveries.get().state for post in (first, second)] == [state] * 2


def test_a_pause_of_all_is_in_the_banner_and_on_the_calendar_and_only_an_operator_ends_it(
    client, team, author, reviewer
):
    pauses.pause(by=make.user("Olu", is_superuser=True), reason="An incident.")
    for member in (author, reviewer):
        page = sign_in(client, member).get(url("calendar", member)).content.decode()
        assert "Publishing is paused for everybody" in page
        assert "An incident." in page
        assert "Olu" in page
        assert "Resume…" not in page
    page = client.get(url("pause", reviewer)).content.decode()
    assert "Only an operator of this installation ends that." in page
    assert "not paused" in client.post(url("resume", reviewer), follow=True).content.decode()
    assert pauses.standing(team.pk)


def test_eight_posts_that_are_due_cost_as_many_queries_as_two(client, team, author, reviewer, channel):
    pauses.pause(by=reviewer.user, member=reviewer, reason="A storm.")
    for n in range(2):
        due(author, reviewer, channel, f"Ferry {n}")
    sign_in(client, reviewer).get(url("pause", reviewer))
    with CaptureQueriesContext(connection) as few:
        client.get(url("pause", reviewer))
    for n in range(6):
        due(author, reviewer, channel, f"Lighthouse {n}")
    with CaptureQueriesContext(connection) as many:
        assert "Lighthouse 5" in client.get(url("pause", reviewer)).content.decode()
    assert len(many) == len(few) < 25


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
