"""Lists cost the same number of queries with a handful of rows and with 20,000 posts, and fewer than twenty."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Channel, Membership, Notice, Team, User
from gate.models import CheckRun, Editor, Evidence, Finding, Submission
from ledger import keys, leaf, merkle
from ledger.models import Entry, Erasable, Tag
from scheduler import sender
from scheduler.models import Delivery, Post, PostEditor, Variant
from tests import factories as make

POSTS = 20_000
PEOPLE, CHANNELS, NOTICES, PIECES = 200, 60, 2_000, 2_000
MOST = 20
BACKEND = "django.contrib.auth.backends.ModelBackend"

LISTS = {
    "calendar, month": "calendar/",
    "calendar, week": "calendar/?view=week",
    "calendar, list": "calendar/?view=list",
    "calendar, filtered": "calendar/?state=in_review&q=tide",
    "posts": "posts/",
    "posts, filtered": "posts/?q=tide",
    "missed posts": "missed/",
    "review queue": "review/",
    "review queue, checking": "review/?tab=checking",
    "review queue, decided": "review/?tab=decided",
    "log": "log/",
    "log, filtered": "log/?q=tide&kind=post.created",
    "notices": "notices/",
    "channels": "channels/",
    "team": "team/",
    "code of conduct": "policy/",
    "compose": "compose/",
    "evidence": "evidence/",
    "evidence, searched": "evidence/?tab=soon&q=tide",
}


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The class has its own, not each test."""


@pytest.mark.django_db  # it runs on the second database, too
class ListsCostTheSame(TestCase):
    few: dict[str, int]
    many: dict[str, int]

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="countersign-queries-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        keys.ensure_key(folder / "log.pem")
        places = {"MEDIA_ROOT": str(folder / "media"), "SANDBOX_DIR": folder / "sandbox"}
        quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        cls.enterClassContext(
            override_settings(**places, LEDGER_KEY_FILE=str(folder / "log.pem"), PASSWORD_HASHERS=quick)
        )
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        """Counts with few rows, then makes many and counts again."""
        team = make.team()
        reader = make.member(team, "author", "reviewer", "auditor", "admin")
        _few(team, reader)
        client = Client()
        client.force_login(reader.user, BACKEND)
        _count(client, team)  # what is read once per process is read here
        cls.few = _count(client, team)
        _many(team, reader)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the database does by itself once such rows are committed
        cls.many = _count(client, team)

    def test_the_number_of_queries_does_not_grow_and_stays_small(self) -> None:
        for name in LISTS:
            with self.subTest(name):
                assert self.many[name] == self.few[name] < MOST
        assert Post.objects.count() > POSTS
        assert Entry.objects.count() > POSTS
        assert Submission.objects.filter(state="in_review").count() > POSTS / 4


def _count(client: Client, team: Team) -> dict[str, int]:
    counts = {}
    for name, path in LISTS.items():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(f"/t/{team.slug}/{path}")
        assert answer.status_code == 200, name
        counts[name] = len(queries)
    return counts


def _few(team: Team, reader: Membership) -> None:
    """Two of everything: a page that asks per row would show it from here on."""
    texts = iter(f"The tide is high at {hour} on Friday, and low six hours later." for hour in range(24))
    for _ in range(2):
        author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
        channel = make.channel(team)
        make.post(author, channel)
        make.submitted(author, channel, text=next(texts))
        make.examined(author, channel, text=next(texts), declarations={**make.GOOD, "people": "consented"})
        out = make.make_due(make.approved(author, reviewer, channel, text=next(texts)))
        sender.send(out.deliveries.get().pk)
        Notice.objects.create(team=team, user=reader.user, text="A post is out.")
        make.evidence(author)


def _piece(team: Team, by: User, n: int) -> Evidence:
    return Evidence(
        team=team,
        kind=Evidence.Kind.FILE,
        title=f"Tide table {n}",
        sha256=f"{n:064x}",
        content_type="text/plain; charset=utf-8",
        size=n,
        expires_on=timezone.now().date() + timedelta(days=n % 28),
        added_by=by,
    )


def _many(team: Team, reader: Membership) -> None:
    """20,000 posts, a quarter each of drafts, posts being checked, in review and published; with entries."""
    people = _people(team)
    channels = _channels(team, reader.user)
    Notice.objects.bulk_create(
        Notice(team=team, user=reader.user, text=f"Notice {n}") for n in range(NOTICES)
    )
    Evidence.objects.bulk_create(_piece(team, people[n % PEOPLE], n) for n in range(PIECES))
    posts = Post.objects.bulk_create(
        (_post(team, people[n % PEOPLE], n) for n in range(POSTS)), batch_size=1000
    )
    PostEditor.objects.bulk_create((PostEditor(post=p, user=p.author) for p in posts), batch_size=2000)
    Variant.objects.bulk_create(
        (Variant(post=p, channel=channels[n % CHANNELS]) for n, p in enumerate(posts)), batch_size=2000
    )
    _handed_in(team, posts)
    _delivered(team, [p for p in posts if p.state == Post.State.PUBLISHED], channels)
    _entries(team, posts)


