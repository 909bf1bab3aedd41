"""Two names of which the sandbox would make one account: the second is refused."""

from pathlib import Path

import pytest

from accounts import channels
from accounts.models import Channel, Membership
from platforms import rehearsal
from platforms.base import ConnectError, PublishError
from tests.accounts import log
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(admin: Membership) -> Channel:
    return channels.connect_sandbox(member=admin, name="Harbour News")


def test_a_name_whose_account_has_another_name_is_refused(
    enter: Enter, admin: Membership, channel: Channel
) -> None:
    client, address = enter(admin), f"/t/{admin.team.slug}/channels/connect/sandbox/"
    response = client.post(address, {"name": "Harbour-News!"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "which is the account of “Harbour News”" in page
    assert 'value="Harbour-News!"' in page
    assert Channel.objects.get().name == "Harbour News"
    assert not log.entries(admin.team, "channel.reconnected")
    assert client.post(address, {"name": "Harbour News"}).status_code == 302
    assert Channel.objects.get().pk == channel.pk
    log.only(admin.team, "channel.reconnected")


def test_a_refused_name_does_not_give_a_withdrawn_sign_in_back(admin: Membership, channel: Channel) -> None:
    home = Path(channel.credentials().instance) / channel.account_id
    rehearsal.revoke(home)
    with pytest.raises(ConnectError):
        channels.connect_sandbox(member=admin, name="harbour news", channel=channel)
    with pytest.raises(PublishError, match="withdrew this sign-in"):
        channel.adapter.check_sign_in(channel.credentials())
