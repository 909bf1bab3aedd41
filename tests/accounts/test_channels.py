"""Connecting, checking and disconnecting channels, with the sandbox for real."""

from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from accounts import channels, sealing
from accounts.errors import Closed, NotAllowed, Refused
from accounts.models import Channel, Membership, Notice
from platforms import rehearsal
from platforms.base import PublishError
from tests import factories
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db

Health = Channel.Health


def url(of: Membership, ending: str = "") -> str:
    return f"/t/{of.team.slug}/channels/{ending}"


def home(channel: Channel) -> Path:
    return Path(settings.SANDBOX_DIR) / str(channel.team_id) / channel.account_id


@pytest.fixture
def channel(admin: Membership) -> Channel:
    return channels.connect_sandbox(member=admin, name="Seal Rescue")


def test_an_admin_connects_a_sandbox_account(enter: Enter, admin: Membership) -> None:
    client = enter(admin)
    assert "No channel yet" in client.get(url(admin)).content.decode()
    assert client.post(url(admin, "connect/sandbox/"), {"name": "Seal Rescue"}).status_code == 302
    made = Channel.objects.get()
    assert (made.team, made.platform, made.account_id) == (admin.team, "sandbox", "seal-rescue")
    assert (made.handle, made.name, made.health) == ("@seal-rescue", "Seal Rescue", Health.CONNECTED)
    assert made.instance == ""
    assert made.adapter.check_sign_in(made.credentials()).name == "Seal Rescue"
    assert "@seal-rescue" in client.get(url(admin)).content.decode()
    leaf = log.only(admin.team, "channel.connected")
    assert leaf["data"] == {"channel": made.pk, "platform": "sandbox", "instance": ""}
    assert leaf["tags"]["channel"] == ["sandbox|seal-rescue"]


def test_two_teams_have_sandbox_accounts_of_their_own(channel: Channel) -> None:
    other = channels.connect_sandbox(member=factories.member(factories.team(), "admin"), name="Seal Rescue")
    assert other.credentials().instance != channel.credentials().instance


def test_the_same_account_again_is_the_same_channel(admin: Membership, channel: Channel) -> None:
    again = channels.connect_sandbox(member=admin, name="Seal Rescue")
    assert again.pk == channel.pk
    log.only(admin.team, "channel.reconnected")


def test_a_bad_name_is_shown_beside_the_field(enter: Enter, admin: Membership) -> None:
    response = enter(admin).post(url(admin, "connect/sandbox/"), {"name": ""})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()
    assert not Channel.objects.exists()


def test_a_withdrawn_sign_in_needs_attention_until_it_is_reconnected(
    enter: Enter, admin: Membership, channel: Channel
) -> None:
    client = enter(admin)
    rehearsal.revoke(home(channel))
    assert client.post(url(admin, f"{channel.pk}/check/")).status_code == 302
    channel.refresh_from_db()
    assert channel.health == Health.ATTENTION
    assert "withdrew this sign-in" in channel.health_reason
    page = client.get(url(admin)).content.decode()
    assert "needs attention" in page
    assert "withdrew this sign-in" in page
    client.post(url(admin, f"{channel.pk}/check/"))
    log.only(admin.team, "channel.attention")
    again = url(admin, f"{channel.pk}/reconnect/")
    assert 'value="Seal Rescue"' in client.get(again).content.decode()
    assert client.post(again, {"name": "Seal Rescue"}).status_code == 302
    channel.refresh_from_db()
    assert (channel.health, channel.health_reason) == (Health.CONNECTED, "")
    assert channels.check(member=admin, channel=channel).health == Health.CONNECTED


def test_a_sign_in_that_is_good_again_recovers(admin: Membership, channel: Channel) -> None:
    rehearsal.revoke(home(channel))
    channels.check(member=admin, channel=channel)
    rehearsal.restore(home(channel))
    assert channels.check(member=admin, channel=channel).health == Health.CONNECTED
    log.only(admin.team, "channel.recovered")


