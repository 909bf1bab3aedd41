"""When a sign-in is to be renewed, and what its page says of that."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import renewals, sealing
from accounts.models import Channel, Membership
from tests.accounts.conftest import Enter
from tests.accounts.renewing.conftest import Server
from tests.accounts.renewing.use import connected
from tests.servers.mastodon_state import Fault, State

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seconds", [60, 7200, 60 * 86_400])
def test_a_sign_in_is_to_be_renewed_a_fifth_before_its_end(
    admin: Membership, cold: Server, seconds: int
) -> None:
    channel = connected(admin, cold.state, cold.state.sign_in("alice", seconds))
    assert channel.renew_at is not None
    expected = max(seconds * 0.8, 60)
    assert channel.renew_at - channel.connected_at == timedelta(seconds=expected)


def test_a_sign_in_without_an_end_is_never_renewed(admin: Membership, cold: Server) -> None:
    token = cold.state.token_for("alice")
    channel = connected(admin, cold.state, {"access_token": token, "client_id": "a", "client_secret": "b"})
    assert channel.renew_at is None
    assert sealing.unseal(channel.sealed)["access_token"] == token


def test_the_page_says_when_and_what_keeps_it_from_renewing(
    enter: Enter, channel: Channel, admin: Membership, server: State
) -> None:
    def page() -> str:
        return re.sub(r"<[^>]*>", "", enter(admin).get(f"/t/{admin.team.slug}/channels/").content.decode())

    assert "checked just now; the sign-in renews itself in 48 min" in page()
    server.faults = [Fault("status_before", "/oauth/token", status=503)]
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())
    renewals.renew(channel.pk)
    assert "could not be renewed yet, and is tried again: 127.0.0.1" in page()
    server.registry.revoke("alice")
    Channel.objects.filter(pk=channel.pk).update(renew_at=timezone.now())
    renewals.renew(channel.pk)
    assert "renews itself" not in page(), "nothing is promised of a channel that needs attention"
