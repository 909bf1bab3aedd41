"""The review queue: what waits for a second person, what the checks hold, what was decided lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import TeamRequest, team_page
from accounts.models import User
from accounts.paging import newest_first
from gate import approvals, policy, queries
from gate.models import ConductVersion, Decision, Submission
from gate.queries import Key
from gate.tiers import Need
from gate.views import answered
from gate.views.answered import AnsweredView

State = Submission.State
TABS = {
    "review": ("In review", State.IN_REVIEW),
    "blocked": ("Blocked", State.BLOCKED),
    "checking": ("Checking", State.CHECKING),
    "decided": ("Decided", ""),
}


@dataclass(slots=True)
class Line:
    """One row: the submission and what this member sees about it."""

    submission: Submission
    excerpt: str
    platforms: list[str]
    pictures: int
    blocks: int
    attest: int
    advises: int
    holder: User | None
    mine: bool
    decision: Decision | None = None
    first: Decision | None = None
    need: Need = field(default_factory=Need)
    """How many approvals it takes; `first`: of two, where it was given."""
    answered: AnsweredView | None = None


@team_page()
def queue(request: TeamRequest) -> HttpResponse:
    """Any member may look."""
    tab = request.GET.get("tab", "review")
    tab = tab if tab in TABS else "review"
    counts = queries.counts(request.team)
    tabs = [(key, label, counts.get(state, 0)) for key, (label, state) in TABS.items()]
    context = {"tab": tab, "tabs": tabs, "nav_current": "review", **_rows(request, tab)}
    return render(request, "gate/queue.html", context)


def _rows(request: TeamRequest, tab: str) -> dict[str, Any]:
    if tab == "review":
        return _by_urgency(request)
    if tab == "decided":
        found = newest_first(queries.decided(request.team), request, size=queries.PAGE)
        lines = _lines([d.submission for d in found.rows], request, found.rows)
        return {"lines": lines, "newer_url": found.newer_url, "older_url": found.older_url}
    listed = newest_first(queries.in_state(request.team, TABS[tab][1]), request, size=queries.PAGE)
    return {
        "lines": _lines(listed.rows, request),
        "newer_url": listed.newer_url,
        "older_url": listed.older_url,
    }


def _by_urgency(request: TeamRequest) -> dict[str, Any]:
    after, before = (Key.read(request.GET.get(name, "")) for name in ("after", "before"))
    found = queries.waiting(request.team, after=after, before=before)
    return {
        "lines": _lines(found.rows, request),
        "sooner_url": f"?before={found.sooner.write()}" if found.sooner else "",
        "later_url": f"?after={found.later.write()}" if found.later else "",
        "paged": bool(after or before),
    }


def _lines(
    submissions: list[Submission], request: TeamRequest, decided: Iterable[Decision] | None = None
) -> list[Line]:
    conduct = policy.current(request.team)
    risks = queries.risks(submissions)
    decisions: list[Decision | None] = list(decided) if decided is not None else [None] * len(submissions)
    waiting = [s for s in submissions if s.state == State.IN_REVIEW] if decided is None else []
    firsts = approvals.firsts(waiting)
    needs = approvals.needs(waiting, conduct) if waiting else {}
    now = timezone.now()
    lines = [
        _line(submission, conduct, risks[submission.pk], request.user, submission.claim_holder(now), decision)
        for submission, decision in zip(submissions, decisions, strict=True)
    ]
    for line in lines:
        line.first = firsts.get(line.submission.pk)
        line.need = needs.get(line.submission.pk, line.need)
    return lines


def _line(
    submission: Submission,
    conduct: ConductVersion,
    risk: dict[str, int],
    user: User,
    holder: User | None,
    decision: Decision | None,
) -> Line:
    content = submission.frozen
    text = next((part.text for channel in content.channels for part in channel.parts), "")
    return Line(
        submission=submission,
        excerpt=" ".join(text.split())[:160],
        platforms=[channel.platform for channel in content.channels],
        pictures=len(content.media()),
        blocks=risk.get("blocks", 0),
        attest=risk.get("attest", 0),
        advises=risk.get("advises", 0),
        holder=holder,
        mine=queries.wrote(submission, user),
        decision=decision,
        answered=answered.of(content, conduct, submission.due_at),
    )
