"""3. A check that could not run never passes."""

import pytest
from django.utils import timezone

from gate import check_settings, decisions, policy, runner
from gate import services as gate
from gate.checks import registry
from gate.checks.base import Level
from gate.errors import NotAllowed, NotApproved, WrongState
from gate.models import CheckRun, ConductVersion, Submission
from tests import factories as make
from tests.must_hold.test_02_two_people_override import ask_the_door

pytestmark = pytest.mark.django_db
HERE = "tests.must_hold.faulty_checks"


@pytest.fixture
def only(monkeypatch, settings):
    """Registers these checks and no others."""
    settings.GATE_CHECK_SECONDS = 0.3

    def register(**checks: str) -> None:
        monkeypatch.setattr(registry, "CHECKS", {k.replace("_", "-"): v for k, v in checks.items()})

    return register


@pytest.mark.parametrize("name", ["Raises", "TakesTooLong", "SaysNothing", "DoesNotExist"])
def test_what_cannot_run_blocks(only, name):
    only(faulty=f"{HERE}.{name}", passes=f"{HERE}.Passes")
    submission = make.examined(make.member(make.team(), "author"))
    runs = dict(submission.runs.values_list("check_id", "status"))
    assert runs == {"faulty": CheckRun.Status.UNKNOWN, "passes": CheckRun.Status.PASSED}
    assert submission.state == Submission.State.BLOCKED
    assert "could not run" in submission.findings.get().message


def test_the_policy_may_ask_a_person_instead_but_never_pass(only):
    only(faulty=f"{HERE}.Raises")
    team = make.team(check_settings={"review": {"unknown": "attest"}})
    submission = make.examined(make.member(team, "author"))
    reviewer = make.member(team, "reviewer")
    assert submission.state == Submission.State.IN_REVIEW
    with pytest.raises(Exception, match="answers"):
        decisions.approve(submission_id=submission.pk, version=submission.version, member=reviewer)
    make.approve(submission, reviewer)
    assert submission.state == Submission.State.APPROVED


def test_no_stored_setting_lets_it_pass(only):
    only(faulty=f"{HERE}.Raises")
    team = make.team()
    now = policy.current(team)
    ConductVersion.objects.create(
        team=team,
        number=2,
        text=now.text,
        text_since=1,
        settings={"review": {"unknown": "advises"}},
        published_by=now.published_by,
    )
    assert make.examined(make.member(team, "author")).state == Submission.State.BLOCKED


def test_the_door_stays_shut_where_nobody_was_asked(only, monkeypatch):
    only(faulty=f"{HERE}.Raises")
    monkeypatch.setattr(check_settings, "unknown_level", lambda conduct: Level.ADVISES)
    team = make.team()
    submission = make.examined(make.member(team, "author"))
    make.approve(submission, make.member(team, "reviewer"))
    with pytest.raises(NotApproved, match="nobody was asked"):
        ask_the_door(submission)


def test_a_blocked_submission_cannot_be_approved(only):
    only(faulty=f"{HERE}.Raises")
    team = make.team()
    submission = make.examined(make.member(team, "author"))
    with pytest.raises(WrongState):
        make.approve(submission, make.member(team, "reviewer"))


def test_a_block_that_slips_into_review_is_still_refused(only):
    only(passes=f"{HERE}.Passes")
    team = make.team()
    submission = make.examined(make.member(team, "author"))
    run = submission.runs.get()
    submission.findings.create(run=run, round=1, code="late", level="blocks", message="Found later")
    with pytest.raises(NotAllowed, match="blocking"):
        make.approve(submission, make.member(team, "reviewer"))


def test_checks_can_be_run_again(only):
    only(faulty=f"{HERE}.Raises")
    team = make.team()
    author = make.member(team, "author")
    submission = make.examined(author)
    only(faulty=f"{HERE}.Passes")
    gate.recheck(submission_id=submission.pk, member=author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (Submission.State.IN_REVIEW, 2)


def test_a_submission_whose_worker_died_is_found_and_finished(only):
    """The lease of a dead worker runs out; what it had done is kept, the rest is done by the next."""
    only(first=f"{HERE}.Passes", second=f"{HERE}.Passes")
    submission = make.submitted(make.member(make.team(), "author"))
    now = timezone.now()
    Submission.objects.filter(pk=submission.pk).update(
        check_lease_until=now + runner.lease(), check_tries=1, nudged_at=None
    )
    runner.run(submission.pk)
    assert not submission.runs.exists()
    assert runner.overdue(now) == []
    late = now + 2 * runner.lease()
    assert [s.pk for s in runner.overdue(late)] == [submission.pk]
    Submission.objects.filter(pk=submission.pk).update(check_lease_until=now - runner.lease())
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Submission.State.IN_REVIEW


def test_a_submission_that_kills_its_workers_ends_as_unknown(only):
    only(first=f"{HERE}.Passes")
    submission = make.submitted(make.member(make.team(), "author"))
    Submission.objects.filter(pk=submission.pk).update(check_tries=runner.MAX_TRIES)
    runner.run(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Submission.State.BLOCKED
    assert submission.runs.get().status == CheckRun.Status.UNKNOWN
