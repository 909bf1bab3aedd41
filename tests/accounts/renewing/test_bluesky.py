"""Sessions of a real Bluesky server: https://www.npmjs.com/package/@atproto/pds."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from accounts import channels, sealing
from accounts.models import Channel, Membership
from platforms.base import PublishError
from tests.accounts.renewing.use import a_fifth_before_its_end, in_threads, now, use

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def channel(admin: Membership, loopback: None) -> Channel:
    url = os.environ.get("COUNTERSIGN_BSKY_URL", "http://127.0.0.1:2583")
    return channels.connect_bluesky(member=admin, handle="alice.test", app_password="alice-pass", server=url)


def test_the_end_of_a_session_is_known(channel: Channel) -> None:
    term = channel.adapter.sign_in_term(channel.credentials().secrets)  # type: ignore[attr-defined]
    assert term.ends - term.begins == timedelta(hours=2)
    assert a_fifth_before_its_end(channel, term)


@pytest.mark.parametrize("refresh", ["good", "refused"])
def test_two_that_renew_at_once_go_on_with_one_session(channel: Channel, refresh: str) -> None:
    """Two renewals would bring two access tokens."""
    secrets = dict(channel.credentials().secrets)
    secrets |= {"access": secrets["refresh"]}  # the right form, and refused
    secrets |= {"refresh": "gone"} if refresh == "refused" else {}
    channel.sealed = sealing.seal(secrets)
    channel.save()
    each = [now(channel).credentials(), now(channel).credentials()]
    works = [lambda mine=mine: channel.adapter.check_sign_in(mine) for mine in each]
    assert in_threads(works) == []
    assert each[0].secrets == each[1].secrets == now(channel).credentials().secrets
    assert each[0].secrets["access"] != secrets["access"]
    assert (now(channel).health, now(channel).renewing_until) == ("connected", None)
    term = channel.adapter.sign_in_term(each[0].secrets)  # type: ignore[attr-defined]
    assert a_fifth_before_its_end(now(channel), term)


def test_a_revoked_session_without_a_password_is_refused(channel: Channel) -> None:
    channel.sealed = sealing.seal({"access": "x.y.z", "refresh": "x.y.z"})
    channel.save()
    with pytest.raises(PublishError) as raised:
        use(channel)
    assert raised.value.needs_reconnect
    assert now(channel).renewing_until is None
