"""Personal text can be erased; that it was, by whom and why stays, and the log still verifies."""

import pytest
from django.db import transaction

from ledger import queries, services, verification
from ledger.models import Entry, Erasable

pytestmark = pytest.mark.django_db


def test_the_text_and_its_salt_are_gone_and_the_log_verifies(log: list[Entry]) -> None:
    services.checkpoint()
    written = services.erase(log[4], reason="request of 3 May", actor_id=9)
    assert not Erasable.objects.filter(entry=log[4]).exists()
    assert Erasable.objects.filter(entry=log[5]).count() == 2
    assert queries.entry(2, 4).texts == {"title": None, "author": None}
    assert (written.kind, written.team_id, written.actor_id) == ("ledger.erased", 2, 9)
    assert written.content["data"] == {
        "entry": 4,
        "fields": ["author", "title"],
        "reason": "request of 3 May",
    }
    assert services.checkpoint() is not None
    assert list(verification.problems()) == []


def test_one_field_can_go_and_the_other_stay(log: list[Entry]) -> None:
    services.erase(log[4], reason="asked for", actor_id=9, fields=["author"])
    assert queries.entry(2, 4).texts == {"title": "Title 4", "author": None}
    assert list(verification.problems()) == []


def test_the_erasure_is_part_of_the_story_of_its_post(log: list[Entry]) -> None:
    written = services.erase(log[4], reason="asked for", actor_id=9)
    assert [entry.index for entry in queries.story(2, "post", 4)] == [4, written.index]


@pytest.mark.parametrize("fields", [["nothing"], ["title", "nothing"], []])
def test_a_field_that_is_not_there_is_refused(log: list[Entry], fields: list[str]) -> None:
    with pytest.raises(LookupError, match="entry 4 has no personal text"):
        services.erase(log[4], reason="asked for", actor_id=9, fields=fields)
    assert Entry.objects.count() == 11
    assert Erasable.objects.filter(entry=log[4]).count() == 2


def test_it_cannot_be_erased_twice(log: list[Entry]) -> None:
    services.erase(log[4], reason="asked for", actor_id=9)
    with pytest.raises(LookupError):
        services.erase(log[4], reason="again", actor_id=9)


def test_text_and_entry_go_together_or_not_at_all(log: list[Entry]) -> None:
    with transaction.atomic():
        services.erase(log[4], reason="asked for", actor_id=9)
        transaction.set_rollback(True)
    assert Erasable.objects.filter(entry=log[4]).count() == 2
    assert Entry.objects.count() == 11


@pytest.mark.django_db(transaction=True)
def test_it_refuses_outside_a_transaction(log: list[Entry]) -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        services.erase(log[4], reason="asked for", actor_id=9)
    assert Erasable.objects.filter(entry=log[4]).count() == 2
