"""Verifying what a page shows: what it finds, what it proves and what it does not."""

import html
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Team
from ledger import services
from ledger.models import Checkpoint, Entry, Erasable, Node, Tag
from tests import append_only
from tests import factories as make
from tests.log.conftest import Write, browser

pytestmark = pytest.mark.django_db


def verify(client: Client, team: Team, query: str = "") -> str:
    response = client.post(f"/t/{team.slug}/log/verify/{query}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


@pytest.fixture
def log(team: Team, write: Write) -> list[Entry]:
    """Six entries, with a checkpoint after three and after all."""
    first = [write() for _ in range(3)]
    services.checkpoint()
    more = [write(kind="delivery.sent", outcome="sent") for _ in range(3)]
    services.checkpoint()
    return first + more


def test_an_honest_page_verifies_and_says_what_that_proves(
    team: Team, client: Client, log: list[Entry]
) -> None:
    size, older = [c.size for c in Checkpoint.objects.order_by("-size")[:2]]
    page = verify(client, team)
    assert "This page verifies" in page
    assert f"{size} entries, verified" in re.sub(r" (?=[,.])", "", page)
    assert "are what was hashed: rows, tags and personal texts." in page
    assert "No entry of this team between the first and the last of them was left out." in page
    assert (
        f"The checkpoint of {size} entries is signed by log.test/publish, and the log still has that root."
        in page
    )
    assert f"It continues the checkpoint before it: nothing in those {older} entries was changed." in page
    assert "It does not prove anything against whoever runs this machine" in page


def test_a_filtered_page_does_not_claim_that_nothing_is_left_out(
    team: Team, client: Client, log: list[Entry]
) -> None:
    page = verify(client, team, "?outcome=sent")
    assert "This page verifies" in page
    assert "The 3 entries here are in that checkpoint" in page
    assert "left out" not in page


def test_entries_younger_than_the_checkpoint_are_not_claimed(
    team: Team, client: Client, log: list[Entry], write: Write
) -> None:
    write(outcome="failed")
    page = verify(client, team, "?outcome=failed")
    assert "that the newest entry here is in a checkpoint: the next one will cover" in page
    assert "an inclusion proof for each" not in page


def test_without_any_checkpoint_it_proves_little_and_says_so(
    team: Team, client: Client, write: Write
) -> None:
    write()
    page = verify(client, team)
    assert "There is no checkpoint to verify this page against yet" in page
    assert "verifies" not in page


def change(index: int, **columns: object) -> None:
    Entry.objects.filter(index=index).update(**columns)


def rehash(entry: Entry) -> None:
    """A clumsy forger changes the words, the leaf and its hash alike, and forgets the tree."""
    from ledger import merkle

    leaf = entry.leaf.replace('"outcome":"sent"', '"outcome":"held"')
    change(entry.index, outcome="held", leaf=leaf, leaf_hash=merkle.leaf_hash(leaf.encode()).hex())


def wipe(entry: Entry) -> None:
    Erasable.objects.filter(entry=entry).delete()
    Tag.objects.filter(entry=entry).delete()
    entry.delete()


TAMPERING: dict[str, tuple[Callable[[Entry], object], str]] = {
    "column": (lambda e: change(e.index, outcome="failed"), "its column outcome says 'failed'"),
    "leaf": (lambda e: change(e.index, leaf=e.leaf.replace("sent", "lost")), "does not have its leaf hash"),
    "unreadable leaf": (lambda e: change(e.index, leaf="{"), "is not canonical JSON of this log"),
    "leaf and hash": (rehash, "is not in the log that the checkpoint was signed for"),
    "tag": (
        lambda e: Tag.objects.filter(entry=e, name="origin").update(value="post:13"),
        "tags are not those",
    ),
    "text": (
        lambda e: Erasable.objects.filter(entry=e).update(text="Other words"),
        "is not the one that was written",
    ),
    "text taken away": (lambda e: Erasable.objects.filter(entry=e).delete(), "no entry says it was erased"),
    "entry taken out": (wipe, "missing between the first and the last one"),
    "tree": (
        lambda e: Node.objects.filter(level=1).update(hash="00" * 32),
        "does not have the root that was signed",
    ),
    "tree's hash": (lambda e: Node.objects.all().delete(), "The log has no hash for level"),
    "checkpoint's column": (
        lambda e: Checkpoint.objects.update(root="00" * 32),
        "columns are not what was signed",
    ),
    "checkpoint's words": (lambda e: Checkpoint.objects.update(note="no note"), "not a signed note"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(team: Team, client: Client, log: list[Entry], what: str) -> None:
    tamper, words = TAMPERING[what]
    with append_only.suspended():
        tamper(log[4])
    page = verify(client, team)
    assert "This page does not verify" in page
    assert words in page
    assert "This page verifies" not in page


@pytest.mark.parametrize("what", ["column", "leaf", "unreadable leaf", "tag", "text"])
def test_a_changed_row_stands_out_before_anybody_verifies(
    team: Team, client: Client, log: list[Entry], what: str
) -> None:
    with append_only.suspended():
        TAMPERING[what][0](log[4])
    page = client.get(f"/t/{team.slug}/log/").content.decode()
    assert page.count('class="log-broken"') == 1
    assert "does not verify" in page
    entry = client.get(f"/t/{team.slug}/log/{log[4].index}/").content.decode()
    assert "This entry is not what was written" in entry
    assert "In the log" not in entry


def test_a_bad_checkpoint_shows_without_asking(team: Team, client: Client, log: list[Entry]) -> None:
    with append_only.suspended():
        Checkpoint.objects.update(root="00" * 32)
    page = client.get(f"/t/{team.slug}/log/").content.decode()
    assert "The newest checkpoint does not verify" in page
    assert "signature verified" not in page


def test_a_missing_key_is_said_not_hidden(
    team: Team, client: Client, log: list[Entry], settings: object
) -> None:
    settings.LEDGER_KEY_FILE = "/nowhere/log.pem"  # type: ignore[attr-defined]  # pytest-django's settings
    assert "cannot be checked" in client.get(f"/t/{team.slug}/log/").content.decode()
    assert "This page does not verify" in verify(client, team)


@pytest.mark.parametrize("role", ["author", "reviewer"])
def test_only_auditors_and_admins_verify(team: Team, role: str) -> None:
    theirs = browser(make.member(team, role))
    assert theirs.post(f"/t/{team.slug}/log/verify/").status_code == 403
    assert theirs.get(f"/t/{team.slug}/log/verify/").status_code == 403


def test_it_is_asked_for_not_stumbled_upon(team: Team, client: Client, admin: Membership) -> None:
    assert client.get(f"/t/{team.slug}/log/verify/").status_code == 405
    assert browser(admin).post(f"/t/{team.slug}/log/verify/").status_code == 200


def test_more_entries_cost_no_more_queries(team: Team, client: Client, write: Write) -> None:
    """The tree's height may add some: from 64 entries to 112 it stays."""
    for _ in range(65):
        write()
    services.checkpoint()
    with CaptureQueriesContext(connection) as one:
        verify(client, team, "?before=3")
    with CaptureQueriesContext(connection) as many:
        verify(client, team)
    assert len(many) <= len(one) + 7 < 40
