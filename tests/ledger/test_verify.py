"""`manage.py ledger verify` finds what was changed behind the triggers' back, and names the first place."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger import merkle, services, verification
from ledger.models import Checkpoint, Entry, Erasable, Node, Tag
from tests import append_only
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db


def problems(*notes: str) -> list[str]:
    return [str(problem) for problem in verification.problems(notes)]


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def change_leaf(index: int) -> None:
    """The forger's best try: leaf, its hash and the columns all fit each other."""
    entry = Entry.objects.get(index=index)
    leaf = entry.leaf.replace("post.sent", "post.lost")
    leaf_hash = merkle.leaf_hash(leaf.encode()).hex()
    Entry.objects.filter(index=index).update(leaf=leaf, kind="post.lost", leaf_hash=leaf_hash)


def forget(index: int) -> None:
    for model in (Tag, Erasable):
        model.objects.filter(entry_id=index).delete()
    Entry.objects.filter(index=index).delete()


def test_a_good_log_verifies(log: list[Entry], write: Write) -> None:
    assert problems() == []
    for _ in range(3):
        services.checkpoint()
        write(personal={"title": "more"})
    assert problems() == []


def test_an_empty_log_verifies() -> None:
    assert problems() == []


def test_more_than_one_batch_verifies(
    log: list[Entry], write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.checkpoint()
    for batch in (1, 3, 4, 16):
        monkeypatch.setattr(verification, "BATCH", batch)
        assert problems() == []
        with append_only.suspended():
            Node.objects.filter(level=2, index=1).update(hash="11" * 32)
        assert problems() == ["entry 7: the tree's hash at level 2 is not that of its leaves"]
        good = merkle.from_leaves([bytes.fromhex(entry.leaf_hash) for entry in log])(2, 1).hex()
        with append_only.suspended():
            Node.objects.filter(level=2, index=1).update(hash=good)


TAMPERING: list[tuple[Callable[[], object], str]] = [
    (
        lambda: Entry.objects.filter(index=4).update(leaf="{}"),
        "entry 4: its leaf does not have its leaf hash",
    ),
    (lambda: change_leaf(4), "entry 5: the tree's hash at level 1 is not that of its leaves"),
    (lambda: Entry.objects.filter(index=4).update(kind="x"), "entry 4: its column kind says 'x'"),
    (lambda: Entry.objects.filter(index=4).update(outcome="x"), "entry 4: its column outcome says 'x'"),
    (lambda: Entry.objects.filter(index=4).update(subject="x"), "entry 4: its column subject says 'x'"),
    (lambda: Entry.objects.filter(index=4).update(actor_id=8), "entry 4: its column actor_id says 8"),
    (lambda: Entry.objects.filter(index=4).update(team_id=8), "entry 4: its column team_id says 8"),
    (lambda: Entry.objects.filter(index=4).update(team_seq=8), "entry 4: its column team_seq says 8"),
    (
        lambda: Entry.objects.filter(index=4).update(at="2020-01-01T00:00Z"),
        "entry 4: its column at says 2020",
    ),
    (lambda: Entry.objects.filter(index=4).update(leaf_hash="00" * 32), "entry 4: its leaf does not have"),
    (lambda: forget(4), "entry 4: is missing"),
    (lambda: forget(10), "the checkpoint of 11 entries: the log has only 10: its end was cut off"),
    (lambda: Tag.objects.filter(entry_id=4, name="post").delete(), "entry 4: its tags are not those"),
    (
        lambda: Tag.objects.filter(entry_id=4, name="post").update(value="9"),
        "entry 4: its tags are not those",
    ),
    (
        lambda: Tag.objects.filter(entry_id=4, name="post").update(team_id=9),
        "entry 4: its tag post:4 is filed",
    ),
    (lambda: Tag.objects.create(entry_id=4, team_id=2, name="post", value="9"), "entry 4: its tags are not"),
    (
        lambda: Erasable.objects.filter(entry_id=4).update(text="x"),
        "entry 4: its personal text 'author' is not",
    ),
    (
        lambda: Erasable.objects.filter(entry_id=4).update(salt="00"),
        "entry 4: its personal text 'author' is not",
    ),
    (
        lambda: Erasable.objects.filter(entry_id=4).update(salt="x"),
        "entry 4: its personal text 'author' is not",
    ),
    (lambda: Erasable.objects.filter(entry_id=4).delete(), "entry 4: the personal text 'author' is gone"),
    (
        lambda: Erasable.objects.create(entry_id=4, field="x", salt="00"),
        "entry 4: its leaf knows no personal",
    ),
    (
        lambda: Node.objects.filter(level=3).update(hash="00" * 32),
        "entry 7: the tree's hash at level 3 is not",
    ),
    (lambda: Node.objects.filter(level=3).delete(), "entry 7: the tree's hash at level 3 is missing"),
    (lambda: Node.objects.create(level=1, index=5, hash="00" * 32), "the tree has a hash at level 1 index 5"),
    (lambda: Checkpoint.objects.update(root="00" * 32), "the checkpoint of 11 entries: its columns are not"),
    (lambda: Checkpoint.objects.update(size=9), "the checkpoint of 9 entries: its columns are not"),
    (lambda: Checkpoint.objects.update(note="x"), "the checkpoint of 11 entries: not a signed note"),
]


@pytest.mark.parametrize(("tamper", "expected"), TAMPERING, ids=[words for _, words in TAMPERING])
def test_tampering_is_found(log: list[Entry], tamper: Callable[[], object], expected: str) -> None:
    services.checkpoint()
    with append_only.suspended():
        tamper()
    assert problems()[0].startswith(expected)


def test_a_tree_that_was_rebuilt_over_a_changed_leaf_is_given_away_by_the_checkpoint(
    log: list[Entry],
) -> None:
    services.checkpoint()
    with append_only.suspended():
        change_leaf(4)
        rebuild_tree()
    assert problems() == [
        "the checkpoint of 11 entries: the entries up to 10 are not those that it was signed for"
    ]


def test_a_log_that_was_rewritten_with_new_checkpoints_is_given_away_by_one_kept_elsewhere(
    log: list[Entry], tmp_path: Path
) -> None:
    """Whoever has the database and the key can rewrite everything that is here; not what is elsewhere."""
    services.checkpoint()
    kept = Checkpoint.objects.get().note
    with append_only.suspended():
        change_leaf(4)
        rebuild_tree()
        Checkpoint.objects.all().delete()
    services.checkpoint()
    assert problems() == []
    expected = "your checkpoint of 11 entries: the entries up to 10 are not those that it was signed for"
    assert problems(kept) == [expected]
    (tmp_path / "kept.txt").write_text(kept, encoding="utf-8")
    with pytest.raises(CommandError, match=expected):
        call_command("ledger", "verify", checkpoint=[str(tmp_path / "kept.txt")], stderr=StringIO())


def rebuild_tree() -> None:
    hashes = merkle.from_leaves(
        [bytes.fromhex(text) for text in Entry.objects.order_by("index").values_list("leaf_hash", flat=True)]
    )
    for node in Node.objects.all():
        Node.objects.filter(pk=node.pk).update(hash=hashes(node.level, node.index).hex())


def test_a_kept_checkpoint_that_fits_is_accepted(log: list[Entry], write: Write) -> None:
    services.checkpoint()
    kept = Checkpoint.objects.get().note
    write()
    assert problems(kept) == []


def test_a_kept_checkpoint_that_was_changed_is_not(log: list[Entry]) -> None:
    services.checkpoint()
    kept = Checkpoint.objects.get().note.replace("\n11\n", "\n10\n")
    assert problems(kept) == ["the checkpoint that you gave: the signature of log.test/publish is wrong"]


def test_dropped_triggers_are_reported(log: list[Entry]) -> None:
    with append_only.suspended():
        assert len(problems()) == 5
        assert problems()[0] == "the table ledger_entry can be changed: its append-only triggers are gone"


def test_text_that_was_said_to_be_erased_and_is_there_is_found(log: list[Entry]) -> None:
    services.erase(log[4], reason="asked for", actor_id=1)
    with append_only.suspended():
        Erasable.objects.create(entry=log[4], field="title", salt="00" * 32, text="Title 4")
    found = problems()
    assert found[0] == "entry 4: its personal text 'title' is not the one that was written"
    assert found[1] == "entry 11: says that 'title' of entry 4 was erased, but it is there"


def test_the_command_says_what_it_did(log: list[Entry]) -> None:
    services.checkpoint()
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    assert out.getvalue().startswith("The log verifies: 11 entries.\nNewest checkpoint: 11 entries, root ")
    assert "only a checkpoint kept elsewhere proves anything" in out.getvalue()


def test_the_command_fails_and_names_the_first_place(log: list[Entry]) -> None:
    with append_only.suspended():
        execute("UPDATE ledger_entry SET kind = 'x' WHERE team_id = %s", 2)
    err = StringIO()
    with pytest.raises(CommandError, match="the first: entry 1: its column kind says 'x'") as failure:
        call_command("ledger", "verify", stderr=err)
    assert failure.value.returncode == 1
    assert err.getvalue().count("its column kind") == 4


def test_a_checkpoint_file_that_cannot_be_read_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("ledger", "verify", checkpoint=[str(tmp_path / "none.txt")])


def test_queries_grow_with_batches_not_with_entries(
    log: list[Entry], write: Write, django_assert_num_queries: Any
) -> None:
    services.checkpoint()
    with django_assert_num_queries(10):
        assert problems() == []
    for _ in range(30):
        write(personal={"title": "t"}, tags={"post": [1]})
    with django_assert_num_queries(10):
        assert problems() == []
