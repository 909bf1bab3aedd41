"""Whom a post on Bluesky tags: said by the request, asked of the server beforehand and never while sending."""

from datetime import UTC, datetime

import pytest

from platforms import registry
from platforms.base import Credentials, Mention, PublishError
from platforms.bluesky import Bluesky
from tests.platforms import factory
from tests.servers.at_handles import running_handles

pytestmark = pytest.mark.usefixtures("loopback")
platform = Bluesky()
ANNA = "did:plc:anna"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def signed_in(url: str) -> Credentials:
    return factory.credentials("did:plc:harbour", url, {"access": "token"})


def test_the_record_tags_the_accounts_of_the_request_and_nothing_is_asked() -> None:
    text = "🌊 Thanks @Anna.example, @nobody.example and @anna.example"
    request = factory.request(platform, text, mentions=(Mention("anna.example", ANNA),), at=AT)
    others = {"anna.example": "did:plc:somebodyelse", "nobody.example": "did:plc:nobody"}
    with running_handles(**others) as server:
        platform.publish(request, signed_in(server.url))
    assert server.calls == ["putRecord"]
    tagged = [{"$type": "app.bsky.richtext.facet#mention", "did": ANNA}]
    assert server.records[request.record_keys[0]] == {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": "2026-11-22T09:30:00.000Z",
        "facets": [
            {"index": {"byteStart": 12, "byteEnd": 25}, "features": tagged},
            {"index": {"byteStart": 47, "byteEnd": 60}, "features": tagged},
        ],
    }


def test_each_part_of_a_thread_tags_its_own() -> None:
    mentions = (Mention("anna.example", ANNA),)
    request = factory.request(platform, "To @anna.example", "And @anna.example", mentions=mentions)
    with running_handles() as server:
        platform.publish(request, signed_in(server.url))
    assert ["facets" in server.records[key] for key in request.record_keys] == [True, False]


def test_the_server_says_whom_a_handle_names_without_a_sign_in() -> None:
    with running_handles(**{"anna.example": ANNA}) as server:
        assert platform.account_of("anna.example", server.url) == ANNA
        assert platform.account_of("nobody.example", server.url) is None
    assert server.asked == ["anna.example", "nobody.example"]
    assert server.tokens == [None, None]


@pytest.mark.parametrize(
    "said", ["", "did:plc:", "did:plc:a:", "anna", "did:plc:a\u202eb", "did:plc:" + "x" * 252, 7, None]
)
def test_what_is_no_did_names_nobody(said: object) -> None:
    with running_handles(**{"anna.example": said}) as server:
        assert platform.account_of("anna.example", server.url) is None


def test_a_server_that_does_not_answer_is_not_taken_for_nobody() -> None:
    with running_handles() as server:
        server.hangs_up = True
        with pytest.raises(PublishError):
            platform.account_of("anna.example", server.url)


def test_handles_are_found_once_each_in_the_order_of_the_text() -> None:
    text = "@Zoe.example (@anna.example), me@mail.example, @plain @zoe.example https://x.example/@c.example"
    assert platform.mentioned(text) == ("zoe.example", "anna.example")


def test_only_bluesky_names_accounts_beside_the_text() -> None:
    naming = {slug: registry.naming(slug) for slug in registry.all_slugs()}
    assert naming == {"sandbox": None, "bluesky": registry.get("bluesky"), "mastodon": None}
    with pytest.raises(registry.UnknownPlatform):
        registry.naming("myspace")
