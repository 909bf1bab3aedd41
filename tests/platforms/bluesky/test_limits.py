"""What fits into a post on Bluesky, without asking a server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platforms.base import Options, Part
from tests.platforms import factory
from tests.platforms.bluesky.ask import FAMILY, platform


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("abc", 3),
        (FAMILY, 1),
        ("e\u0301", 1),
        ("🇩🇪🇫🇷", 2),
        ("\r\n", 1),
        ("https://example.com/xyz", 23),
    ],
)
def test_length_is_in_graphemes(text: str, characters: int) -> None:
    assert platform.length(text) == characters


def test_a_row_of_flags_is_counted_in_one_go() -> None:
    """Would not come to an end if the time grew faster than the text."""
    assert platform.length("🇩" * 200_001) == 100_001


def test_bytes_have_a_border_of_their_own() -> None:
    assert platform.problems(Part(FAMILY * 120), platform.limits) == []
    (problem,) = platform.problems(Part(FAMILY * 121), platform.limits)
    assert "3025 bytes; 3000 are allowed" in problem.message


def test_what_bluesky_does_not_have_is_a_problem() -> None:
    (problem,) = platform.problems(Part("x"), platform.limits, Options(content_warning="Cake"))
    assert problem.field == "content_warning"
    (problem,) = platform.problems(Part("x"), platform.limits, Options(visibility="public"))
    assert problem.field == "visibility"
    media = replace(factory.image()[0], content_type="image/gif")
    assert "image/gif" in platform.problems(Part("x", (media,)), platform.limits)[0].message


def test_images_at_the_border() -> None:
    media, _ = factory.image()
    assert platform.problems(Part("", (replace(media, size=1_000_000),) * 4), platform.limits) == []
    assert platform.problems(Part("", (replace(media, size=1_000_001),)), platform.limits) != []
    assert platform.problems(Part("", (media,) * 5), platform.limits) != []


def test_record_keys_are_fresh_valid_and_in_the_order_of_time() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    keys = [platform.record_key(now) for _ in range(500)]
    assert len(set(keys)) == 500
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    assert all(len(key) == 13 and set(key) <= set(letters) and key[0] in letters[:16] for key in keys)
    assert max(keys) < platform.record_key(now + timedelta(seconds=1))
