"""A control for each kind of setting: what was typed is what the check reads, or is refused with words."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from gate import check_settings, setting_words
from gate.check_settings import SettingRefused
from gate.checks.base import Level
from gate.checks.settings import Input, Setting, level
from gate.setting_fields import SettingsForm, control, name, typed
from gate.setting_words import words

COLOUR = Setting("colour", "Colour", Input.CHOICE, "red", "", (("red", "Red"), ("blue", "Blue")))
LEVEL = level("check.finding", "A finding", Level.BLOCKS, (Level.BLOCKS, Level.ATTEST))
SHARE = Setting("share", "Share", Input.NUMBER, 0.5, "How much.", least=0, most=1)
DAYS = Setting("days", "Days", Input.NUMBER, 30, least=1, most=365)
NIGHT = Setting("night", "At night", Input.YES, False)
NAME = Setting("name", "Name", Input.TEXT, "")
LIST = Setting("list", "List", Input.LINES, ["a", "b"], valid=lambda line: _no_digits(line))
ALL = (COLOUR, LEVEL, SHARE, DAYS, NIGHT, NAME, LIST)


def _no_digits(line: str) -> None:
    if any(c.isdigit() for c in line):
        raise ValueError(f"{line!r} has digits.")


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (COLOUR, "blue", "blue"),
        (LEVEL, "attest", "attest"),
        (SHARE, "0.25", 0.25),
        (SHARE, " 0,25 ", 0.25),
        (SHARE, "1", 1),
        (DAYS, "31", 31),
        (DAYS, "1,25", 1.25),
        (NIGHT, "yes", True),
        (NIGHT, "no", False),
        (NAME, "  Harbour   Trust ", "Harbour Trust"),
        (LIST, "b\r\n\r\n a \r\nb", ["b", "a"]),
        (LIST, "", []),
    ],
)
def test_what_was_typed_is_read(setting, text, value):
    assert typed(setting, text) == value
    assert type(typed(setting, text)) is type(value)


@pytest.mark.parametrize(
    ("setting", "text", "said"),
    [
        (COLOUR, "green", "none of red, blue"),
        (LEVEL, "advises", "none of blocks, attest"),
        (SHARE, "1.01", "between 0 and 1"),
        (SHARE, "-1", "between 0 and 1"),
        (SHARE, "nan", "is no number"),
        (SHARE, "inf", "between"),
        (SHARE, "much", "is no number"),
        (DAYS, "1,000", "is no number"),
        (SHARE, "²", "is no number"),
        (DAYS, "0", "between 1 and 365"),
        (NIGHT, "perhaps", "neither yes nor no"),
        (NAME, "x" * 501, "too many"),
        (LIST, "fine\r\nr2d2", "'r2d2' has digits"),
    ],
)
def test_what_a_check_could_not_work_with_is_refused(setting, text, said):
    with pytest.raises(ValueError, match=said):
        typed(setting, text)


@pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.name)
def test_each_control_holds_the_value_and_says_what_comes(setting):
    field = control(setting, setting.default)
    assert field.label == setting.label
    assert "As it comes: " in field.help_text
    assert typed(setting, str(field.initial)) == setting.default
    assert control(SHARE, 0.5).widget.attrs["max"] == "1"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (COLOUR, "blue", "Blue"),
        (COLOUR, "green", "green"),
        (LEVEL, "attest", "Asks the reviewer"),
        (SHARE, 0.50, "0.5"),
        (NIGHT, True, "Yes"),
        (NAME, "", "nothing"),
        (LIST, [], "none"),
        (LIST, ["a", "b"], "a; b"),
        (LIST, ["x"] * 43, "; ".join("x" * 40) + "; and 3 more"),
    ],
)
def test_values_are_said_in_plain_words(setting, value, said):
    assert words(setting, value) == said


def form(own, **sent):
    data = QueryDict(mutable=True)
    data.update(sent)
    return SettingsForm(data, own=own)


def test_what_is_sent_unchanged_is_stored_as_nothing():
    every = {key: str(f.initial) for key, f in SettingsForm(own={}).fields.items()}
    made = form({}, **every)
    assert made.is_valid(), made.errors
    assert check_settings.read(made.settings) == {}


def test_a_control_that_was_not_sent_keeps_its_value():
    own = {"word-list": {"words": ["guys: advises"]}, "review": {"unknown": "attest"}}
    made = form(own, **{name("review", "unknown"): "blocks"})
    assert made.is_valid(), made.errors
    assert check_settings.read(made.settings) == {"word-list": own["word-list"]}


def test_each_check_s_settings_have_controls():
    made = SettingsForm(own={})
    for group in check_settings.groups().values():
        assert [f.name for f in made.controls(group.id)] == [name(group.id, s.name) for s in group.settings]
        assert made.changed_of(group.id) == 0


def test_differences_say_what_came_and_went():
    (line,) = setting_words.differences(
        {"word-list": {"words": ["a b: blocks", "guys: advises"]}},
        {"word-list": {"words": ["guys: advises", "c d: attest"]}},
    )
    assert (line.label, line.before, line.after) == ("Word list", "a b: blocks", "c d: attest")
    assert setting_words.differences({}, {"no-such-check": {"x": 1}}) == []


def test_what_an_update_took_away_is_forgotten_and_what_is_wrong_is_named():
    own = {"gone-check": {"x": 1}, "word-list": {"gone": 1, "words": ["guys: advises"]}}
    assert check_settings.known(own) == {"word-list": {"words": ["guys: advises"]}}
    with pytest.raises(SettingRefused) as refused:
        check_settings.read({"word-list": {"words": ["guys"]}})
    assert (refused.value.group, refused.value.name) == ("word-list", "words")


def test_a_threshold_may_ask_up_to_where_it_blocks():
    kept = {"toxicity": {"insult_asks": 0.9, "insult_blocks": 0.9}}
    assert check_settings.read(kept) == kept
    for own in ({"insult_asks": 0.81}, {"insult_blocks": 0.39}, {"insult_asks": 0.5, "insult_blocks": 0.45}):
        with pytest.raises(SettingRefused, match="nobody would ever be asked") as refused:
            check_settings.read({"toxicity": own})
        assert refused.value.name == "insult_asks"
