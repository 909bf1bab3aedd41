"""A handle is looked up when a post is submitted; what is sent tags whom the reviewer was shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts import sealing
from accounts.models import Channel, Membership, Team
from platforms import guard, http
from platforms.base import Mention
from scheduler import mentions, sender
from scheduler.freeze import draft_content, freeze
from scheduler.models import Delivery
from tests import factories as make
from tests.servers.at_handles import Handles, running_handles

ANNA, BOB = "did:plc:anna", "did:plc:bob"
TEXT = "Thank you @anna.example and @nobody.example for the tide tables."


@pytest.fixture
def server() -> Iterator[Handles]:
    before = guard.settings.allow_loopback, guard.settings.user_agent
    http.configure(allow_loopback=True, user_agent="Countersign/test")
    with running_handles(**{"anna.example": ANNA, "bob.example": BOB}) as state:
        yield state
    http.configure(allow_loopback=before[0], user_agent=before[1])


@pytest.fixture
def bluesky(team: Team, server: Handles) -> Channel:
    return connected(team, server.url)


def connected(team: Team, server: str, account: str = "did:plc:harbour") -> Channel:
    return Channel.objects.create(
        team=team,
        platform="bluesky",
        instance=server,
        account_id=account,
        handle="@harbour.example",
        sealed=sealing.seal({"access": "token"}),
        connected_by=make.user(),
    )


def test_what_is_frozen_says_whom_each_part_tags(
    author: Membership, bluesky: Channel, server: Handles
) -> None:
    post = make.post(author, bluesky, parts=[TEXT, "And @bob.example, @Anna.example."])
    (channel,) = freeze(post).channels
    anna, bob = Mention("anna.example", ANNA), Mention("bob.example", BOB)
    assert [part.mentions for part in channel.parts] == [(anna,), (bob, anna)]
    assert server.asked == ["anna.example", "nobody.example", "bob.example"]


def test_a_draft_asks_nobody(author: Membership, bluesky: Channel, server: Handles) -> None:
    (channel,) = draft_content(make.post(author, bluesky, text=TEXT)).channels
    assert channel.parts[0].mentions == ()
    assert server.asked == []


def test_a_platform_that_takes_the_text_alone_is_not_asked(author: Membership, server: Handles) -> None:
    (channel,) = freeze(make.post(author, text=TEXT)).channels
    assert channel.parts[0].mentions == ()
    assert server.asked == []


def test_a_handle_that_changes_hands_after_approval_still_tags_whom_the_reviewer_saw(
    author: Membership, reviewer: Membership, bluesky: Channel, server: Handles
) -> None:
    post = make.make_due(make.approved(author, reviewer, bluesky, text=TEXT))
    server.accounts = {"anna.example": "did:plc:somebodyelse", "nobody.example": "did:plc:squatter"}
    asked = list(server.asked)
    sender.send(post.deliveries.get().pk)
    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.SENT
    assert server.asked == asked
    (facet,) = server.records[delivery.record_keys[0]]["facets"]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": ANNA}]


def test_a_server_that_does_not_answer_is_asked_once_and_stops_no_submission(
    author: Membership, team: Team, bluesky: Channel, server: Handles
) -> None:
    server.hangs_up = True
    other = connected(team, server.url, "did:plc:other")
    submission = make.submitted(author, bluesky, other, parts=[TEXT, "@bob.example"])
    assert [part.mentions for c in submission.frozen.channels for part in c.parts] == [()] * 4
    assert server.asked == ["anna.example"]


def test_a_server_that_answers_helps_where_another_one_does_not(
    author: Membership, team: Team, bluesky: Channel, server: Handles
) -> None:
    deaf = connected(team, "http://127.0.0.1:9", "did:plc:deaf")
    content = freeze(make.post(author, deaf, bluesky, text=TEXT))
    named = {c.account_id: [m.account_id for m in c.parts[0].mentions] for c in content.channels}
    assert named == {"did:plc:deaf": [], "did:plc:harbour": [ANNA]}


def test_no_more_is_asked_than_there_is_time_for(
    author: Membership, bluesky: Channel, server: Handles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "SECONDS", 0.0)
    (channel,) = freeze(make.post(author, bluesky, text=TEXT)).channels
    assert channel.parts[0].mentions == ()
    assert server.asked == []


def test_an_approval_of_before_tags_nobody_and_still_goes_out(
    author: Membership, reviewer: Membership, bluesky: Channel, server: Handles
) -> None:
    """Contents that were frozen without mentions name none, and nothing is looked up for them."""
    server.accounts = {}
    post = make.make_due(make.approved(author, reviewer, bluesky, text=TEXT))
    assert "mentions" not in post.submission.content
    server.accounts = {"anna.example": ANNA}
    sender.send(post.deliveries.get().pk)
    delivery = Delivery.objects.get()
    assert delivery.state == Delivery.State.SENT
    assert delivery.sent_at <= timezone.now()
    assert "facets" not in server.records[delivery.record_keys[0]]
