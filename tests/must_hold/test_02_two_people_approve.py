"""2. Where the organisation asks for two approvals, two people give them, neither of whom wrote it; and two at once
never move anything twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Membership, Notice
from gate import decisions, overrides, policy, queries, runner, services
from gate.errors import GateError, NotAllowed, NotApproved, Unanswered, WrongState
from gate.models import Attestation, Decision, Override, Submission
from ledger.models import Entry
from tests import factories as make
from tests.must_hold.test_01_only_approved_content_is_sent import sql
from tests.must_hold.test_02_two_people_override import WHY, WORDS, ask_the_door

State = Submission.State
Kind = Decision.Kind
TWO = {"review": {"two_channels": ["sandbox"]}}


def make_scene(**settings: object) -> SimpleNamespace:
    team = make.team(check_settings={**TWO, **settings})
    author = make.member(team, "author", "reviewer", name="Amara")
    return SimpleNamespace(
        team=team,
        author=author,
        one=make.member(team, "reviewer", name="Rosa"),
        two=make.member(team, "reviewer", name="Ken"),
        submission=make.examined(author),
    )


@pytest.fixture
def scene(db: None) -> SimpleNamespace:
    return make_scene()


def kinds(submission: Submission) -> list[str]:
    return list(submission.decisions.values_list("kind", flat=True))


def test_the_first_opens_nothing_and_the_second_by_another_person_closes_it(scene):
    make.approve(scene.submission, scene.one)
    assert scene.submission.state == State.IN_REVIEW
    with pytest.raises(NotApproved):
        ask_the_door(scene.submission)
    first = scene.submission.decisions.get()
    assert (first.kind, first.round, first.digest) == (Kind.FIRST, 1, scene.submission.digest)
    assert first.attestations.count() == scene.submission.findings.filter(level="attest").count() > 0
    assert queries.next_for(scene.one) is None
    assert queries.next_for(scene.two) == scene.submission
    make.approve(scene.submission, scene.two)
    assert scene.submission.state == State.APPROVED
    ask_the_door(scene.submission)
    said = list(
        Entry.objects.filter(kind__endswith="approved").order_by("index").values_list("kind", flat=True)
    )
    assert said == ["submission.first_approved", "submission.approved"]
    told = Notice.objects.filter(team=scene.team, text__contains="Rosa")
    assert {n.user_id for n in told} == {scene.author.user_id, scene.two.user_id}


def test_one_person_is_not_two(scene):
    make.approve(scene.submission, scene.one)
    with pytest.raises(NotAllowed, match="Another reviewer"):
        make.approve(scene.submission, scene.one)
    for kind in (Kind.APPROVE, Kind.FIRST):
        with pytest.raises(IntegrityError), transaction.atomic():
            decide(scene.submission, scene.one, kind)
    with pytest.raises(IntegrityError, match="cannot approve"), transaction.atomic():
        decide(scene.submission, scene.author, Kind.FIRST)


def test_whoever_looked_before_the_first_was_given_looks_again(scene):
    seen = scene.submission.version
    make.approve(scene.submission, scene.one)
    with pytest.raises(WrongState, match="Rosa gave the first"):
        decisions.approve(submission_id=scene.submission.pk, version=seen, member=scene.two)
    with pytest.raises(Unanswered):
        decisions.approve(
            submission_id=scene.submission.pk, version=scene.submission.version, member=scene.two
        )
    assert kinds(scene.submission) == [Kind.FIRST]


def test_a_new_round_voids_the_first(scene):
    make.approve(scene.submission, scene.one)
    services.recheck(submission_id=scene.submission.pk, member=scene.two)
    runner.run(scene.submission.pk)
    scene.submission.refresh_from_db()
    make.approve(scene.submission, scene.two)
    assert scene.submission.state == State.IN_REVIEW
    assert kinds(scene.submission) == [Kind.FIRST, Kind.FIRST]
    make.approve(scene.submission, scene.one)
    ask_the_door(scene.submission)


def raise_the_floor(scene: SimpleNamespace) -> None:
    admin = make.member(scene.team, "admin")
    policy.publish(member=admin, text=policy.current(scene.team).text, note="", is_floor=True)


def end_the_first(scene: SimpleNamespace) -> None:
    Membership.objects.filter(pk=scene.one.pk).update(ended_at=timezone.now(), is_reviewer=False)


@pytest.mark.parametrize("what", [raise_the_floor, end_the_first])
def test_a_first_that_lapsed_does_not_count(scene, what):
    make.approve(scene.submission, scene.one)
    what(scene)
    with pytest.raises(GateError, match="again"):
        make.approve(scene.submission, scene.two)
    assert kinds(scene.submission) == [Kind.FIRST]


def test_who_takes_the_rule_away_does_not_then_approve_alone_what_waits(scene):
    """Neither by the service nor at the door; what is handed in afterwards takes one."""
    make.set_checks(scene.team, {"review": {"two_channels": []}})
    boss = make.member(scene.team, "admin", "reviewer")
    make.approve(scene.submission, boss)
    assert kinds(scene.submission) == [Kind.FIRST]
    make.approve(scene.submission, scene.two)
    ask_the_door(scene.submission)
    with transaction.atomic():
        lose_the_first(scene)
        with pytest.raises(NotApproved, match="two approvals"):
            ask_the_door(scene.submission)
        transaction.set_rollback(True)
    later = make.approve(make.examined(scene.author, text="The museum opens at noon."), boss)
    assert kinds(later) == [Kind.APPROVE]
    ask_the_door(later)


def test_an_approval_alone_still_counts_where_one_is_enough(db):
    """Also one from before rounds were kept."""
    scene = make_scene(review={})
    make.approve(scene.submission, scene.one)
    sql("UPDATE gate_decision SET round = NULL")
    ask_the_door(scene.submission)
    sql("UPDATE gate_decision SET round = 7")
    with pytest.raises(NotApproved, match="round"):
        ask_the_door(scene.submission)


def decide(submission: Submission, member: Membership, kind: str) -> Decision:
    return Decision.objects.create(
        submission=submission,
        digest=submission.digest,
        kind=kind,
        reviewer=member.user,
        conduct=policy.current(submission.team),
        expires_at=timezone.now() + timedelta(days=1),
        round=submission.round,
    )


def lose_the_first(scene: SimpleNamespace) -> None:
    first = scene.submission.decisions.get(kind=Kind.FIRST)
    sql("DELETE FROM gate_attestation WHERE decision_id = %s", first.pk)
    sql("DELETE FROM gate_decision WHERE id = %s", first.pk)


def change_the_first(
    column: str, value: Callable[[SimpleNamespace], object]
) -> Callable[[SimpleNamespace], None]:
    def trick(scene: SimpleNamespace) -> None:
        sql(f"UPDATE gate_decision SET {column} = %s WHERE kind = 'first'", value(scene))

    trick.__name__ = f"{column} of the first"
    return trick


def lose_an_answer_of_the_first(scene: SimpleNamespace) -> None:
    sql(
        "DELETE FROM gate_attestation WHERE decision_id IN (SELECT id FROM gate_decision WHERE kind = 'first')"
    )


def make_the_first_an_editor(scene: SimpleNamespace) -> None:
    sql(
        "INSERT INTO gate_editor (submission_id, user_id) VALUES (%s, %s)",
        scene.submission.pk,
        scene.one.user_id,
    )


def another_round(scene: SimpleNamespace) -> None:
    """The approval of an earlier round, with its first of the present one."""
    sql("UPDATE gate_decision SET round = 7 WHERE kind = 'approve'")


def first_behind(scene: SimpleNamespace) -> None:
    """Given after the approval that it should have stood before."""
    second = scene.submission.decisions.get(kind=Kind.APPROVE)
    sql("UPDATE gate_decision SET kind = 'first', round = 7 WHERE id = %s", second.pk)
    first = scene.submission.decisions.exclude(pk=second.pk).get()
    sql(
        "UPDATE gate_decision SET kind = 'approve', expires_at = %s WHERE id = %s",
        second.expires_at,
        first.pk,
    )


TRICKS: list[Callable[[SimpleNamespace], None]] = [
    lose_the_first,
    lose_an_answer_of_the_first,
    make_the_first_an_editor,
    another_round,
    change_the_first("digest", lambda scene: "0" * 64),
    change_the_first("round", lambda scene: 7),
    change_the_first("reviewer_id", lambda scene: scene.two.user_id),
    change_the_first("reviewer_id", lambda scene: scene.author.user_id),
    change_the_first("reviewer_id", lambda scene: make.member(make.team(), "reviewer").user_id),
    change_the_first("submission_id", lambda scene: make.examined(scene.author).pk),
    raise_the_floor,
]


def test_the_door_stays_shut_after_every_trick(scene):
    """Each of them alone, and undone before the next."""
    make.approve(scene.submission, scene.one)
    make.approve(scene.submission, scene.two)
    for trick in [*TRICKS, first_behind]:
        ask_the_door(scene.submission)
        with transaction.atomic():
            trick(scene)
            with pytest.raises(NotApproved):
                ask_the_door(scene.submission)
            transaction.set_rollback(True)


def test_an_approval_past_the_service_opens_nothing_alone(scene):
    decision = decide(scene.submission, scene.two, Kind.APPROVE)
    for finding in scene.submission.findings.filter(level="attest"):
        Attestation.objects.create(decision=decision, finding=finding, question="?")
    Submission.objects.filter(pk=scene.submission.pk).update(state=State.APPROVED)
    with pytest.raises(NotApproved, match="two approvals"):
        ask_the_door(scene.submission)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["override", "approve"])
def test_six_at_once_move_it_once(act):
    """Reviewers who saw the same page press at the same moment."""
    scene = make_scene(**WORDS) if act == "override" else make_scene()
    people = [make.member(scene.team, "reviewer") for _ in range(5)] + [scene.one]
    problems: list[BaseException] = []
    threads = [
        threading.Thread(target=press, args=(act, scene.submission, member, problems)) for member in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    scene.submission.refresh_from_db()
    assert scene.submission.state == State.IN_REVIEW
    if act == "override":
        assert Override.objects.values("reviewer").distinct().count() == Override.objects.count() == 2
        entries = Entry.objects.filter(kind="submission.overridden")
        assert [e.content["outcome"] for e in entries.order_by("index")] == ["", "in_review"]
    else:
        assert kinds(scene.submission) == [Kind.FIRST]


def press(act: str, seen: Submission, member: Membership, problems: list[BaseException]) -> None:
    try:
        if act == "override":
            finding = seen.findings.get(level="blocks")
            overrides.override(finding_id=finding.pk, version=seen.version, member=member, reason=WHY)
        else:
            asked = seen.findings.filter(level="attest").values_list("pk", flat=True)
            decisions.approve(
                submission_id=seen.pk, version=seen.version, member=member, attested=list(asked)
            )
    except GateError:
        pass
    except BaseException as problem:
        problems.append(problem)
    finally:
        connection.close()
