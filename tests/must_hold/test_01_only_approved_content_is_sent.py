"""1. Nothing is sent without an unexpired, unrevoked approval of exactly this digest, for this team, under rules that
still count, with media bytes hashed again. Anything missing or raising: not sent.

The tampering goes past the triggers, as somebody who owns the database could: the door must not trust the rows.
"""

import ast
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts.models import Channel, Team
from gate import blobs, decisions, door, policy, runner
from gate import services as gate
from gate.checks.base import Level
from gate.errors import NotApproved
from gate.models import Attestation, CheckRun, Decision, Editor, Finding, Submission
from platforms import sandbox
from scheduler import lifecycle, sender
from scheduler.models import Delivery, Image, Post
from tests import append_only
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    """An approved post with an image, due now."""
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    channel = make.channel(team)
    post = make.post(author, channel)
    data = make.picture(kind="JPEG")
    blob = blobs.put(team=team, data=data, content_type="image/jpeg", width=320, height=200)
    Image.objects.create(
        post=post,
        master_sha256=blob.sha256,
        filename="harbour.jpg",
        width=320,
        height=200,
        alt="A grey-blue harbour",
        facts=["none"],
        added_by=author.user,
    )
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Submission.State.IN_REVIEW, list(
        submission.findings.values_list("message", flat=True)
    )
    make.approve(submission, reviewer)
    post.refresh_from_db()
    return make.make_due(post)


def out(post: Post) -> int:
    channel = post.deliveries.get().channel
    return len(sandbox.posts(str(django_settings.SANDBOX_DIR / str(post.team_id)), channel.account_id))


