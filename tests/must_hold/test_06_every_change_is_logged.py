"""6. Every change of state has one entry, in its transaction. Entries, decisions, check runs and frozen content cannot
be updated or deleted, not even by SQL."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from accounts.models import Membership
from gate import blobs, decisions, runner
from gate import services as gate
from gate.models import Submission
from gate.system_checks import GUARDED, tables_are_guarded
from ledger import services as ledger
from ledger.models import Entry
from scheduler import lifecycle, pauses, resuming, sender
from scheduler.models import Post
from tests import append_only
from tests import factories as make

pytestmark = pytest.mark.django_db

FROZEN = [
    "gate_submission",
    "gate_editor",
    "gate_checkrun",
    "gate_finding",
    "gate_decision",
    "gate_attestation",
    "gate_conductversion",
    "gate_acknowledgement",
    "gate_comment",
    "gate_blob",
    "gate_evidence",
    "gate_override",
    "gate_reading",
    "gate_nothelpful",
    "ledger_entry",
    "ledger_tag",
]
COLUMN = {
    "gate_submission": "content",
    "gate_editor": "user_id",
    "gate_checkrun": "status",
    "gate_finding": "level",
    "gate_decision": "kind",
    "gate_attestation": "question",
    "gate_conductversion": "text",
    "gate_acknowledgement": "user_id",
    "gate_comment": "text",
    "gate_blob": "content_type",
    "gate_evidence": "quote",
    "gate_override": "reason",
    "gate_reading": "user_id",
    "gate_nothelpful": "user_id",
    "ledger_entry": "leaf",
    "ledger_tag": "value",
}


@pytest.fixture
def sent():
    team = make.team()
    post = make.make_due(make.approved(make.member(team, "author"), make.member(team, "reviewer")))
    sender.send(post.deliveries.get().pk)
    post.refresh_from_db()
    make.beside(post.submission)
    gate.comment(submission_id=post.submission_id, member=make.member(team, "auditor"), text="Well done")
    blobs.put(team=team, data=make.picture(), content_type="image/png", width=320, height=200)
    return post


def test_the_tables_are_all_that_are_guarded():
    assert set(FROZEN) - {"ledger_entry", "ledger_tag"} == set(GUARDED)


def test_a_table_whose_triggers_are_gone_is_named_by_the_system_check(db):
    assert tables_are_guarded(databases=["default"]) == []
    with append_only.suspended():
        gone = tables_are_guarded(databases=["default"])
        if connection.vendor == "sqlite":  # on PostgreSQL they are switched off, not gone
            assert {error.id for error in gone} == {"gate.E002"}
            assert len(gone) == len(GUARDED)


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", FROZEN)
def test_no_update(sent, table):
    assert _rows(table)
    with pytest.raises(DatabaseError, match="append-only"):
        run(
            f"UPDATE {table} SET {COLUMN[table]} = {COLUMN[table]} || 'x'"
            if _is_text(table)
            else f"UPDATE {table} SET {COLUMN[table]} = {COLUMN[table]} + 1"
        )


@pytest.mark.parametrize("table", FROZEN)
def test_no_delete(sent, table):
    before = _rows(table)
    with pytest.raises(DatabaseError):
        run(f"DELETE FROM {table}")
    assert _rows(table) == before


@pytest.mark.parametrize("table", FROZEN)
def test_no_replace(sent, table):
    before = _rows(table)
    key = "index" if table == "ledger_entry" else "id"
    names = [n for n in _columns(table) if n != COLUMN[table]]
    listed = ", ".join(f'"{n}"' for n in [*names, COLUMN[table]])
    change = f"{COLUMN[table]} || 'x'" if _is_text(table) else f"{COLUMN[table]} + 1"
    chosen = ", ".join([*(f'"{n}"' for n in names), change])
    if connection.vendor == "sqlite":
        statement = f"INSERT OR REPLACE INTO {table} ({listed}) SELECT {chosen} FROM {table}"
    else:
        statement = (
            f"INSERT INTO {table} ({listed}) SELECT {chosen} FROM {table} "
            f'ON CONFLICT ("{key}") DO UPDATE SET {COLUMN[table]} = EXCLUDED.{COLUMN[table]}'
        )
    with pytest.raises(DatabaseError):
        run(statement)
    assert _rows(table) == before


@pytest.mark.parametrize("table", FROZEN)
def test_no_truncate(sent, table):
    if connection.vendor != "postgresql":
        with pytest.raises(DatabaseError):
            run(f"DELETE FROM {table}")  # SQLite's truncate optimisation is a DELETE without WHERE
        return
    with pytest.raises(DatabaseError):
        run(f"TRUNCATE {table} CASCADE")


def test_each_change_of_state_writes_its_entry():
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    post = make.post(author)
    steps = [
        (
            lambda: lifecycle.submit(post_id=post.pk, version=_fresh(post).version, member=author),
            ["submission.submitted", "post.submitted"],
        ),
        (
            lambda: lifecycle.withdraw(post_id=post.pk, member=author),
            ["delivery.cancelled", "submission.withdrawn", "post.withdrawn"],
        ),
        (
            lambda: lifecycle.submit(post_id=post.pk, version=_fresh(post).version, member=author),
            ["submission.submitted", "post.submitted"],
        ),
        (lambda: _examine(post), ["submission.checked"]),
        (
            lambda: gate.claim(submission_id=_fresh(post).submission_id, member=reviewer),
            ["submission.claimed"],
        ),
        (
            lambda: gate.release(submission_id=_fresh(post).submission_id, member=reviewer),
            ["submission.released"],
        ),
        (lambda: make.approve(_fresh(post).submission, reviewer), ["submission.approved"]),
        (
            lambda: decisions.revoke(
                submission_id=_fresh(post).submission_id, member=reviewer, reason="A mistake"
            ),
            ["submission.revoked"],
        ),
        (
            lambda: lifecycle.cancel(post_id=post.pk, member=author, reason="Not needed"),
            ["delivery.cancelled", "post.cancelled"],
        ),
        (lambda: pauses.pause(by=reviewer.user, member=reviewer, reason="Storm"), ["sending.paused"]),
        (lambda: resuming.resume(by=reviewer.user, member=reviewer), ["sending.resumed"]),
    ]
    for step, kinds in steps:
        before = Entry.objects.filter(team_id=team.pk).count()
        step()
        written = (
            Entry.objects.filter(team_id=team.pk).order_by("index").values_list("kind", flat=True)[before:]
        )
        assert list(written) == kinds


def test_a_delivery_is_filed_as_the_auditors_are_told(sent):
    told = re.search(
        r'^\{"channel": .*\}$', Path(settings.BASE_DIR, "docs/verify.md").read_text(), re.MULTILINE
    )
    example = json.loads(told.group())
    real = Entry.objects.get(kind="delivery.sent").content["tags"]
    assert real == {
        "channel": [f"sandbox|{sent.deliveries.get().channel.account_id}"],
        "origin": [f"post:{sent.pk}"],
        "person": [str(sent.author_id)],
    }
    assert _shape(example) == _shape(real)


def test_a_change_that_is_rolled_back_leaves_no_entry(sent):
    before = Entry.objects.count()
    author = make.member(sent.team, "author")
    after_setup = Entry.objects.count()
    assert after_setup > before
    with pytest.raises(RuntimeError, match="died"):
        _create_and_die(author)
    assert Entry.objects.count() == after_setup
    assert Post.objects.filter(author=author.user).count() == 0


def test_without_a_log_entry_nothing_changes(sent, monkeypatch):
    """The log cannot be written: the change does not happen either."""
    team = sent.team
    submission = make.examined(make.member(team, "author"))
    reviewer = make.member(team, "reviewer")

    def broken(**_: object) -> None:
        raise DatabaseError("the log's disk is full")

    monkeypatch.setattr(ledger, "append", broken)
    with pytest.raises(DatabaseError), transaction.atomic():
        make.approve(submission, reviewer)
    submission.refresh_from_db()
    assert submission.state == Submission.State.IN_REVIEW
    assert not submission.decisions.exists()


@transaction.atomic
def _create_and_die(author: Membership) -> None:
    lifecycle.create(member=author, draft=make.draft())
    raise RuntimeError("the request died")


def _fresh(post: Post) -> Post:
    return Post.objects.select_related("submission").get(pk=post.pk)


def _examine(post: Post) -> None:
    runner.run(_fresh(post).submission_id)


def _shape(tags: dict[str, list[str]]) -> dict[str, list[str]]:
    """Numbers and the names of accounts may be any."""
    return {
        name: [re.sub(r"(?<=sandbox\|)[\w-]+|\d+", "*", value) for value in values]
        for name, values in tags.items()
    }


def _rows(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return cursor.fetchall()


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [c.name for c in connection.introspection.get_table_description(cursor, table)]


def _is_text(table: str) -> bool:
    return COLUMN[table] != "user_id"


@pytest.mark.parametrize("how", ["edit", "picture"])
def test_opening_a_refused_post_again_is_logged_too(how):
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    submission = make.examined(author)
    decisions.ask_for_changes(
        submission_id=submission.pk, version=submission.version, member=reviewer, reason="Where is it from?"
    )
    post = Post.objects.get(submission=submission)
    before = Entry.objects.filter(team_id=team.pk).count()
    if how == "edit":
        lifecycle.save(post_id=post.pk, version=post.version, member=author, draft=make.draft())
    else:
        lifecycle.touch(post_id=post.pk, member=author)
    written = Entry.objects.filter(team_id=team.pk).order_by("index").values_list("kind", flat=True)[before:]
    assert list(written) == ["delivery.cancelled", "post.reopened"]
