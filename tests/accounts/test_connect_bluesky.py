"""Connecting Bluesky accounts: refusals here, and (live) the real server."""

import os

import pytest
import requests
from django.db import connection

from accounts import channels, sealing
from accounts.models import Channel, Membership
from platforms.base import Account, ConnectError
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db

SECRET = "abcd-efgh-ijkl-mnop"


def url(of: Membership, ending: str = "connect/bluesky/") -> str:
    return f"/t/{of.team.slug}/channels/{ending}"


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("https://127.0.0.1", "not on the public internet"),
        ("https://10.1.2.3:8443", "not on the public internet"),
        ("https://169.254.169.254", "not on the public internet"),
        ("https://[::1]", "not on the public internet"),
        ("https://localhost", "not on the public internet"),
        ("http://bsky.social", "must start with https://"),
        ("https://me:secret@bsky.social", "Leave out user name"),
        ("not a server", "is not the"),
    ],
)
def test_a_server_that_may_not_be_reached_is_refused_beside_its_field(
    enter: Enter, admin: Membership, server: str, words: str
) -> None:
    given = {"handle": "alice.test", "app_password": SECRET, "server": server}
    response = enter(admin).post(url(admin), given)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'aria-invalid="true"' in page.split('name="server"')[1].split(">")[0]
    assert 'value="alice.test"' in page
    assert SECRET not in page
    assert not Channel.objects.exists()


@pytest.mark.usefixtures("loopback")
def test_a_server_that_does_not_answer_is_named_and_the_handle_kept(enter: Enter, admin: Membership) -> None:
    given = {"handle": "alice.test", "app_password": SECRET, "server": "http://127.0.0.1:1"}
    with log.written() as text:
        response = enter(admin).post(url(admin), given)
    assert response.status_code == 422
    page = response.content.decode()
    assert "127.0.0.1:1 could not be reached" in page
    assert 'value="alice.test"' in page
    assert SECRET not in page
    assert SECRET not in text.getvalue()


@pytest.fixture
def pds() -> str:
    """A real Bluesky server (PDS)."""
    address = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")
    try:
        requests.get(f"{address}/xrpc/com.atproto.server.describeServer", timeout=5).raise_for_status()
    except requests.RequestException:
        pytest.skip(f"No Bluesky server answers at {address}. Run script/test --live, which starts one.")
    return address


@pytest.mark.live
@pytest.mark.usefixtures("loopback")
class TestRealServer:
    def test_an_account_is_connected_and_its_secrets_are_sealed(
        self, enter: Enter, admin: Membership, pds: str
    ) -> None:
        client = enter(admin)
        with log.written() as text:
            response = client.post(
                url(admin), {"handle": "@alice.test", "app_password": "alice-pass", "server": pds}
            )
            page = client.get(url(admin, "")).content.decode()
        assert response.status_code == 302
        channel = Channel.objects.get()
        assert (channel.handle, channel.instance) == ("@alice.test", pds)
        assert channel.account_id.startswith("did:plc:")
        secrets = channel.credentials().secrets
        assert secrets["app_password"] == "alice-pass"
        for secret in secrets.values():
            assert secret not in page
            assert secret not in text.getvalue()
            assert secret not in log.everything()
            assert secret.encode() not in raw_sealed(channel)

    def test_a_wrong_password_is_said_and_nothing_is_stored(
        self, enter: Enter, admin: Membership, pds: str
    ) -> None:
        given = {"handle": "alice.test", "app_password": "wrong-pass", "server": pds}
        response = enter(admin).post(url(admin), given)
        assert response.status_code == 422
        page = response.content.decode()
        assert "Handle or app password is wrong." in page
        assert 'value="alice.test"' in page
        assert "wrong-pass" not in page
        assert not Channel.objects.exists()

    def test_a_check_renews_and_a_lost_sign_in_is_reconnected(self, admin: Membership, pds: str) -> None:
        channel = channels.connect_bluesky(
            member=admin, handle="alice.test", app_password="alice-pass", server=pds
        )
        assert channels.check(member=admin, channel=channel).health == "connected"
        channel.sealed = sealing.seal({"app_password": "wrong", "access": "", "refresh": ""})
        channel.save()
        assert channels.check(member=admin, channel=channel).health == "attention"
        again = channels.connect_bluesky(
            member=admin, handle="alice.test", app_password="alice-pass", server=pds, channel=channel
        )
        assert again.pk == channel.pk
        assert channels.check(member=admin, channel=again).health == "connected"

    def test_another_account_is_refused_by_name(self, enter: Enter, admin: Membership, pds: str) -> None:
        channel = channels.connect_bluesky(
            member=admin, handle="alice.test", app_password="alice-pass", server=pds
        )
        before = bytes(Channel.objects.get().sealed)
        response = enter(admin).post(
            url(admin, f"{channel.pk}/reconnect/"),
            {"handle": "bob.test", "app_password": "bob-pass", "server": pds},
        )
        assert response.status_code == 422
        assert "You signed in as @bob.test, and this channel is @alice.test" in response.content.decode()
        assert bytes(Channel.objects.get().sealed) == before


def raw_sealed(channel: Channel) -> bytes:
    """The column as it lies in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM accounts_channel WHERE id = %s", [channel.pk])
        row = cursor.fetchone()
    return bytes(row[0])


def test_an_incomplete_sign_in_never_replaces_a_good_one(admin: Membership) -> None:
    account = Account("did:plc:abc", "@alice.test", "alice.test", "https://bsky.social")
    good = channels._store(admin, "bluesky", account, {"app_password": SECRET}, instance=account.instance)
    for secrets in ({}, {"app_password": ""}):
        with pytest.raises(ConnectError, match="incomplete"):
            channels._store(admin, "bluesky", account, secrets, instance=account.instance)
    good.refresh_from_db()
    assert good.credentials().secrets == {"app_password": SECRET}
    assert SECRET.encode() not in raw_sealed(good)
