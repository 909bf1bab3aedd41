"""Connecting Mastodon accounts: the whole OAuth way against a strict server on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import channels
from accounts.models import Channel, InstanceApp, Membership
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter
from tests.servers.mastodon_server import running_mastodon
from tests.servers.mastodon_state import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(loopback: None) -> Iterator[State]:
    with running_mastodon() as state:
        yield state


def url(of: Membership, ending: str = "connect/mastodon/") -> str:
    return f"/t/{of.team.slug}/channels/{ending}"


def start(client: Client, member: Membership, server: State, ending: str = "connect/mastodon/") -> str:
    """Names the server and reads the page that says where it leads; gives the address of the server's page."""
    response = client.post(url(member, ending), {"server": server.url})
    assert response.headers["Location"] == url(member, "mastodon/")
    page = client.get(url(member, "mastodon/"))
    assert urlsplit(server.url).netloc in page.content.decode()
    return str(page.context["url"])


def agree(address: str) -> str:
    """What the person does at the server; gives the way back, as a path here."""
    response = requests.get(address, allow_redirects=False, timeout=10)
    back = urlsplit(response.headers["Location"])
    return f"{back.path}?{back.query}"


def connect(client: Client, member: Membership, server: State) -> Channel:
    response = client.get(agree(start(client, member, server)))
    assert response.headers["Location"] == url(member, "")
    return Channel.objects.get()


def test_an_account_is_connected(enter: Enter, admin: Membership, server: State) -> None:
    channel = connect(enter(admin), admin, server)
    assert (channel.platform, channel.instance, channel.health) == ("mastodon", server.url, "connected")
    assert channel.handle.startswith("@alice@")
    assert channel.limits["max_characters"] == 500
    assert channels.check(member=admin, channel=channel).health == "connected"
    assert log.only(admin.team, "channel.connected")["data"]["instance"] == server.url


def test_what_the_server_says_is_cut_to_fit_and_cleaned(
    enter: Enter, admin: Membership, server: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"id": "9" * 255, "username": "a" * 300, "display_name": "A\x00da \ud800" + "n" * 300}
    monkeypatch.setattr(server, "account", lambda name: said)
    channel = connect(enter(admin), admin, server)
    assert channel.account_id == "9" * 255
    assert (len(channel.handle), len(channel.name)) == (255, 255)
    assert channel.name.startswith("A da n")
    assert channels.check(member=admin, channel=channel).health == "connected"
    leaf = log.only(admin.team, "channel.connected")
    assert leaf["tags"]["channel"] == [f"mastodon|{channel.account_id}|{server.url}"]


def test_an_id_that_does_not_fit_is_refused_in_words(enter: Enter, admin: Membership, server: State) -> None:
    server.accounts["alice"] = "9" * 256
    client = enter(admin)
    page = client.get(agree(start(client, admin, server)), follow=True).content.decode()
    assert "an id of more than 255 characters" in page
    assert not Channel.objects.exists()


def test_secrets_are_sealed_and_shown_nowhere(enter: Enter, admin: Membership, server: State) -> None:
    client = enter(admin)
    with log.written() as text:
        channel = connect(client, admin, server)
        page = client.get(url(admin, "")).content.decode()
    app = InstanceApp.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sealed FROM accounts_channel UNION ALL SELECT sealed FROM accounts_instanceapp"
        )
        raw = [bytes(row[0]) for row in cursor.fetchall()]
    secrets = {**channel.credentials().secrets, **app.app}
    assert set(secrets) == {"access_token", "client_id", "client_secret"}
    for name, secret in secrets.items():
        assert all(secret.encode() not in each for each in raw), name
        assert secret not in page, name
        assert secret not in log.everything(), name
        assert name == "client_id" or secret not in text.getvalue(), name


