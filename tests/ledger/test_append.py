"""Appending: what is written, and that it commits or goes with what it records."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
import rfc8785
from django.db import transaction

from ledger import leaf, merkle, services, store
from ledger.models import Entry, Node, Tag
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db


def leaves() -> list[bytes]:
    return [text.encode() for text in Entry.objects.order_by("index").values_list("leaf", flat=True)]


def test_an_entry_says_what_it_was_told(write: Write) -> None:
    at = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    entry = write(
        kind="submission.approved",
        team_id=4,
        actor_id=9,
        subject="submission:3",
        outcome="sent",
        data={"digest": "ab", "n": 1},
        tags={"post": [12], "person": [3], "none": []},
        at=at,
    )
    assert json.loads(entry.leaf) == {
        "v": 1,
        "index": 0,
        "team": 4,
        "seq": 0,
        "at": "2026-03-01T10:30:00.000000Z",
        "kind": "submission.approved",
        "outcome": "sent",
        "actor": 9,
        "subject": "submission:3",
        "data": {"digest": "ab", "n": 1},
        "personal": {},
        "tags": {"post": ["12"], "person": ["3", "9"]},
    }
    stored = Entry.objects.get(index=0)
    assert (stored.at, stored.team_id, stored.actor_id) == (at, 4, 9)
    assert (stored.kind, stored.outcome, stored.subject) == ("submission.approved", "sent", "submission:3")
    assert set(Tag.objects.values_list("name", "value", "team_id")) == {
        ("post", "12", 4),
        ("person", "3", 4),
        ("person", "9", 4),
    }


def test_the_leaf_is_canonical_and_hashed_as_rfc_6962_says(write: Write) -> None:
    entry = write(data={"b": 1.0, "a": "é\u20ac\n"})
    assert entry.leaf.encode() == rfc8785.dumps(json.loads(entry.leaf))
    assert entry.leaf_hash == sha256(b"\x00" + entry.leaf.encode()).hexdigest()


def test_personal_text_is_in_the_leaf_as_a_salted_digest_only(write: Write) -> None:
    entry = write(personal={"title": "Zoë's launch"})
    text = entry.personal.get()
    assert "Zo" not in entry.leaf
    assert len(bytes.fromhex(text.salt)) == 32
    expected = sha256(bytes.fromhex(text.salt) + "Zoë's launch".encode()).hexdigest()
    assert entry.content["personal"] == {"title": expected}
    again = write(personal={"title": "Zoë's launch"})
    assert again.content["personal"]["title"] != expected


def test_indexes_have_no_gaps_and_teams_count_their_own(write: Write) -> None:
    written = [write(team_id=team) for team in (1, 2, 1, None, 2, 1, None)]
    assert [entry.index for entry in written] == list(range(7))
    assert [entry.team_seq for entry in written] == [0, 0, 1, 0, 1, 2, 1]


def test_the_stored_tree_is_that_of_the_leaves(write: Write) -> None:
    for size in range(1, 35):
        write()
        hashes = merkle.from_leaves([merkle.leaf_hash(text) for text in leaves()])
        assert store.Tree().root(size) == merkle.root(size, hashes)
    assert Node.objects.count() == 34 - (34).bit_count()


def test_an_append_costs_the_same_queries_in_a_long_log(write: Write, django_assert_max_num_queries) -> None:
    for _ in range(63):
        write(personal={"title": "t"}, tags={"post": [1]})
    with django_assert_max_num_queries(16):
        write(personal={"title": "t"}, tags={"post": [1]})  # completes six subtrees at once


def test_an_entry_rolls_back_with_the_callers_transaction(write: Write) -> None:
    write()
    with transaction.atomic():
        write(personal={"title": "t"}, tags={"post": [1]})
        transaction.set_rollback(True)
    assert list(Entry.objects.values_list("index", flat=True)) == [0]
    assert not Tag.objects.filter(name="post").exists()
    assert not Node.objects.exists()
    assert write().index == 1


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_write_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        services.append(kind="post.sent", team_id=1, actor_id=1, subject="post:1")
    assert not Entry.objects.exists()


@pytest.mark.parametrize("data", [{"n": 2**53}, {"n": math.nan}, {"n": object()}, {"n": datetime.now(UTC)}])
def test_data_that_canonical_json_cannot_say_is_refused(write: Write, data: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the words are those of the rfc8785 package)
        write(data=data)
    assert not Entry.objects.exists()


def test_a_time_without_a_zone_is_refused(write: Write) -> None:
    with pytest.raises(ValueError, match="with a zone"):
        write(at=datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)


def test_one_moment_is_written_in_one_way() -> None:
    berlin = timezone(timedelta(hours=1))
    assert leaf.moment(datetime(2026, 1, 1, 1, 0, 0, 5, tzinfo=berlin)) == "2026-01-01T00:00:00.000005Z"


def test_the_longest_name_of_a_channel_is_a_tag(write: Write) -> None:
    """Platform, account id and server may be 30, 255 and 255 characters long; PostgreSQL looks at lengths."""
    longest = f"{'p' * 30}|{'ü' * 255}|{'h' * 255}"
    entry = write(team_id=1, tags={"channel": [longest]})
    assert Tag.objects.get(entry=entry, name="channel").value == longest
    assert list(Entry.objects.filter(tags__name="channel", tags__value=longest)) == [entry]