def sql(statement: str, *values: object) -> None:
    with append_only.suspended(), guards_suspended(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def guards_suspended() -> Iterator[None]:
    """PostgreSQL's switch for all triggers is thrown by append_only.suspended already."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard%%'")
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, text in guards:
            cursor.execute(text)


def expire(post: Post) -> None:
    past = timezone.now() - timedelta(seconds=1)
    sql("UPDATE gate_decision SET expires_at = %s WHERE submission_id = %s", past, post.submission_id)


def revoke(post: Post) -> None:
    reviewer = make.member(post.team, "reviewer")
    decisions.revoke(submission_id=post.submission_id, member=reviewer, reason="We found a mistake.")


def revoke_and_force_the_state(post: Post) -> None:
    revoke(post)
    sql("UPDATE gate_submission SET state = 'approved' WHERE id = %s", post.submission_id)


def raise_the_floor(post: Post) -> None:
    admin = make.member(post.team, "admin")
    policy.publish(member=admin, text=policy.current(post.team).text, note="stricter", is_floor=True)


def raise_the_floor_and_approve_by_hand(post: Post) -> None:
    """Approved under the new version, on checks that worked by the settings of the old one."""
    raise_the_floor(post)
    newest = policy.current(post.team).pk
    sql("UPDATE gate_decision SET conduct_id = %s WHERE submission_id = %s", newest, post.submission_id)


def examine_by_other_settings(post: Post) -> None:
    """Loosened for the checks alone."""
    words = {"word-list": {"words": ["harbour: advises"]}}
    other = make.team(check_settings=words).conduct_versions.latest("number").pk
    sql("UPDATE gate_checkrun SET conduct_id = %s WHERE check_id = 'word-list'", other)


def change_the_text(post: Post) -> None:
    content = post.submission.content.replace("tide tables", "lottery numbers")
    sql("UPDATE gate_submission SET content = %s WHERE id = %s", content, post.submission_id)


def change_text_and_digest(post: Post) -> None:
    content = post.submission.content.replace("tide tables", "lottery numbers")
    digest = hashlib.sha256(content.encode()).hexdigest()
    sql(
        "UPDATE gate_submission SET content = %s, digest = %s WHERE id = %s",
        content,
        digest,
        post.submission_id,
    )


def change_the_bytes(post: Post) -> None:
    sha256 = next(iter(post.submission.frozen.media()))
    path = f"blobs/{sha256[:2]}/{sha256}"
    default_storage.delete(path)
    default_storage.save(path, ContentFile(make.picture(colour="#ff0000")))


def lose_the_bytes(post: Post) -> None:
    sha256 = next(iter(post.submission.frozen.media()))
    default_storage.delete(f"blobs/{sha256[:2]}/{sha256}")


def point_at_another_account(post: Post) -> None:
    Channel.objects.filter(pk=post.deliveries.get().channel_id).update(account_id="somebody-else")


def point_at_another_channel(post: Post) -> None:
    sql(
        "UPDATE scheduler_delivery SET channel_id = %s WHERE post_id = %s",
        make.channel(post.team).pk,
        post.pk,
    )


def lose_a_check(post: Post) -> None:
    run = CheckRun.objects.filter(submission_id=post.submission_id, check_id="platform-rules").get()
    sql("DELETE FROM gate_finding WHERE run_id = %s", run.pk)
    sql("DELETE FROM gate_checkrun WHERE id = %s", run.pk)


def add_a_question(post: Post) -> None:
    run = CheckRun.objects.filter(submission_id=post.submission_id).first()
    Finding.objects.create(
        run=run, submission_id=post.submission_id, round=1, code="x", level=Level.ATTEST, message="Is it so?"
    )


def add_a_block(post: Post) -> None:
    run = CheckRun.objects.filter(submission_id=post.submission_id).first()
    Finding.objects.create(
        run=run, submission_id=post.submission_id, round=1, code="x", level=Level.BLOCKS, message="No"
    )


def lose_an_answer(post: Post) -> None:
    sql(
        "DELETE FROM gate_attestation WHERE decision_id IN (SELECT id FROM gate_decision WHERE submission_id = %s)",
        post.submission_id,
    )


def make_a_check_unknown(post: Post) -> None:
    sql(
        "UPDATE gate_checkrun SET status = 'unknown' WHERE submission_id = %s AND check_id = 'platform-rules'",
        post.submission_id,
    )


def make_the_reviewer_an_editor(post: Post) -> None:
    decision = Decision.objects.get(submission_id=post.submission_id)
    sql(
        "UPDATE gate_editor SET user_id = %s WHERE submission_id = %s AND user_id = %s",
        decision.reviewer_id,
        post.submission_id,
        post.author_id,
    )


def lose_the_decision(post: Post) -> None:
    lose_an_answer(post)
    sql("DELETE FROM gate_decision WHERE submission_id = %s", post.submission_id)


def give_it_to_another_team(post: Post) -> None:
    sql("UPDATE gate_submission SET team_id = %s WHERE id = %s", make.team().pk, post.submission_id)


def make_the_content_rubbish(post: Post) -> None:
    digest = hashlib.sha256(b"rubbish").hexdigest()
    sql(
        "UPDATE gate_submission SET content = 'rubbish', digest = %s WHERE id = %s",
        digest,
        post.submission_id,
    )
    sql("UPDATE gate_decision SET digest = %s WHERE submission_id = %s", digest, post.submission_id)


def withdraw_but_keep_the_deliveries(post: Post) -> None:
    gate.withdraw(submission_id=post.submission_id, by=post.author)


def edit_the_post(post: Post) -> None:
    member = post.team.members.get(user=post.author)
    lifecycle.save(
        post_id=post.pk, version=post.version, member=member, draft=make.draft(text="Something else")
    )


WAYS: list[Callable[[Post], None]] = [
    expire,
    revoke,
    revoke_and_force_the_state,
    raise_the_floor,
    raise_the_floor_and_approve_by_hand,
    examine_by_other_settings,
    change_the_text,
    change_text_and_digest,
    change_the_bytes,
    lose_the_bytes,
    point_at_another_account,
    point_at_another_channel,
    lose_a_check,
    add_a_question,
    add_a_block,
    lose_an_answer,
    make_a_check_unknown,
    make_the_reviewer_an_editor,
    lose_the_decision,
    give_it_to_another_team,
    make_the_content_rubbish,
    withdraw_but_keep_the_deliveries,
    edit_the_post,
]


def test_the_scene_itself_would_be_sent(scene):
    sender.send(scene.deliveries.get().pk)
    assert out(scene) == 1


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_it_is_not_sent_after(scene, way):
    account = scene.deliveries.get().channel.account_id
    way(scene)
    for delivery in Delivery.objects.filter(post=scene):
        sender.send(delivery.pk)
    assert sandbox.posts(str(django_settings.SANDBOX_DIR / str(scene.team_id)), account) == []
    assert not Delivery.objects.filter(post=scene, state=Delivery.State.SENT).exists()


def test_an_approval_of_the_same_words_for_another_submission_does_not_count(scene):
    author, channel = scene.team.members.get(user=scene.author), scene.deliveries.get().channel
    lifecycle.withdraw(post_id=scene.pk, member=author)
    scene.refresh_from_db()
    lifecycle.retime(
        post_id=scene.pk,
        version=scene.version,
        member=author,
        due_local=f"{timezone.now() + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        due_zone="UTC",
    )
    scene.refresh_from_db()
    again = lifecycle.submit(post_id=scene.pk, version=scene.version, member=author)
    first = Submission.objects.get(origin=scene.origin, number=1)
    assert again.digest == first.digest
    make.make_due(scene)
    for delivery in scene.deliveries.all():
        sender.send(delivery.pk)
    assert sandbox.posts(str(django_settings.SANDBOX_DIR / str(scene.team_id)), channel.account_id) == []


def test_whatever_raises_keeps_the_door_shut(scene):
    """No table to read: still NotApproved, and nothing else."""
    frozen = scene.submission.frozen.channels[0]
    with pytest.raises(NotApproved):
        door.require_approval(
            team_id=scene.team_id,
            submission_id=scene.submission_id,
            channel=frozen,
            media={"not": b"there"},
            at=timezone.now(),
        )
    with pytest.raises(NotApproved):
        door.require_approval(
            team_id=scene.team_id,
            submission_id=scene.submission_id,
            channel=frozen,
            media=None,
            at="yesterday",
        )


def test_an_approval_is_for_one_team(scene):
    frozen = scene.submission.frozen.channels[0]
    media = {s: blobs.read(scene.team_id, s) for s in scene.submission.frozen.media()}
    given = {"submission_id": scene.submission_id, "channel": frozen, "media": media, "at": timezone.now()}
    assert door.require_approval(team_id=scene.team_id, **given).digest == scene.submission.digest
    with pytest.raises(NotApproved):
        door.require_approval(team_id=make.team().pk, **given)


def test_there_is_one_door_and_one_caller():
    """`publish` of a platform is called in scheduler/sender.py alone, and `require_approval` stands before it."""
    root = Path(django_settings.BASE_DIR)
    callers = set()
    for file in [
        p for app in ("accounts", "gate", "ledger", "scheduler", "config") for p in (root / app).rglob("*.py")
    ]:
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "publish"
            ):
                base = node.func.value
                if not (isinstance(base, ast.Name) and base.id == "policy"):
                    callers.add(str(file.relative_to(root)))
    assert callers == {"scheduler/sender.py"}


def test_teams_and_people_are_not_confused_by_equal_images(scene):
    """The same bytes in another team are another team's blob."""
    sha256 = next(iter(scene.submission.frozen.media()))
    other: Team = make.team()
    with pytest.raises(blobs.BlobBroken):
        blobs.read(other.pk, sha256)


def test_answers_are_kept_with_the_approval(scene):
    decision = Decision.objects.get(submission_id=scene.submission_id)
    asked = Finding.objects.filter(submission_id=scene.submission_id, level=Level.ATTEST).count()
    assert asked
    assert Attestation.objects.filter(decision=decision).count() == asked
    assert Editor.objects.filter(submission_id=scene.submission_id, user=scene.author).exists()
