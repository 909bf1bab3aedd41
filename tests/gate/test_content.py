"""What the digest names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gate.content import ChannelContent, Content, parse
from platforms.base import Media, Mention, Part

BOAT = Media("a" * 64, "image/png", 10, 32, 20, "A boat")
ANNA = Mention("anna.example", "did:plc:anna")


def content(*mentions: Mention) -> Content:
    parts = (Part("Thank you @anna.example", (BOAT,), mentions), Part("And more"))
    return Content((ChannelContent("bluesky", "did:plc:us", "https://bsky.social", "@us", parts),))


def test_another_account_behind_a_handle_is_another_digest() -> None:
    others = [(), (replace(ANNA, account_id="did:plc:somebodyelse"),), (replace(ANNA, handle="b.example"),)]
    assert len({content(*mentions).digest for mentions in [(ANNA,), *others]}) == 4


def test_a_content_without_mentions_is_written_as_before_there_were_any() -> None:
    written = json.loads(content().canonical())
    assert [set(part) for part in written["channels"][0]["parts"]] == [{"text", "media"}] * 2
    assert content().digest == "1cb1220e922cda1380e4d00ce24d79c6fa578ddbf502e4183ff5b9896ff9bc6f"


def test_only_the_part_that_tags_says_so() -> None:
    first, second = json.loads(content(ANNA).canonical())["channels"][0]["parts"]
    assert first["mentions"] == [{"handle": "anna.example", "account_id": "did:plc:anna"}]
    assert set(second) == {"text", "media"}


@pytest.mark.parametrize("mentions", [(), (ANNA,), (ANNA, Mention("bob.example", "did:web:bob.example"))])
def test_what_is_read_back_is_what_was_written(mentions: tuple[Mention, ...]) -> None:
    read = parse(content(*mentions).canonical())
    assert read == content(*mentions)
    assert read.canonical() == content(*mentions).canonical()
