"""The review page put together: one submission with everything a decision needs, and why it cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import TeamRequest
from accounts.models import Membership, User
from gate import changes, not_helpful, policy, queries, responsible, services
from gate.checks import registry
from gate.conduct import Clause
from gate.content import Content
from gate.evidence import behind, library, retired
from gate.evidence.shown import Shown
from gate.forms import Typed
from gate.models import CheckRun, ConductVersion, Decision, Finding, Submission
from gate.views import answered, story, two_people
from gate.views import content as show
from gate.views.two_people import Overriding

State = Submission.State
LEVELS = {"blocks": "blocks", "attest": "needs your word", "advises": "advice"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last try did not work. `about` names the form that it belongs to."""

    text: str
    about: str = ""
    missing: frozenset[int] = field(default_factory=frozenset)
    read_first: bool = False


@dataclass(frozen=True, slots=True)
class FindingView:
    row: Finding
    clause: Clause | None
    clause_id: str
    ticked: bool
    missing: bool
    answered: bool
    where: str
    has_mark: bool
    asks_editor: bool
    """Whether the person who answers for the post is named here: once, however many findings ask for it."""
    unhelpful: bool
    """Whether the person who looks marked it as not helpful."""
    overriding: Overriding | None
    evidence: tuple[Shown, ...]
    """What its claim cites, opened."""

    @property
    def override_form(self) -> str:
        """How a problem names the form that overrides it."""
        return f"override {self.row.pk}"


@dataclass(frozen=True, slots=True)
class Group:
    level: str
    label: str
    findings: list[FindingView]

    @property
    def unsettled(self) -> int:
        """Blocks that two people have not overridden."""
        return sum(f.overriding is not None and not f.overriding.is_settled for f in self.findings)


def fetch(request: TeamRequest, pk: int) -> Submission:
    """One of the team's submissions; another team's is not there (404)."""
    rows = Submission.objects.select_related("team", "author", "conduct", "claimed_by").prefetch_related(
        "editors__user", "decisions__reviewer", "decisions__responsible", "decisions__attestations"
    )
    return get_object_or_404(rows, pk=pk, team=request.team)


def respond(
    request: TeamRequest,
    submission: Submission,
    *,
    status: int = 200,
    problem: Problem | None = None,
    typed: Typed | None = None,
    asking: str = "",
) -> HttpResponse:
    """The review page. `asking`: the form that stands open, for browsers without script and after a refusal."""
    typed = typed or Typed(version=submission.version)
    context = {
        "submission": submission,
        "problem": problem,
        "typed": typed,
        "asking": asking,
        "nav_current": "review",
        **_facts(request, submission, problem, typed),
    }
    return render(request, "gate/review.html", context, status=status)


def _facts(
    request: TeamRequest, submission: Submission, problem: Problem | None, typed: Typed
) -> dict[str, Any]:
    frozen = submission.frozen
    runs = list(submission.runs.order_by("pk"))
    findings = list(submission.findings.select_related("run"))
    now_found = [f for f in findings if f.round == submission.round]
    now_run = [r for r in runs if r.round == submission.round]
    decisions = list(submission.decisions.all())
    overrides = two_people.overrides(submission)
    in_force = policy.current(submission.team)
    earlier = queries.earlier_versions(submission)
    clauses = policy.clauses(submission.conduct)
    approval = next((d for d in decisions if d.kind == Decision.Kind.APPROVE), None)
    marks = Marks(
        ticked=typed.attested,
        missing=problem.missing if problem else frozenset(),
        answered=frozenset(a.finding_id for a in approval.attestations.all()) if approval else frozenset(),
        unhelpful=not_helpful.marked_by(request.user, submission),
        asks_editor=next((f.pk for f in now_found if responsible.asked(f)), None),
        overriding=two_people.overriding(request.member, submission, in_force, now_found, overrides),
        evidence=behind.opened(submission.team, now_found, frozen, library.today(submission.team)),
    )
    unnamed = marks.asks_editor is not None and typed.responsible is None
    grouped = groups(now_found, clauses, frozen, marks)
    return {
        "answered": answered.of(frozen, in_force, submission.due_at),
        "channels": show.channels(submission.team, frozen, now_found),
        "groups": grouped,
        "unsettled": sum(group.unsettled for group in grouped),
        "runs": now_run,
        "unknown": [r for r in now_run if r.status == CheckRun.Status.UNKNOWN],
        "checks_done": len(now_run),
        "checks_all": len(registry.CHECKS),
        "passed": sum(r.status == CheckRun.Status.PASSED for r in now_run),
        "clauses": clauses,
        "lapses": policy.floor_to_come(in_force, submission.due_at) if submission.is_open else None,
        "questions": sum(f.level == "attest" and f.pk not in typed.attested for f in now_found) + unnamed,
        "editors": responsible.choices(submission.team) if marks.asks_editor else [],
        "declared": [*show.declarations(frozen.declarations), *_campaign(frozen)],
        "evidence": frozen.declarations.evidence,
        "retired": retired.of(submission) if submission.is_open else [],
        "media_facts": show.media_facts(frozen),
        "last_seen": _last_seen(submission, frozen, earlier),
        "timeline": story.timeline(
            submission,
            runs=runs,
            findings=findings,
            decisions=decisions,
            earlier=earlier,
            overrides=overrides,
        ),
        "comments": submission.comments.select_related("author"),
        "decision": decisions[-1] if decisions else None,
        "approval": approval,
        **two_people.approvals(submission, in_force, now_found),
        **_standing(request.member, submission, in_force),
    }


