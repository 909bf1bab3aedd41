"""A reason is words that others can read, wherever one is asked for."""

from __future__ import annotations

import pytest

from gate import decisions, overrides, reasons
from gate.errors import Incomplete
from gate.evidence import services
from scheduler import pauses

EMPTY = ["..........", "\u200b" * 12, "\u3164" * 12, "12345678901", "\u2800\u2800 ?!", "🙂" * 12, ""]


@pytest.mark.parametrize("text", EMPTY)
def test_dots_and_what_nobody_sees_are_no_reason(text):
    assert not reasons.is_one(text)


@pytest.mark.parametrize("text", ["Not true", "不合适", "لا، هذا خطأ", "कारण नहीं", "4.2: why?"])
def test_words_of_any_script_are(text):
    assert reasons.is_one(text)


def test_an_override_takes_more_than_a_word():
    assert not reasons.is_one("It is ok …", least=overrides.REASON_LEAST)


def test_it_is_asked_for_before_anything_is_looked_up(desk):
    who = desk.reviewer
    for act in (
        lambda: decisions.revoke(submission_id=0, member=who, reason="..."),
        lambda: decisions.reject(submission_id=0, version=0, member=who, clause="", reason="\u200b" * 3),
        lambda: decisions.ask_for_changes(submission_id=0, version=0, member=who, clause="", reason="..."),
        lambda: services.retire(evidence_id=0, member=desk.author, reason="..."),
        lambda: pauses.pause(by=who.user, member=who, reason="..."),
    ):
        with pytest.raises(Incomplete):
            act()
