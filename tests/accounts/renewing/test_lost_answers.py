"""A server in trouble, a lost answer, a secret that cannot be opened: what is kept, and what a person hears."""

from __future__ import annotations

import pytest

from accounts import channels
from accounts.models import Channel, Membership
from platforms.base import Credentials, PublishError, exchanged
from tests.accounts import log
from tests.accounts.renewing.conftest import Server
from tests.accounts.renewing.use import now, use
from tests.servers.mastodon_state import Fault, State

database = pytest.mark.django_db


@database
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status_before", "/oauth/token", status=500),
        Fault("status_before", "/oauth/token", status=429),
        Fault("status_before", "/oauth/token", status=404),
        Fault("drop_before", "/oauth/token"),
        Fault("redirect", "/oauth/token", headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_a_server_in_trouble_loses_no_sign_in(channel: Channel, server: State, fault: Fault) -> None:
    before = channel.credentials().secrets
    server.registry.expire()
    server.faults = [Fault(fault.kind, fault.path, status=fault.status, headers=fault.headers)]
    with pytest.raises(PublishError) as raised:
        use(channel)
    assert (raised.value.permanent, raised.value.maybe_sent, raised.value.needs_reconnect) == (False,) * 3
    kept = now(channel)
    assert (kept.health, kept.renewing_until, kept.credentials().secrets) == ("connected", None, before)
    use(channel)
    assert server.registry.refreshes == 1


@database
def test_a_server_that_is_not_there_loses_no_sign_in(channel: Channel, cold: Server) -> None:
    cold._httpd.server_close()
    with pytest.raises(PublishError, match="could not be reached") as raised:
        channel.adapter.renew_sign_in(channel.credentials())  # type: ignore[attr-defined]
    assert not raised.value.needs_reconnect
    assert (now(channel).health, now(channel).renewing_until) == ("connected", None)


@database
def test_an_answer_that_was_lost_needs_a_person(channel: Channel, server: State, admin: Membership) -> None:
    """The server has given out the next token, and nobody has it. Nothing can be done but to sign in anew, and that is
    said."""
    server.registry.expire()
    server.faults = [Fault("drop_after", "/oauth/token")]
    with pytest.raises(PublishError) as raised:
        use(channel)
    assert not raised.value.needs_reconnect
    found = channels.check(member=admin, channel=now(channel))
    assert (found.health, server.registry.reuses) == ("attention", 1)
    assert "did not renew the sign-in (400)" in found.health_reason


@database
@pytest.mark.parametrize("left_out", [{}, {"refresh_token": ""}])
def test_a_refresh_token_is_never_replaced_by_nothing(channel: Channel, left_out: dict[str, str]) -> None:
    before = channel.credentials().secrets["refresh_token"]
    channel.credentials().renew(lambda _: {"access_token": "new", **left_out})
    assert now(channel).credentials().secrets["refresh_token"] == before
    assert now(channel).credentials().secrets["access_token"] == "new"


@database
def test_what_is_stored_cannot_be_opened_any_more(channel: Channel) -> None:
    credentials = channel.credentials()
    Channel.objects.filter(pk=channel.pk).update(sealed=b"sealed with another key")
    with pytest.raises(PublishError, match="Connect the account again") as raised:
        credentials.renew(lambda _: {"access_token": "new"})
    assert raised.value.needs_reconnect
    assert bytes(now(channel).sealed) == b"sealed with another key"


@database
def test_no_secret_of_a_renewal_is_told(channel: Channel, server: State) -> None:
    before = channel.credentials().secrets
    server.registry.expire()
    with log.written() as text:
        use(channel)
    after = now(channel).credentials().secrets
    assert before["access_token"] != after["access_token"]
    told = text.getvalue() + log.everything() + repr(now(channel).credentials())
    secrets = {
        value
        for each in (before, after)
        for name, value in each.items()
        if "token" in name or "secret" in name
    }
    assert len(secrets) == 5
    assert not [secret for secret in secrets if secret in told]


def test_credentials_of_nobody_are_renewed_for_themselves() -> None:
    credentials = Credentials(account_id="1", instance="", secrets={"a": "1", "b": "2"})
    credentials.renew(lambda secrets: {"a": "new", "b": ""})
    assert credentials.secrets == exchanged({"a": "new", "b": "2"}, lambda _: {}) == {"a": "new", "b": "2"}