def _people(team: Team) -> list[User]:
    people = User.objects.bulk_create(
        User(email=f"many{n}@example.org", name=f"Person {n}", password="!") for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(Membership(team=team, user=each, is_author=True) for each in people)
    return people


def _channels(team: Team, by: User) -> list[Channel]:
    return Channel.objects.bulk_create(
        Channel(team=team, platform="sandbox", account_id=f"many-{n}", handle=f"@many{n}", connected_by=by)
        for n in range(CHANNELS)
    )


def _post(team: Team, author: User, number: int) -> Post:
    """Spread over sixty days around today."""
    due = timezone.now() + timedelta(minutes=(number % 60 - 30) * 1440 + number % 1440)
    state = ("draft", "submitted", "submitted", "published")[number % 4]
    return Post(
        team=team,
        author=author,
        title=f"Post {number}",
        parts=[f"The tide tables of week {number}."],
        declarations=dict(make.GOOD),
        due_at=due,
        due_local=f"{due:%Y-%m-%dT%H:%M}",
        due_zone="UTC",
        state=state,
    )


def _handed_in(team: Team, posts: list[Post]) -> None:
    """A submission with its editor, a check run and a finding for each post that is no draft. Which of them
    is published is all the same to the lists."""
    like = Submission.objects.filter(team=team, state="in_review").latest("pk")
    handed = [post for post in posts if post.state != Post.State.DRAFT]
    submissions = Submission.objects.bulk_create(
        (_submission(like, post) for post in handed), batch_size=1000
    )
    Editor.objects.bulk_create((Editor(submission=s, user=s.author) for s in submissions), batch_size=2000)
    runs = CheckRun.objects.bulk_create((_run(s) for s in submissions), batch_size=1000)
    Finding.objects.bulk_create((_finding(run) for run in runs), batch_size=1000)
    _move(submissions[::3], "in_review")
    _move(submissions[1::3], "in_review")
    for post, submission in zip(handed, submissions, strict=True):
        post.submission = submission
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduler_post SET submission_id = s.id FROM gate_submission s "
            "WHERE s.origin_url = '/t/' || %s || '/posts/' || scheduler_post.id || '/'",
            [like.team.slug],
        )


def _submission(like: Submission, post: Post) -> Submission:
    return Submission(
        team=like.team,
        origin=post.origin,
        origin_url=f"/t/{like.team.slug}/posts/{post.pk}/",
        number=1,
        title=post.title,
        content=like.content,
        digest=like.digest,
        author=post.author,
        conduct=like.conduct,
        due_at=post.due_at,
    )


def _move(submissions: list[Submission], state: str) -> None:
    """The database lets every submission begin with its checks; two thirds of them are through."""
    Submission.objects.filter(pk__in=[s.pk for s in submissions]).update(state=state)


def _run(submission: Submission) -> CheckRun:
    return CheckRun(
        submission=submission,
        round=1,
        check_id="disclosure",
        check_version="1",
        clause="2.2",
        title="Disclosure",
        status="found",
        started_at=timezone.now(),
        milliseconds=1,
    )


def _finding(run: CheckRun) -> Finding:
    return Finding(
        run=run,
        submission=run.submission,
        round=1,
        code="disclosure.ask",
        level="attest",
        message="Who pays?",
    )


def _delivered(team: Team, posts: list[Post], channels: list[Channel]) -> None:
    Delivery.objects.bulk_create(
        (
            Delivery(
                team=team,
                post=post,
                submission=post.submission,
                channel=channels[n % CHANNELS],
                position=0,
                due_at=post.due_at or timezone.now(),
                state="sent",
                key=Delivery.new_key(),
                sent_at=post.due_at,
            )
            for n, post in enumerate(posts)
        ),
        batch_size=1000,
    )


def _entries(team: Team, posts: list[Post]) -> None:
    """One entry a post, each with the leaf that it would have; the tree over them is not what lists read."""
    index = Entry.objects.latest("index").index + 1
    seq = Entry.objects.filter(team_id=team.pk).latest("team_seq").team_seq + 1
    entries = Entry.objects.bulk_create(
        (_entry(team, post, index + n, seq + n) for n, post in enumerate(posts)), batch_size=1000
    )
    Tag.objects.bulk_create(
        (
            Tag(entry=entry, team_id=team.pk, name=name, value=values[0])
            for entry in entries
            for name, values in entry.content["tags"].items()
        ),
        batch_size=2000,
    )
    Erasable.objects.bulk_create(
        (
            Erasable(entry=entry, field="title", salt="00" * 32, text=post.title)
            for entry, post in zip(entries, posts, strict=True)
        ),
        batch_size=2000,
    )


def _entry(team: Team, post: Post, index: int, seq: int) -> Entry:
    now = timezone.now()
    said: dict[str, Any] = {
        "v": leaf.VERSION,
        "index": index,
        "team": team.pk,
        "seq": seq,
        "at": leaf.moment(now),
        "kind": "post.created",
        "outcome": "",
        "actor": post.author_id,
        "subject": post.origin,
        "data": {},
        "personal": {"title": leaf.personal_digest("00" * 32, post.title)},
        "tags": leaf.tag_values({"post": [post.pk], "person": [post.author_id]}),
    }
    text = leaf.canonical(said)
    return Entry(
        index=index,
        team_id=team.pk,
        team_seq=seq,
        at=now,
        kind="post.created",
        actor_id=post.author_id,
        subject=post.origin,
        leaf=text,
        leaf_hash=merkle.leaf_hash(text.encode()).hex(),
    )
