"""Lists of the log: filters, pages by key, and a number of queries that does not grow."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger import queries
from ledger.models import Entry
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def mixed(write: Write) -> None:
    """Twelve entries of team 1, and one of each other kind of owner that no list of team 1 may show."""
    for number in range(12):
        write(
            kind=("post.sent", "submission.approved", "post.failed")[number % 3],
            outcome=("sent", "", "failed")[number % 3],
            actor_id=number % 2 + 1,
            subject=f"post:{number % 4}",
            at=NOON + timedelta(hours=number),
            personal={"title": f"Launch {number}" if number % 2 else f"Picnic {number}"},
            tags={"post": [number % 4], "channel": [number % 3]} | ({"person": [9]} if number == 5 else {}),
        )
    write(team_id=2, tags={"post": [1], "channel": [1], "person": [9]}, personal={"title": "Launch"}, at=NOON)
    write(team_id=None, tags={"post": [1], "channel": [1]}, at=NOON)


def indexes(found: list[Entry]) -> list[int]:
    return [entry.index for entry in found]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"kind": "post.sent"}, [9, 6, 3, 0]),
        ({"kind": "post"}, []),
        ({"outcome": "failed"}, [11, 8, 5, 2]),
        ({"person": 2}, [11, 9, 7, 5, 3, 1]),
        ({"person": 9}, [5]),
        ({"channel": "1"}, [10, 7, 4, 1]),
        ({"channel": 1, "person": 2}, [7, 1]),
        ({"channel": 2, "person": 9, "kind": "post.failed", "outcome": "failed", "text": "launch"}, [5]),
        ({"date_from": NOON + timedelta(hours=10)}, [11, 10]),
        ({"date_to": NOON + timedelta(hours=2)}, [1, 0]),
        ({"date_from": NOON + timedelta(hours=4), "date_to": NOON + timedelta(hours=6)}, [5, 4]),
        ({"text": "launch 1"}, [11, 1]),
        ({"text": "post:3"}, [11, 7, 3]),
        ({"text": "100%"}, []),
        (
            {"kind": "", "outcome": "", "person": None, "channel": "", "date_from": None, "text": ""},
            [*range(11, -1, -1)],
        ),
    ],
)
def test_filters(mixed: None, filters: Any, expected: list[int]) -> None:
    assert indexes(queries.entries(1, **filters)) == expected
    assert indexes(list(queries.stream(1, **filters))) == expected


@pytest.mark.parametrize(
    "filters", [{}, {"channel": 1}, {"channel": 1, "person": 2}, {"text": "a"}, {"kind": "post.sent"}]
)
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_join_up_to_the_whole_list(mixed: None, filters: Any, size: int) -> None:
    whole = indexes(queries.entries(1, limit=100, **filters))
    seen: list[int] = []
    before: int | None = None
    while True:
        page = queries.page(1, before=before, size=size, **filters)
        assert len(page.entries) <= size
        seen += indexes(page.entries)
        before = page.older
        if before is None:
            break
    assert seen == whole


def test_new_entries_do_not_move_a_page(mixed: None, write: Write) -> None:
    first = queries.page(1, size=4)
    write()
    assert indexes(queries.page(1, size=4, before=first.older).entries) == [7, 6, 5, 4]


def test_a_stream_goes_over_batches(mixed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_BATCH", 5)
    assert indexes(list(queries.stream(1))) == [*range(11, -1, -1)]


def test_a_story_is_one_things_entries_oldest_first(mixed: None) -> None:
    assert indexes(queries.story(1, "post", 1)) == [1, 5, 9]
    assert indexes(queries.story(1, "post", 1, limit=2)) == [1, 5]
    assert indexes(queries.story(2, "post", 1)) == [12]


def test_another_teams_entry_is_not_found(mixed: None) -> None:
    assert queries.entry(2, 12).index == 12
    with pytest.raises(Entry.DoesNotExist):
        queries.entry(1, 12)
    with pytest.raises(Entry.DoesNotExist):
        queries.entry(1, 13)


@pytest.mark.parametrize("filters", [{}, {"channel": 1, "person": 2, "text": "a"}])
def test_the_number_of_queries_does_not_grow_and_none_counts_or_skips(
    mixed: None, write: Write, filters: Any
) -> None:
    for rows in (1, 60):
        for number in range(rows):
            write(actor_id=2, tags={"channel": [1], "post": [number]}, personal={"title": "a"})
        with CaptureQueriesContext(
            connection,
        ) as caught:
            page = queries.page(1, **filters)
            assert all(entry.texts and list(entry.tags.all()) for entry in page.entries)
        assert len(caught) == 3
        said = " ".join(query["sql"] for query in caught.captured_queries).upper()
        assert "OFFSET" not in said
        assert "COUNT(" not in said
