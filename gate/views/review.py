"""The review page, and every act of a reviewer on it: one service call each, and a page that lost nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import TeamRequest, team_page
from accounts.clean import sentence
from accounts.models import Role
from gate import decisions, invisible, overrides, queries, readings, services
from gate.checks import registry
from gate.errors import GateError, NotAcknowledged, NotAllowed, Unanswered, WrongState
from gate.forms import Typed
from gate.models import Decision, Finding, Submission
from gate.views import page

State = Submission.State
FORMS = ("changes", "reject", "revoke")
FIRST = "Yours is the first of two approvals: {} Another reviewer gives the second."
OVERRIDE = "Your override is recorded, with your reason. It takes two for each block."
OVERRIDDEN = (
    "Your override is recorded, with your reason. Nothing blocks the post any more: it waits for review."
)
Act = Callable[[TeamRequest, int], HttpResponse]


def posted(view: Act) -> Act:
    """Acts only on a POST. Anything else, such as the way back from a sign-in, goes to the review page."""

    @wraps(view)
    def guarded(request: TeamRequest, pk: int) -> HttpResponse:
        return view(request, pk) if request.method == "POST" else redirect("review", request.team.slug, pk)

    return guarded


@team_page()
def review(request: TeamRequest, pk: int) -> HttpResponse:
    """Any member may look; who may act is said on the page and decided by the services."""
    asking = request.GET.get("ask", "")
    submission = page.fetch(request, pk)
    if page.mode(request.member, submission, None) == "decide":
        readings.opened(submission, request.user)
    return page.respond(request, submission, asking=asking if asking in FORMS else "")


@team_page()
def progress(request: TeamRequest, pk: int) -> HttpResponse:
    """What the page asks every two seconds while checks run; the whole page comes when they are done."""
    submission = page.fetch(request, pk)
    if submission.state != State.CHECKING:
        return HttpResponseClientRefresh()
    return render(request, "gate/_checking.html", {"submission": submission, **checked_so_far(submission)})


def checked_so_far(submission: Submission) -> dict[str, int]:
    return {
        "checks_done": submission.runs.filter(round=submission.round).count(),
        "checks_all": len(registry.CHECKS),
    }


@team_page(Role.REVIEWER)
@posted
def approve(request: TeamRequest, pk: int) -> HttpResponse:
    def act(typed: Typed) -> str:
        decision = decisions.approve(
            submission_id=pk,
            version=typed.version,
            member=request.member,
            attested=typed.attested,
            responsible=typed.responsible,
        )
        return FIRST if decision.kind == Decision.Kind.FIRST else ""

    return _decide(request, pk, "approve", act, "Countersigned: {}")


@team_page(Role.REVIEWER)
@posted
def changes(request: TeamRequest, pk: int) -> HttpResponse:
    def act(typed: Typed) -> None:
        decisions.ask_for_changes(
            submission_id=pk,
            version=typed.version,
            member=request.member,
            reason=typed.changes_reason,
            clause=typed.changes_clause,
        )

    return _decide(request, pk, "changes", act, "Sent back with your reason: {}")


@team_page(Role.REVIEWER)
@posted
def reject(request: TeamRequest, pk: int) -> HttpResponse:
    def act(typed: Typed) -> None:
        decisions.reject(
            submission_id=pk,
            version=typed.version,
            member=request.member,
            reason=typed.reject_reason,
            clause=typed.reject_clause,
        )

    return _decide(request, pk, "reject", act, "Rejected: {} Its author hears your reason.")


@team_page(Role.REVIEWER, Role.ADMIN)
@posted
def revoke(request: TeamRequest, pk: int) -> HttpResponse:
    def act(typed: Typed) -> None:
        decisions.revoke(submission_id=pk, member=request.member, reason=typed.revoke_reason)

    return _decide(
        request, pk, "revoke", act, "The approval was revoked, and nothing more goes out under it: {}"
    )


@team_page(Role.REVIEWER)
def override(request: TeamRequest, pk: int) -> HttpResponse:
    """One of the two overrides that the finding `pk`, which blocks, needs."""
    finding = get_object_or_404(Finding, pk=pk, submission__team=request.team)
    submission = page.fetch(request, finding.submission_id)
    back = reverse("review", args=[request.team.slug, submission.pk]) + f"#finding-{pk}"
    if request.method != "POST":
        return redirect(back)
    typed = Typed.of(request.POST)
    try:
        overrides.override(
            finding_id=pk, version=typed.version, member=request.member, reason=typed.override_reason
        )
    except GateError as error:
        return _refused(request, submission, error, f"override {pk}", typed)
    submission.refresh_from_db()
    messages.success(request, OVERRIDDEN if submission.state == State.IN_REVIEW else OVERRIDE)
    return redirect(back)


@team_page(Role.REVIEWER)
@posted
def claim(request: TeamRequest, pk: int) -> HttpResponse:
    return _plain(request, pk, lambda: services.claim(submission_id=pk, member=request.member))


@team_page(Role.REVIEWER)
@posted
def release(request: TeamRequest, pk: int) -> HttpResponse:
    return _plain(request, pk, lambda: services.release(submission_id=pk, member=request.member))


@team_page(Role.AUTHOR, Role.REVIEWER, Role.ADMIN)
@posted
def recheck(request: TeamRequest, pk: int) -> HttpResponse:
    return _plain(request, pk, lambda: services.recheck(submission_id=pk, member=request.member))


@team_page()
@posted
def comment(request: TeamRequest, pk: int) -> HttpResponse:
    """Any member may speak in the conversation, an auditor too."""
    text = Typed.of(request.POST).comment

    def act() -> object:
        return services.comment(submission_id=pk, member=request.member, text=text)

    return _plain(request, pk, act, about="comment", anchor="#conversation")


@team_page(Role.REVIEWER)
def following(request: TeamRequest, pk: int) -> HttpResponse:
    """On to the next one that this reviewer may decide, without deciding this one."""
    return _to_next(request, page.fetch(request, pk))


def _decide(
    request: TeamRequest, pk: int, about: str, act: Callable[[Typed], str | None], done: str
) -> HttpResponse:
    """`done`: what is said afterwards, unless the act has other words; "{}" is the title, with its full stop."""
    submission = page.fetch(request, pk)
    typed = Typed.of(request.POST)
    try:
        said = act(typed) or done
    except GateError as error:
        return _refused(request, submission, error, about, typed)
    messages.success(request, said.format(sentence(invisible.spelled(submission.title))))
    if "next" in request.POST:
        return _to_next(request)
    return redirect("review", request.team.slug, pk)


def _plain(
    request: TeamRequest, pk: int, act: Callable[[], object], *, about: str = "", anchor: str = ""
) -> HttpResponse:
    submission = page.fetch(request, pk)
    try:
        act()
    except GateError as error:
        return _refused(request, submission, error, about, Typed.of(request.POST))
    return redirect(reverse("review", args=[request.team.slug, pk]) + anchor)


def _refused(
    request: TeamRequest, submission: Submission, error: GateError, about: str, typed: Typed
) -> HttpResponse:
    """The page again, with the reason and everything typed; or, where the matter is closed, who closed it."""
    submission = page.fetch(request, submission.pk)
    open_ = (State.IN_REVIEW, State.CHECKING, *([State.BLOCKED] if about.startswith("override") else []))
    if isinstance(error, WrongState) and submission.state not in open_:
        return _conflict(request, submission, error, typed)
    problem = page.Problem(
        text=error.message,
        about=about,
        missing=frozenset(error.findings) if isinstance(error, Unanswered) else frozenset(),
        read_first=isinstance(error, NotAcknowledged),
    )
    asking = about if about in FORMS and not isinstance(error, NotAllowed) else ""
    return page.respond(
        request, submission, status=status_of(error), problem=problem, typed=typed, asking=asking
    )


def _conflict(request: TeamRequest, submission: Submission, error: WrongState, typed: Typed) -> HttpResponse:
    context = {
        "submission": submission,
        "said": error.message,
        "decision": submission.decisions.select_related("reviewer").last(),
        "written": typed.written,
        "upcoming": queries.next_for(request.member) if request.member.is_reviewer else None,
        "nav_current": "review",
    }
    return render(request, "gate/conflict.html", context, status=status_of(error))


def status_of(error: GateError) -> int:
    """The HTTP status that fits a refusal."""
    if isinstance(error, WrongState):
        return 409
    return 403 if isinstance(error, NotAllowed) else 422


def _to_next(request: TeamRequest, after: Submission | None = None) -> HttpResponse:
    upcoming = queries.next_for(request.member, after=after)
    if upcoming is None:
        messages.info(request, "Nothing else waits for you.")
        return redirect("review-queue", request.team.slug)
    return redirect("review", request.team.slug, upcoming.pk)
