"""The interface tags: what people read from them, and that nothing gets through unescaped."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from accounts.models import Channel
from accounts.templatetags import ui
from accounts.ui_marks import SHAPES
from gate.checks.base import Level
from gate.models import CheckRun, Decision, Submission
from scheduler.models import Attempt, Delivery, Post

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 7, 12, 13, 5, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Rosa Marín", "RM"),
        ("Ana Maria de Souza", "AS"),
        ("Lee", "LE"),
        ("amara.obi@harbour.example", "AO"),
        ("ß", "SS"),
        ("", "?"),
        ("   ", "?"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=20), "in a moment"),
        (timedelta(minutes=-2), "2 min ago"),
        (timedelta(minutes=42), "in 42 min"),
        (timedelta(seconds=3599), "in 1 h"),
        (timedelta(hours=-23, minutes=-59), "23 h ago"),
        (timedelta(hours=-25), "yesterday 13:05"),
        (timedelta(hours=30), "tomorrow 20:05"),
        (timedelta(days=3), "15 Jul 14:05"),
        (timedelta(days=-300), "15 Sep 2025 14:05"),
    ],
)
def test_relative_words(delta: timedelta, words: str) -> None:
    assert ui.relatively(NOW + delta, NOW, LISBON) == words


def test_yesterday_is_the_calendars_day_not_twenty_four_hours() -> None:
    late = datetime(2026, 7, 12, 23, 30, tzinfo=LISBON)
    assert ui.relatively(datetime(2026, 7, 10, 23, 0, tzinfo=LISBON), late, LISBON) == "10 Jul 23:00"


def test_naive_times_are_refused() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        ui.relatively(naive, NOW, LISBON)
    with pytest.raises(ValueError, match="aware"):
        ui.exactly(naive, LISBON)


def test_hover_names_zone_and_offset() -> None:
    assert ui.exactly(NOW, LISBON) == "Sun 12 Jul 2026, 14:05:00 Lisbon (UTC+01:00)"
    assert ui.exactly(NOW, ZoneInfo("America/New_York")).endswith("New York (UTC-04:00)")


def test_when_uses_the_teams_zone_and_carries_the_exact_time() -> None:
    moment = timezone.now() - timedelta(minutes=5)
    html = render("{% when at %}", at=moment, team=SimpleNamespace(tz=LISBON))
    assert f'datetime="{moment.isoformat()}"' in html
    assert "Lisbon" in html
    assert ">5 min ago</time>" in html
    assert "data-relative" in html


def test_when_without_a_time_says_so() -> None:
    assert render("{% when at %}", at=None) == "never"
    assert render("{% when at 'not yet' %}", at=None) == "not yet"


def test_when_without_a_team_falls_back_to_the_current_zone() -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert "Tokyo" in render("{% when at %}", at=NOW)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("full", "12 Jul 2020 14:05 Lisbon"),
        ("short", "12 Jul 2020 14:05"),
        ("seconds", "12 Jul 2020 14:05:00"),
        ("clock", "14:05"),
        ("date", "12 Jul 2020"),
    ],
)
def test_exact_styles(style: str, text: str) -> None:
    html = render(
        "{% exact at style %}", at=NOW.replace(year=2020), style=style, team=SimpleNamespace(tz=LISBON)
    )
    assert f">{text}</time>" in html


@pytest.mark.parametrize(
    ("left", "tone"),
    [(timedelta(hours=3), ""), (timedelta(minutes=40), "attest"), (timedelta(minutes=-1), "blocked")],
)
def test_due_clock_changes_its_meaning(left: timedelta, tone: str) -> None:
    html = render("{% due at %}", at=timezone.now() + left)
    assert f'class="chip {tone}"' in html
    assert ("was due" in html) == (left < timedelta())


@pytest.mark.parametrize("style", ["short", "full"])
def test_due_clock_says_a_time_once(style: str) -> None:
    source, team = "{% due at style %}", SimpleNamespace(tz=LISBON)
    near, far = (timezone.now() + timedelta(hours=hours) for hours in (3, 80))
    beside = render(source, at=near, style=style, team=team)
    dated = render(source, at=far, style=style, team=team)
    assert beside.count("<time") == 2
    assert dated.count("<time") == 1
    assert ("Lisbon</span>" in dated) == (style == "full")
    assert "Lisbon" in re.sub(r"<[^>]+>", "", beside) or style == "short"


def test_every_state_has_a_word_and_an_icon_beside_its_colour() -> None:
    for state, look in ui.STATES.items():
        html = render("{% state_chip state %}", state=state)
        assert "<svg" in html
        assert look.label in html
        assert look.meaning in {"", "cleared", "attest", "blocked", "accent"}


@pytest.mark.parametrize(
    "states",
    [
        Submission.State,
        CheckRun.Status,
        Decision.Kind,
        Post.State,
        Delivery.State,
        Attempt.State,
        Channel.Health,
        Level,
    ],
    ids=lambda states: states.__qualname__,
)
def test_every_state_of_the_product_has_a_look(states: type[Enum]) -> None:
    assert [state.value for state in states if state.value not in ui.STATES] == []


def test_unheard_of_state_is_shown_plainly() -> None:
    html = render("{% state_chip state %}{{ state|meaning }}", state="half_way<b>")
    assert "half way&lt;b&gt;" in html
    assert 'class="chip "' in html


def test_state_icon_is_called_by_its_word() -> None:
    assert 'aria-label="in review"' in render("{% state_icon 'in_review' %}")


def test_icon_is_hidden_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'calendar' %}")
    labelled = render("{% icon 'calendar' 16 'mini' 'Month' %}")
    assert 'role="img"' in labelled
    assert 'aria-label="Month"' in labelled


def test_icons_of_all_states_exist() -> None:
    for look in [*ui.STATES.values(), *ui.MESSAGE_LOOKS.values(), ui.message_look("info")]:
        assert ui.icon(look.icon, 16, "micro").startswith("<svg")


@pytest.mark.parametrize("slug", sorted(SHAPES))
def test_platform_mark_is_an_image_with_a_name(slug: str) -> None:
    html = render("{% platform_mark slug name %}", slug=slug, name="The <place>")
    assert 'aria-label="The &lt;place&gt;"' in html
    assert "<place>" not in html


def test_unknown_platform_gets_its_letter_escaped() -> None:
    assert ">Z</text>" in render("{% platform_mark 'zoo' %}")
    assert "&lt;</text>" in render("{% platform_mark slug %}", slug="<script>")


def test_marks_shows_each_platform_once_in_order() -> None:
    channels = [SimpleNamespace(platform=slug) for slug in ("mastodon", "bluesky", "mastodon")]
    html = render("{% marks channels %}", channels=channels)
    assert re.findall(r'aria-label="(\w+)"', html) == ["Mastodon", "Bluesky"]


def test_avatar_keeps_a_persons_tone_and_escapes() -> None:
    html = render("{% avatar who %}", who="<i> <b>")
    assert "<i>" not in html
    assert html == render("{% avatar who %}", who="<i> <b>")
    assert 'src="/m/a.png"' in render("{% avatar who 's' '/m/a.png' %}", who="Rosa")


def test_stamp_says_who_and_when() -> None:
    html = render("{% stamp who at %}", who="Rosa <b>", at=timezone.now(), team=None)
    assert "Rosa &lt;b&gt;" in html
    assert "just now" in html
    assert 'class="seal medium"' in html


def test_digest_is_short_to_read_and_whole_to_copy() -> None:
    whole = "9f2c71ab04d8e3aa" * 4
    html = render("{% digest value 6 %}", value=whole)
    assert ">9f2c71…</code>" in html
    assert f'data-copy="{whole}"' in html
    assert ">abc</code>" in render("{% digest 'abc' %}")


def test_textdiff_marks_words_and_escapes() -> None:
    html = render("{% textdiff old new %}", old="nearly 90% of <it>", new="87% of <it>")
    assert html == '<p class="diff"><del>nearly 90%</del><ins>87%</ins> of &lt;it&gt;</p>'


def test_textdiff_of_equal_texts_marks_nothing() -> None:
    assert render("{% textdiff text text %}", text="same\nsame") == '<p class="diff">same\nsame</p>'


def test_messages_have_a_look_for_each_level() -> None:
    assert ui.message_look("error").meaning == "blocked"
    assert ui.message_look("success").meaning == "cleared"
    assert ui.message_look("info").meaning == "accent"


def test_navigation_keys_are_unambiguous() -> None:
    assert len(set(ui.NAV_KEYS.values())) == len(ui.NAV_KEYS)
    assert ui.nav_key("nowhere") == ""
