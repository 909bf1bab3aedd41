"""What is frozen of a typed text: nothing that only machines read, nothing that readers would miss."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.content import normalise


@pytest.mark.parametrize(
    ("typed", "frozen"),
    [
        ("Tide\x00 tables\x07 \x1b[31mred\x7f\x9b", "Tide tables [31mred"),
        ("one\ttab\nand a line", "one\ttab\nand a line"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\vtwo\fthree\x85four\u2028five\u2029six", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("end \x00\x01", "end"),
        ("e\x00\u0301", "\u00e9"),
        ("می\u200cخواهم 👩\u200d💻 \u202eabc", "می\u200cخواهم 👩\u200d💻 \u202eabc"),
    ],
)
def test_controls_go_and_everything_else_stays(typed: str, frozen: str) -> None:
    assert normalise(typed) == frozen


@given(st.text(max_size=40))
def test_it_is_done_once_and_for_all(typed: str) -> None:
    frozen = normalise(typed)
    assert normalise(frozen) == frozen
    assert {c for c in frozen if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}
