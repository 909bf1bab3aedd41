"""Every page of the scheduler opens for who may see it."""

import pytest
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make.team()


@pytest.fixture
def author(team):
    return make.member(team, "author")


def test_the_calendar_opens_in_each_view(client, team, author):
    make.post(author)
    client.force_login(author.user)
    for view in ("", "month", "week", "list", "nonsense"):
        response = client.get(reverse("calendar", args=[team.slug]), {"view": view})
        assert response.status_code == 200
        assert "The tide tables for next week" in response.content.decode()


def test_the_list_compose_edit_and_post_pages_open(client, team, author):
    post = make.post(author)
    client.force_login(author.user)
    for name, args in (("posts", []), ("compose", []), ("edit", [post.pk]), ("post", [post.pk])):
        assert client.get(reverse(name, args=[team.slug, *args])).status_code == 200
