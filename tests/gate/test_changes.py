"""What differs between two versions of a content, said once and in reading order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gate.changes import Change, between
from gate.content import ChannelContent, Claim, Content, Declarations, Source
from platforms.base import Media, Mention, Options, Part

BOAT = Media("a" * 64, "image/png", 10, 32, 20, "A boat")


def channel(*texts: str, name: str = "kids", media: tuple[Media, ...] = (), **options: Any) -> ChannelContent:
    parts = tuple(Part(text, media if n == 0 else ()) for n, text in enumerate(texts))
    return ChannelContent("sandbox", name, "", f"@{name}", parts, Options(**options))


def declared(content: Content) -> list[tuple[str, str]]:
    return [("AI", content.declarations.ai)]


def changes(old: list[ChannelContent], new: list[ChannelContent]) -> list[Change]:
    return between(Content(tuple(old)), Content(tuple(new)), declared)


def test_equal_contents_differ_nowhere() -> None:
    assert changes([channel("a", "b", media=(BOAT,))], [channel("a", "b", media=(BOAT,))]) == []


def test_the_same_change_on_two_channels_is_said_once() -> None:
    old, new = ([channel(text), channel(text, name="all")] for text in ("One", "Two"))
    assert changes(old, new) == [Change("text", "One", "Two", ("Sandbox @kids", "Sandbox @all"))]


def test_parts_that_came_and_went() -> None:
    assert changes([channel("a")], [channel("a", "b")]) == [Change("part 2", "", "b", ("Sandbox @kids",))]
    assert changes([channel("a", "b")], [channel("a")]) == [Change("part 2", "b", "", ("Sandbox @kids",))]


def test_alt_text_and_picture_are_told_apart() -> None:
    other = Media("b" * 64, "image/png", 10, 32, 20, "A boat")
    said = Media("a" * 64, "image/png", 10, 32, 20, "A red boat")
    assert [c.field for c in changes([channel("a", media=(BOAT,))], [channel("a", media=(said,))])] == [
        "image 1, alt text"
    ]
    assert [c.field for c in changes([channel("a", media=(BOAT,))], [channel("a", media=(other,))])] == [
        "image 1"
    ]


def test_options_count() -> None:
    said = {"content_warning": "Waste", "visibility": "unlisted", "language": "pt"}
    found = changes([channel("a")], [channel("a", flags=("paid_partnership",), reply_to="at://1", **said)])
    assert {c.field: c.new for c in found} == {
        "content warning": "Waste",
        "visibility": "unlisted",
        "language": "pt",
        "the platform shows": "paid partnership",
        "reply to": "at://1",
    }


def test_channels_that_came_and_went() -> None:
    assert changes([channel("a")], [channel("a", name="all")]) == [
        Change("new channel", "", "a", ("Sandbox @all",)),
        Change("taken off", "a", "", ("Sandbox @kids",)),
    ]


def test_only_prose_is_compared_word_by_word() -> None:
    said = Media("b" * 64, "image/png", 10, 32, 20, "A red boat")
    old = channel("a", media=(BOAT,), visibility="public")
    new = channel("b", media=(said,), visibility="unlisted", content_warning="Waste")
    found = {c.field: c.in_words for c in changes([old], [new])}
    assert found == {
        "text": True,
        "image 1, alt text": True,
        "image 1": False,
        "content warning": True,
        "visibility": False,
    }
    assert not Change("AI", "no", "text").in_words


def test_the_order_of_channels_is_no_change() -> None:
    one, two = channel("a"), channel("b", name="all")
    assert changes([one, two], [two, one]) == []


def test_answers_of_the_author_count() -> None:
    old, new = (Content((channel("a"),), Declarations(ai=ai)) for ai in ("no", "text"))
    assert between(old, new, declared) == [Change("AI", "no", "text")]


def test_another_snapshot_or_passage_of_the_same_day_is_other_evidence() -> None:
    source = Source(1, "url", "Tides", "", "High at noon", "a" * 64, "2026-11-02")
    for other in (replace(source, sha256="b" * 64), replace(source, quote="Low at six"), source):
        old, new = (
            Content((channel("a"),), Declarations(claims=(Claim("best", "evidence", sources=(each,)),)))
            for each in (source, other)
        )
        assert len(between(old, new, declared)) == (other != source)


def test_a_handle_that_tags_another_account_is_a_change_though_the_text_is_the_same() -> None:
    old, new, plain = (
        replace(channel("a"), parts=(Part("Hi @anna.example", (), mentions),))
        for mentions in ((Mention("anna.example", "did:a"),), (Mention("anna.example", "did:b"),), ())
    )
    (change,) = changes([old], [new])
    assert change == Change("@anna.example tags", "did:a", "did:b", ("Sandbox @kids",))
    assert not change.in_words
    assert changes([old], [plain]) == [Change("@anna.example tags", "did:a", "", ("Sandbox @kids",))]
