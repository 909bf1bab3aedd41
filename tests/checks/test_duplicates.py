from dataclasses import replace

import pytest

from gate.checks.base import Earlier, Level
from gate.checks.duplicates import SIMILAR, Duplicates, similarity
from gate.content import Content
from tests.checks.make import ANSWERED, channel, found, ids, post

CHECK = Duplicates()
TEXT = "Our choir sings on Friday at seven in the old town hall, come and listen! https://example.org/a"
NEAR = "Our choir sings on Friday at eight in the old town hall, come and listen! https://example.org/b"
FAR = "The library opens at nine on Saturday, and there is a story hour for children at eleven."


def earlier(text: str, platform: str = "sandbox", account: str = "one") -> tuple[Earlier, ...]:
    return (Earlier("Friday's concert", platform, account, text, "2026-11-01"),)


@pytest.mark.parametrize(
    "again",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace(" ", "  "),
        TEXT.replace("!", "."),
        "\n" + TEXT.replace(",", " –"),
        TEXT.replace("Our", "Ｏｕｒ"),
    ],
)
def test_the_same_text_again_is_asked_about(again):
    (finding,) = found(CHECK, post(again), earlier=earlier(TEXT))
    assert (finding.id, finding.level) == ("duplicates.same", Level.ATTEST)
    assert "Friday's concert" in finding.message
    assert "2026-11-01" in finding.message


def test_nearly_the_same_text_is_asked_about():
    (finding,) = found(CHECK, post(NEAR), earlier=earlier(TEXT))
    assert (finding.id, finding.level) == ("duplicates.similar", Level.ATTEST)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (TEXT, FAR),
        ("Good morning!", "Good morning, all!"),
        ("", ""),
        (" ", "!"),
        ("Concert on Friday", "Concert on Sunday"),
        ("今日のコンサートは七時からです", "明日の図書館は九時からです"),
        ("New: https://example.org/a", "New: https://example.org/b"),
        ("🎶🎶🎶", "🎉"),
    ],
)
def test_other_texts_pass(text, other):
    assert found(CHECK, post(text), earlier=earlier(other)) == []


@pytest.mark.parametrize(
    ("text", "account", "kind", "level"),
    [
        (TEXT, "one", "forbidden", Level.BLOCKS),
        (TEXT, "two", "forbidden", Level.BLOCKS),
        (NEAR, "two", "forbidden", Level.BLOCKS),
        (NEAR, "one", "similar", Level.ATTEST),
    ],
)
def test_x_forbids_repetition_across_accounts(text, account, kind, level):
    (finding,) = found(CHECK, post(text, platform="x"), earlier=earlier(TEXT, "x", account))
    assert (finding.id, finding.level) == (f"duplicates.{kind}", level)


def test_the_strictest_of_several_is_told():
    before = earlier(f"{NEAR} Free entry", "x", "one") + earlier(TEXT, "x", "two")
    (finding,) = found(CHECK, post(NEAR, platform="x"), earlier=before)
    assert finding.level == Level.BLOCKS
    assert "another account" in finding.message


def test_another_platform_is_no_duplicate():
    assert found(CHECK, post(TEXT, platform="bluesky"), earlier=earlier(TEXT, "mastodon")) == []


def test_two_accounts_of_one_platform_in_one_post():
    content = Content((channel(TEXT), channel(NEAR, account="two"), channel(TEXT, platform="x")), ANSWERED)
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.span.channel) == ("duplicates.similar", 1)
    assert "sandbox @one" in finding.message


def test_a_thread_is_compared_as_one_text():
    half, rest = TEXT[:40], TEXT[40:]
    assert ids(found(CHECK, post(half, rest), earlier=earlier(f"{half}\n{rest}"))) == ["same"]


@pytest.mark.parametrize(
    "text", [TEXT, FAR, "Grüße aus der Bücherei im alten Rathaus am großen Platz, bis bald"]
)
def test_similarity_is_one_for_itself_and_the_same_both_ways(text):
    assert similarity(text, text) == 1.0
    assert similarity(text, TEXT) == similarity(TEXT, text)
    assert similarity(TEXT, NEAR) >= SIMILAR > similarity(TEXT, FAR)


def on_server(text: str, instance: str) -> Content:
    return Content((replace(channel(text, platform="mastodon", account="42"), instance=instance),), ANSWERED)


def test_the_same_number_on_another_server_is_another_account():
    before = (replace(earlier(TEXT, "mastodon", "42")[0], instance="https://here.example"),)
    (same,) = found(CHECK, on_server(TEXT, "https://here.example"), earlier=before)
    (other,) = found(CHECK, on_server(TEXT, "https://there.example"), earlier=before)
    assert "the same account" in same.message
    assert "another account" in other.message


def test_in_one_post_too():
    here, there = (on_server(TEXT, f"https://{name}.example").channels[0] for name in ("here", "there"))
    (finding,) = found(CHECK, Content((here, there), ANSWERED))
    assert "another account" in finding.message