def test_reconnecting_as_another_account_is_refused_by_name(
    enter: Enter, admin: Membership, channel: Channel
) -> None:
    response = enter(admin).post(url(admin, f"{channel.pk}/reconnect/"), {"name": "Somebody Else"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "You signed in as @somebody-else, and this channel is @seal-rescue" in page
    assert Channel.objects.get().account_id == "seal-rescue"
    with pytest.raises(Refused):
        channels.connect_sandbox(member=admin, name="Somebody Else", channel=channel)


def test_disconnecting_asks_first_and_drops_the_credentials(
    enter: Enter, admin: Membership, channel: Channel
) -> None:
    Channel.objects.filter(pk=channel.pk).update(sealed=sealing.seal({"token": "x"}))
    client, address = enter(admin), url(admin, f"{channel.pk}/disconnect/")
    assert "Posts that wait for it are held" in client.get(address).content.decode()
    channel.refresh_from_db()
    assert channel.health == Health.CONNECTED
    assert client.post(address).status_code == 302
    channel.refresh_from_db()
    assert channel.health == Health.DISCONNECTED
    assert bytes(channel.sealed) == b""
    log.only(admin.team, "channel.disconnected")
    page = client.get(url(admin)).content.decode()
    assert "Connect again" in page
    response = client.post(address)
    assert response.status_code == 409
    assert "is disconnected already" in response.content.decode()


def test_a_disconnected_channel_is_not_checked_but_reconnected(
    enter: Enter, admin: Membership, channel: Channel
) -> None:
    channels.disconnect(member=admin, channel_id=channel.pk)
    channel.refresh_from_db()
    response = enter(admin).post(url(admin, f"{channel.pk}/check/"))
    assert response.status_code == 409
    with pytest.raises(Closed):
        channels.check(member=admin, channel=channel)
    channels.connect_sandbox(member=admin, name="Seal Rescue", channel=channel)
    channel.refresh_from_db()
    assert channel.is_usable


def test_an_old_check_does_not_undo_a_new_connection(admin: Membership, channel: Channel) -> None:
    """The check began before the channel was connected anew; what it found is about the old sign-in."""
    before = Channel.objects.get(pk=channel.pk)
    channels.connect_sandbox(member=admin, name="Seal Rescue")
    rehearsal.revoke(home(channel))
    assert channels.check(member=admin, channel=before).health == Health.CONNECTED
    assert not log.entries(admin.team, "channel.attention")


def test_credentials_sealed_with_a_lost_key_need_attention(admin: Membership, channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(sealed=b"sealed with another key")
    channel.refresh_from_db()
    found = channels.check(member=admin, channel=channel)
    assert found.health == Health.ATTENTION
    assert "Connect the account again" in found.health_reason


def test_any_member_looks_and_only_admins_change(enter: Enter, author: Membership, channel: Channel) -> None:
    client = enter(author)
    page = client.get(url(author)).content.decode()
    assert "@seal-rescue" in page
    assert "connect/" not in page.split("<main")[1]
    for ending in ("connect/sandbox/", f"{channel.pk}/reconnect/", f"{channel.pk}/disconnect/"):
        assert client.get(url(author, ending)).status_code == 403
        assert client.post(url(author, ending), {"name": "X"}).status_code == 403
    assert client.post(url(author, f"{channel.pk}/check/")).status_code == 403
    with pytest.raises(NotAllowed):
        channels.connect_sandbox(member=author, name="X")
    with pytest.raises(NotAllowed):
        channels.disconnect(member=author, channel_id=channel.pk)
    with pytest.raises(NotAllowed):
        channels.check(member=author, channel=channel)
    assert not (Path(settings.SANDBOX_DIR) / str(author.team_id) / "x").exists()


def test_another_teams_channel_is_not_found(enter: Enter, channel: Channel) -> None:
    elsewhere = factories.member(factories.team(), "admin")
    client = enter(elsewhere)
    for ending in ("reconnect/", "disconnect/", "check/"):
        assert client.post(url(elsewhere, f"{channel.pk}/{ending}"), {"name": "X"}).status_code == 404
    with pytest.raises(Channel.DoesNotExist):
        channels.disconnect(member=elsewhere, channel_id=channel.pk)
    channel.refresh_from_db()
    assert channel.health == Health.CONNECTED


def test_a_platform_that_is_not_there_is_not_found(enter: Enter, admin: Membership) -> None:
    assert enter(admin).get(url(admin, "connect/geocities/")).status_code == 404


def test_a_gone_sandbox_folder_is_said(enter: Enter, admin: Membership, channel: Channel) -> None:
    (home(channel) / "account.json").unlink()
    with pytest.raises(PublishError):
        channel.adapter.check_sign_in(channel.credentials())
    page = enter(admin).post(url(admin, f"{channel.pk}/check/"), follow=True).content.decode()
    assert "has no such account" in page


def test_many_channels_take_as_many_queries_as_few(
    enter: Enter, admin: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = enter(admin)
    client.get(url(admin))
    for number in range(20):
        factories.channel(admin.team, f"Pier {number}")
    with django_assert_max_num_queries(12):
        client.get(url(admin))


def test_what_the_sender_finds_is_told_once_and_logged(admin: Membership, channel: Channel) -> None:
    assert channels.need_attention(channel=channel, reason="The password was changed.")
    assert not channels.need_attention(channel=channel, reason="The password was changed.")
    leaf = log.only(admin.team, "channel.attention")
    assert (leaf["actor"], leaf["outcome"]) == (None, "attention")
    assert Notice.objects.filter(user=admin.user, text__contains="The password was changed.").count() == 1


def test_what_a_worker_finds_late_does_not_undo_a_new_connection(admin: Membership, channel: Channel) -> None:
    held = Channel.objects.get(pk=channel.pk)
    channels.connect_sandbox(member=admin, name="Seal Rescue")
    assert not channels.need_attention(channel=held, reason="Too late.")
    channel.refresh_from_db()
    assert channel.health == Health.CONNECTED
    assert bytes(channel.sealed) == b""
