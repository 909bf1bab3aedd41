"""2. What blocks is set aside by two people who did not write it, or not at all. The service, the database and the door
each refuse every shortcut; the tampering goes past the triggers, as somebody who owns the database could."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from gate import decisions, door, overrides, runner, services
from gate.errors import GateError, Incomplete, NotAcknowledged, NotAllowed, NotApproved, WrongState
from gate.models import Decision, Editor, Finding, Override, Submission
from ledger.models import Entry
from tests import factories as make
from tests.must_hold.test_01_only_approved_content_is_sent import sql

pytestmark = pytest.mark.django_db
State = Submission.State
WORDS = {"word-list": {"words": ["tide tables: blocks"]}}
WHY = "It is the public name of our own page."


@pytest.fixture
def scene() -> SimpleNamespace:
    """A submission that one finding blocks, and everybody who may or may not do something about it."""
    team = make.team(check_settings=WORDS)
    people = {
        "author": make.member(team, "author", "reviewer"),
        "one": make.member(team, "reviewer", name="Rosa"),
        "two": make.member(team, "reviewer", name="Ken"),
        "admin": make.member(team, "reviewer", "admin"),
    }
    submission = make.examined(people["author"])
    assert submission.state == State.BLOCKED
    finding = submission.findings.get(level="blocks")
    return SimpleNamespace(team=team, submission=submission, finding=finding, **people)


def override(scene: SimpleNamespace, member: Membership, **extra: object) -> Override:
    scene.submission.refresh_from_db()
    given = {"finding_id": scene.finding.pk, "version": scene.submission.version, "reason": WHY, **extra}
    made = overrides.override(member=member, **given)
    scene.submission.refresh_from_db()
    return made


def approved(scene: SimpleNamespace) -> Submission:
    for member in (scene.one, scene.two):
        override(scene, member)
    return make.approve(scene.submission, scene.one)


def ask_the_door(submission: Submission) -> None:
    door.require_approval(
        team_id=submission.team_id,
        submission_id=submission.pk,
        channel=submission.frozen.channels[0],
        media={},
        at=timezone.now(),
    )


def test_two_reviewers_bring_it_into_review_and_it_still_needs_an_approval(scene):
    override(scene, scene.one)
    assert scene.submission.state == State.BLOCKED
    made = override(scene, scene.two)
    assert scene.submission.state == State.IN_REVIEW
    assert (made.digest, made.reason) == (scene.submission.digest, WHY)
    make.approve(scene.submission, scene.two)
    ask_the_door(scene.submission)
    entries = Entry.objects.filter(kind="submission.overridden").order_by("index")
    assert [(e.content["outcome"], e.content["data"]["override"]) for e in entries] == [
        ("", 1),
        ("in_review", 2),
    ]
    assert entries[0].content["data"]["finding"] == "word-list.term"
    assert WHY not in entries[0].leaf
    assert entries[0].texts["reason"] == WHY


def refused(scene: SimpleNamespace, member: Membership, error: type[GateError], **extra: object) -> None:
    before = Override.objects.count()
    with pytest.raises(error):
        override(scene, member, **extra)
    scene.submission.refresh_from_db()
    assert (scene.submission.state, Override.objects.count()) == (State.BLOCKED, before)


def test_one_person_twice_is_one(scene):
    override(scene, scene.one)
    refused(scene, scene.one, NotAllowed)


def test_neither_author_nor_editor(scene):
    Editor.objects.create(submission=scene.submission, user=scene.two.user)
    refused(scene, scene.author, NotAllowed)
    refused(scene, scene.two, NotAllowed)


def test_nobody_from_outside_without_the_role_or_who_has_left(scene):
    refused(scene, make.member(make.team(), "reviewer"), NotAllowed)
    for role in ("author", "auditor", "admin"):
        refused(scene, make.member(scene.team, role), NotAllowed)
    Membership.objects.filter(pk=scene.one.pk).update(ended_at=timezone.now())
    refused(scene, scene.one, NotAllowed)


def test_not_without_a_reason_or_before_reading_the_code_of_conduct(scene):
    refused(scene, scene.one, Incomplete, reason="ok      ")
    refused(scene, scene.one, Incomplete, reason="." * 20)
    refused(scene, make.member(scene.team, "reviewer", acknowledged=False), NotAcknowledged)


def test_not_what_the_reviewer_did_not_see(scene):
    refused(scene, scene.one, WrongState, version=scene.submission.version - 1)
    asked = scene.submission.findings.filter(level="attest").first()
    refused(scene, scene.one, NotAllowed, finding_id=asked.pk)


def test_the_code_of_conduct_may_say_nobody_or_admins(scene):
    make.set_checks(scene.team, {"word-list": {**WORDS["word-list"], "override": "nobody"}})
    refused(scene, scene.admin, NotAllowed)
    make.set_checks(scene.team, {"word-list": {**WORDS["word-list"], "override": "admins"}})
    refused(scene, scene.one, NotAllowed)
    override(scene, scene.admin)


def test_a_stricter_code_of_conduct_takes_back_what_was_not_approved_yet(scene):
    override(scene, scene.one)
    override(scene, scene.two)
    for who in ("admins", "nobody"):
        make.set_checks(scene.team, {"word-list": {**WORDS["word-list"], "override": who}})
        with pytest.raises(NotAllowed, match="blocking"):
            make.approve(scene.submission, scene.one)


def test_an_override_of_somebody_who_left_does_not_count_towards_an_approval(scene):
    override(scene, scene.one)
    override(scene, scene.two)
    Membership.objects.filter(pk=scene.two.pk).update(ended_at=timezone.now())
    with pytest.raises(NotAllowed, match="blocking"):
        make.approve(scene.submission, scene.one)
    override(scene, scene.admin)
    make.approve(scene.submission, scene.one)
    Membership.objects.filter(pk=scene.one.pk).update(ended_at=timezone.now())
    ask_the_door(scene.submission)


def test_running_the_checks_again_asks_for_both_anew(scene):
    old = scene.finding
    override(scene, scene.one)
    services.recheck(submission_id=scene.submission.pk, member=scene.one)
    runner.run(scene.submission.pk)
    refused(scene, scene.two, NotAllowed, finding_id=old.pk)
    scene.finding = scene.submission.findings.get(level="blocks", round=2)
    override(scene, scene.two)
    assert scene.submission.state == State.BLOCKED


def test_every_finding_takes_two_of_its_own(scene):
    second = Finding.objects.create(
        run=scene.finding.run,
        submission=scene.submission,
        round=1,
        code="word-list.term",
        level="blocks",
        message="Another word",
    )
    override(scene, scene.one)
    override(scene, scene.two)
    assert scene.submission.state == State.BLOCKED
    override(scene, scene.one, finding_id=second.pk)
    override(scene, scene.admin, finding_id=second.pk)
    assert scene.submission.state == State.IN_REVIEW


def test_what_could_not_run_is_overridden_as_its_check_may_be(scene):
    override(scene, scene.one)
    for check_id, error in (("platform-rules", NotAllowed), ("toxicity", None)):
        unknown = Finding.objects.create(
            run=scene.submission.runs.get(check_id=check_id),
            submission=scene.submission,
            round=1,
            code="unknown",
            level="blocks",
            message="Could not run",
        )
        if error:
            refused(scene, scene.one, error, finding_id=unknown.pk)
        else:
            override(scene, scene.one, finding_id=unknown.pk)


def test_the_database_refuses_the_author_an_editor_another_digest_and_what_does_not_block(scene):
    Editor.objects.create(submission=scene.submission, user=scene.two.user)
    asked = scene.submission.findings.filter(level="attest").first()
    good = {
        "finding": scene.finding,
        "submission": scene.submission,
        "digest": scene.submission.digest,
        "reviewer": scene.one.user,
        "reason": WHY,
    }
    for wrong in (
        {"reviewer": scene.author.user},
        {"reviewer": scene.two.user},
        {"digest": "0" * 64},
        {"finding": asked},
        {"reason": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Override.objects.create(**{**good, **wrong})
    Override.objects.create(**good)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(**good)


def test_who_overrode_cannot_become_an_editor(scene):
    override(scene, scene.one)
    with pytest.raises(IntegrityError, match="editor"), transaction.atomic():
        Editor.objects.create(submission=scene.submission, user=scene.one.user)


def lose_one(scene: SimpleNamespace) -> None:
    sql("DELETE FROM gate_override WHERE reviewer_id = %s", scene.one.user_id)


def lose_both(scene: SimpleNamespace) -> None:
    sql("DELETE FROM gate_override")


def by_the_author(scene: SimpleNamespace) -> None:
    sql(
        "UPDATE gate_override SET reviewer_id = %s WHERE reviewer_id = %s",
        scene.author.user_id,
        scene.one.user_id,
    )


def by_an_editor(scene: SimpleNamespace) -> None:
    sql(
        "INSERT INTO gate_editor (submission_id, user_id) VALUES (%s, %s)",
        scene.submission.pk,
        scene.two.user_id,
    )


def by_an_outsider(scene: SimpleNamespace) -> None:
    stranger = make.member(make.team(), "reviewer")
    sql(
        "UPDATE gate_override SET reviewer_id = %s WHERE reviewer_id = %s",
        stranger.user_id,
        scene.one.user_id,
    )


def of_another_digest(scene: SimpleNamespace) -> None:
    sql("UPDATE gate_override SET digest = %s WHERE reviewer_id = %s", "0" * 64, scene.one.user_id)


def of_another_finding(scene: SimpleNamespace) -> None:
    other = scene.submission.findings.filter(level="attest").first()
    sql("UPDATE gate_override SET finding_id = %s WHERE reviewer_id = %s", other.pk, scene.one.user_id)


def of_another_submission(scene: SimpleNamespace) -> None:
    other = make.examined(scene.author)
    sql("UPDATE gate_override SET submission_id = %s WHERE reviewer_id = %s", other.pk, scene.one.user_id)


def of_an_earlier_round(scene: SimpleNamespace) -> None:
    """The same finding, found again: two people set the old one aside."""
    sql("UPDATE gate_finding SET round = 0 WHERE id = %s", scene.finding.pk)
    Finding.objects.create(
        run=scene.finding.run,
        submission=scene.submission,
        round=1,
        code="word-list.term",
        level="blocks",
        message="The same word",
    )


def under_nobody(scene: SimpleNamespace) -> None:
    """The approval names a version by which nobody overrides."""
    make.set_checks(scene.team, {"word-list": {**WORDS["word-list"], "override": "nobody"}})
    newest = scene.team.conduct_versions.first()
    sql("UPDATE gate_decision SET conduct_id = %s WHERE submission_id = %s", newest.pk, scene.submission.pk)


def of_a_check_that_is_gone(scene: SimpleNamespace) -> None:
    sql("UPDATE gate_checkrun SET check_id = 'gone' WHERE id = %s", scene.finding.run_id)


TRICKS: list[Callable[[SimpleNamespace], None]] = [
    lose_one,
    lose_both,
    by_the_author,
    by_an_editor,
    by_an_outsider,
    of_another_digest,
    of_another_finding,
    of_another_submission,
    of_an_earlier_round,
    under_nobody,
    of_a_check_that_is_gone,
]


def test_the_door_stays_shut_after_every_trick(scene):
    """Each of them alone, and undone before the next."""
    approved(scene)
    for trick in TRICKS:
        ask_the_door(scene.submission)
        with transaction.atomic():
            trick(scene)
            with pytest.raises(NotApproved):
                ask_the_door(scene.submission)
            transaction.set_rollback(True)


def test_an_approval_past_the_service_opens_nothing(scene):
    """Blocked, overridden once, and the rest by SQL."""
    override(scene, scene.one)
    decision = Decision.objects.create(
        submission=scene.submission,
        digest=scene.submission.digest,
        kind="approve",
        reviewer=scene.two.user,
        conduct=scene.submission.conduct,
        expires_at=timezone.now() + timedelta(days=1),
    )
    for finding in scene.submission.findings.filter(level="attest"):
        decision.attestations.create(finding=finding, question="?")
    Submission.objects.filter(pk=scene.submission.pk).update(state=State.APPROVED)
    with pytest.raises(NotApproved, match="not settled"):
        ask_the_door(scene.submission)


def test_asking_for_changes_after_overrides_closes_it(scene):
    override(scene, scene.one)
    override(scene, scene.two)
    decisions.ask_for_changes(
        submission_id=scene.submission.pk,
        version=scene.submission.version,
        member=scene.one,
        reason="I was wrong about it.",
    )
    with pytest.raises(WrongState):
        make.approve(scene.submission, scene.two)
