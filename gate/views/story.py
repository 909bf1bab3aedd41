"""The history of a submission as a timeline: handed in, checked, decided, re-timed; and what came before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from gate.models import CheckRun, Decision, Finding, Override, Submission
from ledger import queries as ledger
from ledger.models import Entry

LOGGED = {
    "submission.retimed": "moved the post to another time",
    "submission.rechecked": "had the checks run again",
    "submission.withdrawn": "took this version back",
    "submission.expired": "The approval ran out",
}
BY_A_VERSION = {
    "submission.rechecked": "The checks run again by version {} of the code of conduct",
    "submission.expired": "The approval lapsed: version {} of the code of conduct asks for a new one",
}
NEVER_APPROVED = "Its time passed before anybody approved it"
TONES = {"first": "good", "approve": "good", "changes": "warn", "reject": "bad", "revoke": "bad"}
DONE = {
    "first": "gave the first of two approvals",
    "approve": "countersigned",
    "changes": "asked for changes",
    "reject": "rejected",
    "revoke": "revoked the approval",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line: who did what. `tone` is a class of the timeline: good, warn, bad or none."""

    at: datetime
    what: str
    who: str = ""
    tone: str = ""
    quote: str = ""
    clause: str = ""
    digest: str = ""
    moved: tuple[datetime | None, datetime | None] | None = None


def timeline(
    submission: Submission,
    *,
    runs: Iterable[CheckRun],
    findings: Iterable[Finding],
    decisions: Iterable[Decision],
    earlier: Sequence[Submission],
    overrides: Iterable[Override] = (),
) -> list[Event]:
    """Everything that happened to this version and its predecessors, the newest first."""
    found = list(findings)
    events = [
        _submitted(submission),
        *_checked(list(runs), found),
        *(_overridden(o) for o in overrides),
        *(_decided(d) for d in decisions),
        *_logged(submission),
    ]
    for version in earlier:
        events += [
            _submitted(version),
            *(_decided(d, f"version {version.number}") for d in version.decisions.all()),
        ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _submitted(version: Submission) -> Event:
    return Event(
        at=version.submitted_at,
        who=str(version.author),
        what=f"submitted version {version.number}",
        digest=version.digest,
    )


def _checked(runs: list[CheckRun], findings: list[Finding]) -> Iterator[Event]:
    """One line for each round, at the time its last check ended."""
    for round_ in sorted({run.round for run in runs}):
        of = [run for run in runs if run.round == round_]
        found = sum(f.round == round_ for f in findings)
        unknown = sum(run.status == CheckRun.Status.UNKNOWN for run in of)
        passed = sum(run.status == CheckRun.Status.PASSED for run in of)
        words = [f"{passed} passed", f"{found} finding{'' if found == 1 else 's'}"]
        if unknown:
            words.append(f"{unknown} could not run")
        blocks = any(f.round == round_ and f.level == "blocks" for f in findings)
        yield Event(
            at=max(run.started_at for run in of),
            what=f"{len(of)} checks ran: {', '.join(words)}",
            tone="bad" if blocks else "warn" if unknown else "good",
        )


def _decided(decision: Decision, of: str = "") -> Event:
    what = DONE.get(decision.kind, decision.get_kind_display().lower())
    return Event(
        at=decision.at,
        who=str(decision.reviewer),
        what=f"{what} ({of})" if of else what,
        tone=TONES.get(decision.kind, ""),
        quote=decision.reason or _answered_for(decision),
        clause=decision.clause,
        digest=decision.digest if decision.kind == Decision.Kind.APPROVE and not of else "",
    )


def _answered_for(decision: Decision) -> str:
    return f"{decision.responsible} answers for it as its editor." if decision.responsible else ""


def _overridden(override: Override) -> Event:
    finding = override.finding
    return Event(
        at=override.at,
        who=str(override.reviewer),
        what=f"overrode a block by “{finding.run.title}”",
        tone="warn",
        quote=override.reason,
        clause=finding.clause,
    )


def _logged(submission: Submission) -> Iterator[Event]:
    """What has no row of its own and stands in the publish log alone."""
    subject = f"submission:{submission.pk}"
    for entry in ledger.story(submission.team_id, "origin", submission.origin):
        if entry.subject == subject and entry.kind in LOGGED:
            yield _event(entry)


def _event(entry: Entry) -> Event:
    texts = entry.texts
    return Event(
        at=entry.at,
        who=texts.get("actor") or ("somebody" if entry.actor_id else ""),
        what=_what(entry),
        tone="warn" if entry.kind == "submission.expired" else "",
        quote=texts.get("reason") or "",
        moved=_times(entry) if entry.kind == "submission.retimed" else None,
    )


def _what(entry: Entry) -> str:
    data = entry.content.get("data", {})
    if entry.kind in BY_A_VERSION and (number := data.get("floor") or data.get("conduct")):
        return BY_A_VERSION[entry.kind].format(number)
    return NEVER_APPROVED if data.get("approved") is False else LOGGED[entry.kind]


def _times(entry: Entry) -> tuple[datetime | None, datetime | None]:
    """From when to when; None is a post without a time."""
    data = entry.content.get("data", {})
    return _time(data.get("from")), _time(data.get("to"))


def _time(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None
