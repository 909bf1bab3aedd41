"""Runs the checks on one submission, each within its time, and moves it on.

Each result is committed by itself, so that a worker that dies in the middle leaves work for the next one and
none of it is done twice. A check that raises or takes too long is UNKNOWN, which the policy turns into a
question or a block, never into a pass. A submission on which workers die again and again stops at `MAX_TRIES`:
what is left then counts as UNKNOWN too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.clean import sentence
from accounts.notices import notify, who_hears
from gate import check_context, check_settings, log, policy, telling
from gate.checks import registry
from gate.checks.base import Check, CheckSettings, Level
from gate.checks.base import Finding as Found
from gate.checks.settings import examine
from gate.content import Content
from gate.models import CheckRun, ConductVersion, Finding, Submission

logger = logging.getLogger(__name__)
State = Submission.State
MAX_TRIES = 3
LEASE_MARGIN_SECONDS = 10
CLOCKS_DIFFER = timedelta(minutes=1)
"""How far ahead another machine's clock may be."""
T = TypeVar("T")


class TookTooLong(Exception):
    """A check did not answer within its time."""


def run(submission_id: int) -> None:
    """Examines a submission that is in `checking`; does nothing where another worker holds it or it has moved on."""
    if not _lease(submission_id):
        return
    submission = Submission.objects.select_related("team").get(pk=submission_id)
    done = set(submission.runs.filter(round=submission.round).values_list("check_id", flat=True))
    conduct = policy.current(submission.team)
    used = check_context.of(submission, conduct)
    for check_id in registry.CHECKS:
        if check_id not in done:
            _renew(submission)
            _examine(submission, check_id, used, conduct)
    finish(submission)


def _lease(submission_id: int) -> bool:
    now = timezone.now()
    return bool(
        Submission.objects.filter(pk=submission_id, state=State.CHECKING)
        .filter(_nobodys(now))
        .update(check_lease_until=now + lease(), check_tries=F("check_tries") + 1)
    )


def _nobodys(now: datetime) -> Q:
    """No worker has it: there is no lease, it ran out, or it lies further ahead than any that is made now, which
    means that the clock was set back since."""
    ended = Q(check_lease_until__lt=now) | Q(check_lease_until__gt=now + lease() + CLOCKS_DIFFER)
    return Q(check_lease_until__isnull=True) | ended


def lease() -> timedelta:
    """How long a worker may be silent before another takes over: one check's time and a margin."""
    return timedelta(seconds=settings.GATE_CHECK_SECONDS + LEASE_MARGIN_SECONDS)


def _renew(submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk, state=State.CHECKING).update(
        check_lease_until=timezone.now() + lease()
    )


def _examine(submission: Submission, check_id: str, used: CheckSettings, conduct: ConductVersion) -> None:
    started, began = timezone.now(), monotonic()  # a step of the clock makes no check an hour long
    found: list[Found] = []
    error = ""
    check: Check | None = None
    try:
        if submission.check_tries > MAX_TRIES:
            raise TookTooLong(f"the worker died {MAX_TRIES} times while examining this")
        check = registry.load(check_id)
        found = within(
            settings.GATE_CHECK_SECONDS, lambda: _run(registry.load(check_id), submission.frozen, used)
        )
    except Exception as problem:
        logger.exception("The check %s could not run on submission %s", check_id, submission.pk)
        error = f"{type(problem).__name__}: {problem}"[:300]
    try:
        _record(submission, conduct, check_id, check, found, error, started, monotonic() - began)
    except IntegrityError:
        logger.info("Another worker has recorded %s for submission %s", check_id, submission.pk)