def _standing(member: Membership, submission: Submission, in_force: ConductVersion) -> dict[str, Any]:
    """Who looks, and what this person may do now."""
    holder = submission.claim_holder(timezone.now())
    in_review = submission.state == State.IN_REVIEW
    place, total = queries.place(submission) if in_review else (0, 0)
    return {
        "mode": mode(member, submission, holder),
        "own": queries.wrote(submission, member.user),
        "holder": holder,
        "holder_is_me": holder == member.user,
        "place": place,
        "total": total,
        "acknowledged": policy.acknowledgements(in_force).filter(user=member.user).exists(),
        "may_recheck": _may_recheck(member, submission),
        "may_revoke": submission.state == State.APPROVED and (member.is_reviewer or member.is_admin),
    }


def _may_recheck(member: Membership, submission: Submission) -> bool:
    if submission.state not in (State.BLOCKED, State.IN_REVIEW):
        return False
    holds = member.is_author or member.is_reviewer or member.is_admin
    return holds and not services.why_no_recheck(submission, member, timezone.now())


def mode(member: Membership, submission: Submission, holder: User | None) -> str:
    """Which bar the page carries: decide, own, claimed (by somebody else), looking (no reviewer), first (of two
    approvals, given by this person), or the state."""
    if submission.state != State.IN_REVIEW:
        return str(submission.state)
    if queries.wrote(submission, member.user):
        return "own"
    if not member.is_reviewer:
        return "looking"
    if holder and holder != member.user:
        return "claimed"
    given = two_people.first(submission)
    return "first" if given and given.reviewer_id == member.user_id else "decide"


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of findings: ticked in the form, missing from the last try, answered with the approval, marked as not helpful
    by the person who looks."""

    ticked: frozenset[int] = frozenset()
    missing: frozenset[int] = frozenset()
    answered: frozenset[int] = frozenset()
    unhelpful: frozenset[int] = frozenset()
    asks_editor: int | None = None
    overriding: Mapping[int, Overriding] = field(default_factory=dict)
    evidence: Mapping[int, tuple[Shown, ...]] = field(default_factory=dict)


def _campaign(frozen: Content) -> list[tuple[str, str, bool]]:
    return [("Campaign", frozen.campaign, False)] if frozen.campaign else []


def groups(
    findings: Iterable[Finding], clauses: Iterable[Clause], content: Content, marks: Marks
) -> list[Group]:
    """Findings by level: what blocks, what needs the reviewer's word, and advice."""
    named = {clause.id: clause for clause in clauses}
    rows = list(findings)
    made = []
    for level, label in LEVELS.items():
        of = [_finding(f, named, content, marks) for f in rows if f.level == level]
        if of:
            made.append(Group(level, label, of))
    return made


def _finding(row: Finding, named: dict[str, Clause], content: Content, marks: Marks) -> FindingView:
    return FindingView(
        row=row,
        clause=named.get(row.clause),
        clause_id=row.clause,
        ticked=row.pk in marks.ticked,
        missing=row.pk in marks.missing,
        answered=row.pk in marks.answered,
        where=_where(row, content),
        has_mark=row.start < row.end,
        asks_editor=row.pk == marks.asks_editor,
        unhelpful=row.pk in marks.unhelpful,
        overriding=marks.overriding.get(row.pk),
        evidence=marks.evidence.get(row.pk, ()),
    )


def _where(row: Finding, content: Content) -> str:
    """Where a finding without a marked place belongs, and in which part of several."""
    if row.field == "declarations":
        return "in the author's answers"
    if row.field == "post" or row.channel >= len(content.channels):
        return ""
    channel = content.channels[row.channel]
    words = []
    if row.field == "channel":
        return (channel.handle or channel.platform) if len(content.channels) > 1 else ""
    if row.media_index is not None:
        image = f"image {row.media_index + 1}"
        words.append(image if row.field == "media" else f"alt text of {image}")
    elif row.field in ("content_warning", "visibility"):
        words.append(row.field.replace("_", " "))
    if len(channel.parts) > 1:
        words.append(f"part {row.part + 1}")
    if len(content.channels) > 1 and (words or row.start < row.end):
        words.append(channel.handle or channel.platform)
    return ", ".join(words)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The version that a reviewer decided on last, and what is different now."""

    version: Submission
    decision: Decision
    changes: list[changes.Change]
    at: datetime


def _last_seen(submission: Submission, frozen: Content, earlier: Iterable[Submission]) -> LastSeen | None:
    for version in earlier:
        decided = list(version.decisions.all())
        if decided:
            found = changes.between(version.frozen, frozen, _declared)
            return LastSeen(version, decided[-1], found, decided[-1].at)
    return None


def _declared(content: Content) -> list[tuple[str, str]]:
    rows = [(name, answer) for name, answer, _ in show.declarations(content.declarations)]
    said = content.answers
    message = [
        ("Answers", f"{said.author} {said.received_at} {said.url} {said.text}".strip() if said else "")
    ]
    return [*rows, ("Evidence", content.declarations.evidence), ("Campaign", content.campaign), *message]
