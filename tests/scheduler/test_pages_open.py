"""Every page of the scheduler opens for who may see it, and for nobody else."""

import pytest
from django.urls import reverse

from tests import factories as make

READ = [("calendar", False), ("posts", False), ("post", True)]
WRITE = [("compose", False), ("edit", True), ("post-retime", True), ("post-cancel", True)]
POSTS = ["post-submit", "post-withdraw", "post-cancel", "post-retime", "post-duplicate"]


def address(name, team, post, takes_post):
    return reverse(name, args=[team.slug, post.pk] if takes_post else [team.slug])


@pytest.mark.parametrize(("name", "takes_post"), READ)
def test_any_member_may_look(client, team, author, name, takes_post):
    client.force_login(make.member(team, "auditor").user)
    response = client.get(address(name, team, make.post(author), takes_post))
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["posts", "log", "sandbox"])
def test_an_empty_page_asks_only_authors_to_write(client, team, channel, name):
    args = [team.slug, channel.pk] if name == "sandbox" else [team.slug]
    for role, offered in (("author", True), ("auditor", False)):
        client.force_login(make.member(team, role).user)
        page = client.get(reverse(name, args=args)).content.decode()
        assert (reverse("compose", args=[team.slug]) in page) is offered


@pytest.mark.parametrize(("name", "takes_post"), WRITE)
def test_authors_write_and_auditors_do_not(client, team, author, name, takes_post):
    post = make.post(author)
    client.force_login(author.user)
    assert client.get(address(name, team, post, takes_post)).status_code == 200
    client.force_login(make.member(team, "auditor").user)
    assert client.get(address(name, team, post, takes_post)).status_code == 403


@pytest.mark.parametrize(("name", "takes_post"), READ + WRITE)
def test_nobody_of_another_team_and_nobody_unknown(client, team, author, name, takes_post):
    where = address(name, team, make.post(author), takes_post)
    assert client.get(where).status_code == 302
    client.force_login(make.member(make.team(), "author", "admin", "reviewer").user)
    assert client.get(where).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_another_teams_post_is_not_there(client, team, author, name):
    stranger = make.member(make.team(), "author", "admin", "reviewer")
    post = make.post(author)
    client.force_login(stranger.user)
    assert client.post(reverse(name, args=[stranger.team.slug, post.pk])).status_code == 404


def test_another_teams_post_cannot_be_reached_through_the_forms(client, team, author):
    stranger = make.member(make.team(), "author")
    post = make.post(author)
    client.force_login(stranger.user)
    for name in ("autosave", "preview"):
        where = reverse(name, args=[stranger.team.slug])
        assert (
            client.post(where, {"post": post.pk, "text": "Mine now", "version": post.version}).status_code
            == 400
        )
    where = reverse("compose", args=[stranger.team.slug])
    assert (
        client.post(where, {"post": post.pk, "text": "Mine now", "version": post.version}).status_code == 404
    )
    post.refresh_from_db()
    assert post.version == 1