def _run(check: Check, content: Content, used: CheckSettings) -> list[Found]:
    return examine(check, content, used)


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`, or TookTooLong. A thread that does not end is left behind; the cluster's own time limit
    ends the process if it clings to the interpreter."""
    result: list[T] = []
    problem: list[BaseException] = []

    def target() -> None:
        try:
            result.append(work())
        except BaseException as error:
            problem.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    if problem:
        raise problem[0]
    if not result:
        raise TookTooLong(f"no answer within {seconds:g} s")
    return result[0]


@transaction.atomic
def _record(
    submission: Submission,
    conduct: ConductVersion,
    check_id: str,
    check: Check | None,
    found: list[Found],
    error: str,
    started: datetime,
    seconds: float,
) -> None:
    status = CheckRun.Status.UNKNOWN if error else CheckRun.Status.FOUND if found else CheckRun.Status.PASSED
    run_ = CheckRun.objects.create(
        submission=submission,
        round=submission.round,
        check_id=check_id,
        check_version=check.version if check else "?",
        clause=check.clause if check else "",
        title=check.title if check else check_id,
        status=status,
        error=error,
        started_at=started,
        milliseconds=round(seconds * 1000),
        conduct=conduct,
    )
    if error:
        found = [_unknown(run_.title, check_settings.unknown_level(conduct))]
    Finding.objects.bulk_create([_row(run_, submission, f) for f in found])


def _unknown(title: str, level: Level) -> Found:
    return Found(
        id="unknown",
        level=level,
        message=f"“{title}” could not run, so nobody knows what it would have found",
        fix="Run the checks again. If it stays so, an administrator finds the reason in the log of the gate worker.",
        question=f"I examined the post myself for what “{title}” looks for.",
    )


def _row(run_: CheckRun, submission: Submission, found: Found) -> Finding:
    span = found.span
    return Finding(
        run=run_,
        submission=submission,
        round=submission.round,
        code=found.id[:80],
        clause=found.clause or run_.clause,
        level=str(found.level),
        message=found.message[:500],
        fix=found.fix[:500],
        question=found.question[:500],
        channel=span.channel,
        part=span.part,
        field=span.field,
        media_index=span.media_index,
        start=span.start,
        end=span.end,
    )


@transaction.atomic
def finish(submission: Submission) -> None:
    """Moves it on when every registered check has a result in this round."""
    runs = list(CheckRun.objects.filter(submission=submission, round=submission.round))
    if set(registry.CHECKS) - {r.check_id for r in runs}:
        return
    findings = list(Finding.objects.filter(submission=submission, round=submission.round))
    blocked = any(f.level == Level.BLOCKS for f in findings)
    to = State.BLOCKED if blocked else State.IN_REVIEW
    moved = Submission.objects.filter(pk=submission.pk, state=State.CHECKING, round=submission.round).update(
        state=to, version=F("version") + 1, checked_at=timezone.now(), check_lease_until=None
    )
    if not moved:
        return
    log.entry(
        submission,
        "submission.checked",
        None,
        outcome=str(to),
        data={
            "round": submission.round,
            "checks": {r.check_id: [r.check_version, r.status] for r in runs},
            "findings": {level: sum(f.level == level for f in findings) for level in map(str, Level)},
        },
    )
    _tell(submission, blocked)


def _tell(submission: Submission, blocked: bool) -> None:
    if blocked:
        notify(
            team=submission.team,
            users=who_hears(submission.team, submission.author),
            text=f"Blocked by the checks: {sentence(submission.title)} Nothing is lost; open it to see what to "
            "change.",
            url=submission.origin_url,
        )
        return
    telling.reviewers(submission, f"Waiting for review: {submission.title}")


def overdue(now: datetime) -> list[Submission]:
    """Submissions whose checks nobody is running: never started, or left behind by a worker that died."""
    return list(
        Submission.objects.filter(state=State.CHECKING)
        .filter(_nobodys(now))
        .filter(
            Q(nudged_at__isnull=True)
            | Q(nudged_at__lt=now - timedelta(seconds=10))
            | Q(nudged_at__gt=now + CLOCKS_DIFFER)
        )
        .order_by("pk")[:50]
    )
