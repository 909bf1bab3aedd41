"""Dates in a text that say until when it is held back. The examples are in examples/timing.jsonl."""

from datetime import UTC, date, datetime

import pytest

from gate.checks import dates
from gate.checks.timing import Timing
from tests.checks.make import found, ids, post


@pytest.mark.parametrize(
    ("text", "near", "day"),
    [
        ("5 January", date(2026, 12, 28), date(2027, 1, 5)),
        ("20 December", date(2027, 1, 5), date(2026, 12, 20)),
        ("1 March", date(2027, 3, 10), date(2027, 3, 1)),
        ("29 February", date(2027, 3, 10), date(2028, 2, 29)),
        ("5 January 2026", date(2026, 12, 28), date(2026, 1, 5)),
        ("3/4/2027", date(2026, 1, 1), date(2027, 4, 3)),
    ],
)
def test_a_date_without_a_year_is_the_nearest(text, near, day):
    assert [each.date() for each in dates.moments(text, near=near)] == [day]


def test_an_embargo_into_the_next_year_holds():
    content = post("Embargoed until 5 January: a new boat.")
    assert ids(found(Timing(), content, due_at=datetime(2026, 12, 28, 10, tzinfo=UTC))) == ["embargo"]
    assert found(Timing(), content, due_at=datetime(2027, 1, 5, 10, tzinfo=UTC)) == []
