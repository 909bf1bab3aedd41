from dataclasses import replace

import pytest

from gate.checks.base import Level, Span
from gate.checks.platform_rules import PlatformRules
from gate.content import Content
from platforms import registry
from platforms.base import account_tag
from tests.checks.make import ANSWERED, channel, found, ids, image, marked, post

CHECK = PlatformRules()
LIMITS = registry.get("sandbox").limits
FULL = "a" * LIMITS.characters


def test_a_text_of_the_full_length_passes():
    assert found(CHECK, post(FULL)) == []


def test_what_is_too_long_is_marked():
    content = post(FULL + "too long")
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("platform-rules.limit", Level.BLOCKS)
    assert marked(content, [finding]) == ["too long"]


def test_each_part_of_a_thread_is_measured():
    (finding,) = found(CHECK, post("Fine", FULL + "!"))
    assert finding.span.part == 1


@pytest.mark.parametrize("texts", [("",), (" \n ",), ("Hello", ""), ()])
def test_an_empty_post_blocks(texts):
    findings = found(CHECK, post(*texts))
    assert ids(findings) == ["empty"]
    assert findings[0].level == Level.BLOCKS


def test_a_picture_alone_is_a_post():
    assert found(CHECK, post("", media=(image(),))) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"content_type": "image/x-unknown"}, "image/x-unknown"),
        ({"size": LIMITS.image_bytes + 1}, "bytes"),
        ({"width": 10**6, "height": 10**6}, "pixels"),
    ],
)
def test_a_picture_that_the_platform_refuses_is_named(changes, words):
    picture = image("b", **changes)
    (finding,) = found(CHECK, post("Hi", media=(image(), picture)))
    assert (finding.span.field, finding.span.media_index) == ("media", 1)
    assert words in finding.message


def test_too_many_pictures_block():
    pictures = tuple(image(str(n)) for n in range(LIMITS.images + 1))
    assert ids(found(CHECK, post("Hi", media=pictures))) == ["limit"]


def test_an_alt_text_that_is_too_long_is_marked():
    content = post("Hi", media=(image(alt="a" * LIMITS.alt_characters + "beyond"),))
    assert marked(content, found(CHECK, content)) == ["beyond"]


def test_a_post_to_nowhere_blocks():
    assert ids(found(CHECK, Content((), ANSWERED))) == ["no-channel"]


def test_a_platform_that_is_not_known_blocks():
    (finding,) = found(CHECK, post("Hi", platform="myspace"))
    assert (finding.id, finding.level) == ("platform-rules.unknown", Level.BLOCKS)


def test_accounts_with_the_same_flaw_are_one_finding():
    channels = tuple(channel(FULL + "!", account=name) for name in ("one", "two", "three"))
    (finding,) = found(CHECK, Content(channels, ANSWERED))
    assert finding.span.channel == 0
    assert finding.message.endswith("Also on sandbox @two, sandbox @three.")


def test_the_second_channel_alone_is_named():
    channels = (channel("Fine"), channel(FULL + "!", account="two"))
    (finding,) = found(CHECK, Content(channels, ANSWERED))
    assert finding.span == Span(1, 0, "text", None, len(FULL), len(FULL) + 1)


def test_limits_that_an_accounts_own_server_said_count():
    text = "a" * 501
    mastodon = post(text, platform="mastodon", account="42")
    said = {"max_characters": 5000}
    assert ids(found(CHECK, mastodon)) == ["limit"]
    assert found(CHECK, mastodon, limits={"mastodon|42": said}) == []
    assert ids(found(CHECK, mastodon, limits={"mastodon|43": said})) == ["limit"]


def test_limits_of_one_server_are_not_those_of_another():
    """Both servers have an account 42."""
    here, there = (f"https://{name}.example" for name in ("here", "there"))
    said = {account_tag("mastodon", "42", there): {"max_characters": 5000}}
    long = post("a" * 501, platform="mastodon", account="42")
    at = {
        server: replace(long, channels=(replace(long.channels[0], instance=server),))
        for server in (here, there)
    }
    assert ids(found(CHECK, at[here], limits=said)) == ["limit"]
    assert found(CHECK, at[there], limits=said) == []