def test_the_way_uses_pkce_and_asks_for_little(enter: Enter, admin: Membership, server: State) -> None:
    asked = parse_qs(urlsplit(start(enter(admin), admin, server)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["read:accounts read:statuses write:statuses write:media"]
    assert asked["redirect_uri"] == [channels.redirect_uri()]


def test_a_state_that_is_not_ours_connects_nothing(enter: Enter, admin: Membership, server: State) -> None:
    client = enter(admin)
    back = agree(start(client, admin, server))
    forged = back.replace("state=", "state=x")
    page = client.get(forged, follow=True).content.decode()
    assert "was not started here" in page
    assert not Channel.objects.exists()
    page = client.get(back, follow=True).content.decode()
    assert "used already" in page, "the state is for one use, whatever came of it"
    assert not Channel.objects.exists()


def test_a_link_that_somebody_else_sends_connects_nothing(
    enter: Enter, admin: Membership, server: State
) -> None:
    """Otherwise an attacker's account could become a channel of the team."""
    back = agree(start(enter(admin), admin, server))
    victim = factories.member(admin.team, "admin")
    response = enter(victim).get(back, follow=True)
    assert "was not started here" in response.content.decode()
    assert not Channel.objects.exists()


def test_somebody_signed_out_is_asked_to_sign_in(admin: Membership) -> None:
    response = Client().get("/channels/mastodon/callback/?code=x&state=y")
    assert response.headers["Location"].startswith("/accounts/login/")


def test_who_lost_the_role_meanwhile_connects_nothing(enter: Enter, admin: Membership, server: State) -> None:
    client = enter(admin)
    back = agree(start(client, admin, server))
    Membership.objects.filter(pk=admin.pk).update(is_admin=False)
    assert client.get(back).status_code == 403
    assert not Channel.objects.exists()


def test_who_left_the_team_meanwhile_finds_nothing(enter: Enter, admin: Membership, server: State) -> None:
    client = enter(admin)
    back = agree(start(client, admin, server))
    Membership.objects.filter(pk=admin.pk).update(ended_at=timezone.now())
    assert client.get(back).status_code == 404
    assert not Channel.objects.exists()


def test_a_refusal_at_the_server_is_said(enter: Enter, admin: Membership, server: State) -> None:
    server.settings.refuse_sign_in = True
    client = enter(admin)
    page = client.get(agree(start(client, admin, server)), follow=True).content.decode()
    assert "refused or cancelled" in page
    assert not Channel.objects.exists()


def test_reconnecting_renews_and_another_account_is_refused(
    enter: Enter, admin: Membership, server: State
) -> None:
    client = enter(admin)
    channel = connect(client, admin, server)
    server.registry.revoke("alice")
    assert channels.check(member=admin, channel=channel).health == "attention"
    ending = f"{channel.pk}/reconnect/"
    assert f'value="{server.url}"' in client.get(url(admin, ending)).content.decode()
    server.settings.sign_in_as = "bob"
    page = client.get(agree(start(client, admin, server, ending)), follow=True).content.decode()
    assert "You signed in as @bob@" in page
    assert Channel.objects.get().health == "attention"
    server.settings.sign_in_as = "alice"
    client.get(agree(start(client, admin, server, ending)))
    channel.refresh_from_db()
    assert channel.health == "connected"
    assert channels.check(member=admin, channel=channel).health == "connected"


def test_one_registration_serves_every_team(enter: Enter, admin: Membership, server: State) -> None:
    start(enter(admin), admin, server)
    other = factories.member(factories.team(), "admin")
    start(enter(other), other, server)
    assert len(server.registry.apps) == 1


def test_a_registration_that_nobody_used_for_long_is_made_anew(
    enter: Enter, admin: Membership, server: State
) -> None:
    """Mastodon removes unused apps after a day, and then shows people an error page."""
    start(enter(admin), admin, server)
    InstanceApp.objects.update(created_at=timezone.now() - timedelta(days=2))
    client = enter(admin)
    start(client, admin, server)
    assert len(server.registry.apps) == 2
    connect(client, admin, server)
    InstanceApp.objects.update(created_at=timezone.now() - timedelta(days=2))
    start(client, admin, server)
    assert len(server.registry.apps) == 2


def test_a_registration_sealed_with_a_lost_key_is_made_anew(
    enter: Enter, admin: Membership, server: State
) -> None:
    start(enter(admin), admin, server)
    InstanceApp.objects.update(sealed=b"sealed with another key")
    connect(enter(admin), admin, server)
    assert len(server.registry.apps) == 2


def test_a_server_that_is_something_else_is_said_beside_the_field(
    enter: Enter, admin: Membership, loopback: None
) -> None:
    response = enter(admin).post(url(admin), {"server": "http://127.0.0.1:1"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "could not be reached" in page
    assert 'value="http://127.0.0.1:1"' in page


@pytest.mark.usefixtures("strict")
def test_a_private_address_is_refused(enter: Enter, admin: Membership) -> None:
    response = enter(admin).post(url(admin), {"server": "https://192.168.1.1"})
    assert response.status_code == 422
    assert "192.168.1.1 is not on the public internet" in response.content.decode()


def test_the_page_in_between_needs_a_start(enter: Enter, admin: Membership) -> None:
    assert enter(admin).get(url(admin, "mastodon/")).headers["Location"] == url(admin)
