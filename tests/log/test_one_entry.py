"""The page of one entry: its story, what was hashed, its proof, and what was erased."""

import json
import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Channel, Membership, Team
from ledger import keys, merkle, note, services
from ledger.models import Entry
from scheduler import dispatcher, log_queries, sender
from scheduler.models import Beat
from tests import factories as make
from tests.log.conftest import Write, browser

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    """The page as one reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def open_entry(client: Client, team: Team, entry: Entry) -> str:
    response = client.get(f"/t/{team.slug}/log/{entry.index}/")
    assert response.status_code == 200
    return response.content.decode()


def steps(page: str) -> list[str]:
    return re.findall(r'<p class="log-line"><a [^>]*><b>([^<]+)</b>', page)


def test_it_tells_the_whole_story_of_the_post(
    team: Team, client: Client, author: Membership, reviewer: Membership, channel: Channel
) -> None:
    post = make.make_due(make.approved(author, reviewer, channel, title="Seal pup released"))
    sender.send(post.deliveries.get().pk)
    make.post(author, channel, title="Another one")
    entry = Entry.objects.get(kind="submission.approved")
    page = open_entry(client, team, entry)
    assert steps(page) == [
        "Draft begun", "Content frozen", "Handed in", "Checks finished", "Countersigned",
        "Sending begun", "Published on every channel", "Sent",
    ]  # fmt: skip
    assert "Another one" not in page
    assert f'href="/t/{team.slug}/posts/{post.pk}/"' in page
    assert post.submission is not None
    assert post.submission.digest[:8] in page
    assert page.count('aria-current="true"') == 1
    assert "Countersigned by Rosa Marín" in words(page)


def test_a_sent_post_is_linked_in_the_sandbox(
    team: Team, client: Client, author: Membership, reviewer: Membership, channel: Channel
) -> None:
    sender.send(make.make_due(make.approved(author, reviewer, channel)).deliveries.get().pk)
    page = open_entry(client, team, Entry.objects.get(kind="delivery.sent"))
    assert (
        f'href="/t/{team.slug}/sandbox/{channel.pk}/" rel="noopener noreferrer">The post in the sandbox<'
        in page
    )


def test_a_sent_post_is_linked_where_it_stands(team: Team, client: Client, write: Write) -> None:
    parts = [{"id": "41", "url": "https://social.test/41"}, {"id": "42", "url": "javascript:alert(1)"}]
    page = open_entry(client, team, write(kind="delivery.sent", data={"remote": parts}))
    assert (
        'href="https://social.test/41" rel="noopener noreferrer">Part 1</a> <code class="break">41<' in page
    )
    assert '<p><code class="break">42</code></p>' in page
    assert "javascript:" not in page.split('<dl class="facts">')[1].split("</dl>")[0]


def test_another_teams_entry_is_not_there(team: Team, client: Client, write: Write) -> None:
    other = write(team_id=make.team().pk)
    nobodys = write(team_id=None)
    for entry in (other, nobodys):
        for path in ("", "verify/", "proof/"):
            url = f"/t/{team.slug}/log/{entry.index}/{path}"
            assert (client.post(url) if path == "verify/" else client.get(url)).status_code == 404
    assert client.get(f"/t/{team.slug}/log/9999999999999999999999/").status_code == 404


def test_reading_is_for_every_member_proof_and_verify_are_not(
    team: Team, author: Membership, write: Write
) -> None:
    entry, theirs = write(), browser(author)
    page = open_entry(theirs, team, entry)
    assert "Verify" not in page
    assert "Download the proof" not in page
    assert theirs.get(f"/t/{team.slug}/log/{entry.index}/proof/").status_code == 403
    assert theirs.post(f"/t/{team.slug}/log/{entry.index}/verify/").status_code == 403


def test_an_entry_about_no_post_is_told_with_what_belongs_to_it(
    team: Team, client: Client, author: Membership, reviewer: Membership
) -> None:
    published = Entry.objects.get(team_id=team.pk, kind="conduct.published")
    page = open_entry(client, team, published)
    assert steps(page) == ["Code of conduct published"] + ["Code of conduct acknowledged"] * 2
    assert "Open the post" not in page


def test_what_was_hashed_is_shown_as_it_is(team: Team, client: Client, write: Write) -> None:
    entry = write(data={"clause": "2.1", "note": "<b>&"})
    page = open_entry(client, team, entry)
    leaf = re.search(r'<pre class="proof pre log-leaf"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert leaf is not None
    plain = leaf[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert json.loads(plain) == json.loads(entry.leaf)
    assert "Clause 2.1" in words(page)


def test_the_downloaded_proof_proves_the_entry_by_itself(team: Team, client: Client, write: Write) -> None:
    entry = write()
    write()
    services.checkpoint()
    proof = client.get(f"/t/{team.slug}/log/{entry.index}/proof/").json()
    head = note.parse_head(note.read(proof["checkpoint"], keys.verifiers()))
    leaf_hash = sha256(b"\0" + proof["leaf"].encode()).digest()
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert merkle.verify_inclusion(leaf_hash, proof["index"], head.size, path, head.root)
    said = proof["personal"]["title"]
    digest = sha256(bytes.fromhex(said["salt"]) + said["text"].encode()).hexdigest()
    assert json.loads(proof["leaf"])["personal"]["title"] == digest


def test_without_a_checkpoint_it_says_when_the_proof_comes(
    team: Team, client: Client, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.checkpoint()
    monkeypatch.setattr(dispatcher, "CHECKPOINT_EVERY", timedelta(minutes=5))
    entry = write()
    assert "it has never run here: none will come until it runs" in words(open_entry(client, team, entry))
    beat = Beat.objects.create(name="dispatcher", at=timezone.now())
    page = words(open_entry(client, team, entry))
    assert "no proof of it yet" in page
    assert "The next one will be signed within 5 minutes." in page
    Beat.objects.filter(pk=beat.pk).update(at=timezone.now() - timedelta(hours=2))
    assert "it was last seen 2 h ago : none will come until it runs" in words(open_entry(client, team, entry))
    assert client.get(f"/t/{team.slug}/log/{entry.index}/proof/").status_code == 302
    services.checkpoint()
    assert "In the log" in open_entry(client, team, entry)


def test_an_erased_text_is_shown_as_erased_with_the_entry_that_says_so(
    team: Team, client: Client, auditor: Membership, write: Write
) -> None:
    entry = write(personal={"title": "Jane Doe is late", "reason": "She wrote to jane@example.org"})
    with transaction.atomic():
        erasing = services.erase(entry, reason="asked for", actor_id=auditor.user_id)
    services.checkpoint()
    page = open_entry(client, team, entry)
    assert "Jane" not in page
    assert "jane@" not in page
    assert f"Reason and title were erased, as entry {erasing.index} says" in words(page).replace(" ,", ",")
    assert steps(page) == ["Draft begun", "Personal text erased"]
    assert "In the log" in page
    assert "does not verify" not in page
    verified = client.post(f"/t/{team.slug}/log/{entry.index}/verify/").content.decode()
    assert "This story verifies" in verified
    assert "reason and title erased" in words(client.get(f"/t/{team.slug}/log/").content.decode())


def test_verify_covers_the_whole_story(team: Team, client: Client, write: Write) -> None:
    entry, *_ = [write() for _ in range(4)]
    services.checkpoint()
    page = words(client.post(f"/t/{team.slug}/log/{entry.index}/verify/").content.decode())
    assert "This story verifies" in page
    assert "The 4 entries here are in that checkpoint: an inclusion proof for each." in page


def test_older_and_newer_entries_of_the_team_are_one_step_away(
    team: Team, client: Client, write: Write
) -> None:
    first, _, last = write(), write(team_id=make.team().pk), write()
    page = open_entry(client, team, first)
    assert f'href="/t/{team.slug}/log/{last.index}/" data-key="["' in page


def test_a_long_story_costs_no_more_queries_and_says_where_it_ends(
    team: Team, client: Client, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_queries, "LONGEST_STORY", 5)
    first = write()
    write()
    open_entry(client, team, first)
    with CaptureQueriesContext(connection) as few:
        open_entry(client, team, first)
    for _ in range(8):
        last = write()
    with CaptureQueriesContext(connection) as many:
        page = open_entry(client, team, last)
    assert len(many) == len(few) < 20
    assert "Only the first 6 entries are shown here" in words(page)
    assert len(steps(page)) == 6
