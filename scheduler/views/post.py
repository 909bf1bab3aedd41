"""One post: what it says, where it stands, what became of it on each channel, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import zones
from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Role
from gate import policy, reasons
from gate.checks.base import Finding as Found
from gate.checks.base import Level, Span
from gate.content import Content
from gate.errors import GateError, Incomplete
from gate.evidence import retired
from gate.evidence.retired import Retired
from gate.models import Decision, Finding, Submission
from gate.views import answered
from gate.views.answered import AnsweredView
from scheduler import claims, drafting, forms, freeze, lifecycle, missed, next_step, queries, retiming, when
from scheduler import preview as live
from scheduler.models import Post
from scheduler.views.answers import REFUSALS, Refusal, back_to, policy_url, status_of, team_post, toast


@team_page()
@require_GET
def page(request: TeamRequest, pk: int) -> HttpResponse:
    return _page(request, team_post(request, pk))


@team_page(Role.AUTHOR)
@require_POST
def submit(request: TeamRequest, pk: int) -> HttpResponse:
    post = team_post(request, pk)
    try:
        lifecycle.submit(post_id=pk, version=_version(request, post), member=request.member)
    except GateError as error:
        return _refused(request, pk, error)
    messages.success(request, "Submitted. The checks look at it now, then somebody else countersigns.")
    return redirect("post", request.team.slug, pk)


@team_page(Role.AUTHOR)
@require_POST
def withdraw(request: TeamRequest, pk: int) -> HttpResponse:
    team_post(request, pk)
    try:
        lifecycle.withdraw(post_id=pk, member=request.member)
    except GateError as error:
        return _refused(request, pk, error)
    messages.success(request, "Taken back. It is a draft again, with every word as it was.")
    return redirect("post", request.team.slug, pk)


@team_page(Role.AUTHOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def cancel(request: TeamRequest, pk: int) -> HttpResponse:
    """Gives a post up, with a reason. It stays in the list and in the log."""
    post = team_post(request, pk)
    reason = " ".join(request.POST.get("reason", "").split())
    if request.method == "GET":
        return render(request, "scheduler/cancel.html", {"post": post, "nav_current": "calendar"})
    if not reasons.is_one(reason):
        context = {"post": post, "nav_current": "calendar", "error": "Say why. Nothing was cancelled yet."}
        return render(request, "scheduler/cancel.html", context, status=422)
    try:
        lifecycle.cancel(post_id=pk, member=request.member, reason=reason)
    except GateError as error:
        return _refused(request, pk, error)
    messages.success(request, "Cancelled. It will not go out; it stays here and in the log.")
    return redirect("post", request.team.slug, pk)


@team_page(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def retime(request: TeamRequest, pk: int) -> HttpResponse:
    """Another time for the same words: by dragging it (a day, and in the week view an hour), or by this page's form."""
    post = team_post(request, pk)
    given = request.POST if request.method == "POST" else request.GET
    try:
        local, zone, fold = _new_time(request, post)
    except ValueError:
        return _retime_page(
            request, post, post.due_local, post.due_zone, None, Incomplete("That is not a day.")
        )
    if request.method == "GET":
        return _retime_page(request, post, local, zone, fold, None)
    try:
        lifecycle.retime(
            post_id=pk,
            version=_version(request, post),
            member=request.member,
            due_local=local,
            due_zone=zone,
            fold=fold,
        )
    except REFUSALS as error:
        return _not_retimed(request, post, local, zone, fold, error)
    at = when.resolve(local, zone, fold=fold).astimezone(request.team.tz)
    messages.success(
        request, f"Moved to {at:%A} {at.day} {at:%B}, {at:%H:%M} in {zones_name(request.team.zone)}."
    )
    return back_to(request, post) if given.get("next") else redirect("post", request.team.slug, pk)


@team_page(Role.AUTHOR)
@require_POST
def submit_again(request: TeamRequest, pk: int) -> HttpResponse:
    """A missed post whose approval does not stand goes to the gate again, at another time."""
    post = team_post(request, pk)
    try:
        local, zone, fold = _new_time(request, post)
        lifecycle.submit_again(
            post_id=pk,
            version=_version(request, post),
            member=request.member,
            due_local=local,
            due_zone=zone,
            fold=fold,
        )
    except ValueError:
        return _refused(request, pk, Incomplete("That is not a day. Nothing was changed."))
    except REFUSALS as error:
        return _refused(request, pk, error)
    messages.success(request, "Submitted again. The checks look at it now, then somebody else countersigns.")
    return redirect("post", request.team.slug, pk)


@team_page(Role.AUTHOR)
@require_POST
def duplicate(request: TeamRequest, pk: int) -> HttpResponse:
    post = team_post(request, pk)
    try:
        made = drafting.duplicate(post=post, member=request.member)
    except REFUSALS as error:
        return _refused(request, pk, error)
    messages.success(
        request, "A new draft with the same words. Choose its time and answer the questions for it."
    )
    return redirect("edit", request.team.slug, made.pk)


@dataclass(frozen=True, slots=True)
class Story:
    """What the gate said of the newest submission."""

    submission: Submission | None
    decisions: list[Any]
    findings: list[Finding]
    """Of the last round, the gravest first."""
    unknown: int
    comments: list[Any]

    @property
    def first(self) -> Decision | None:
        """Of two approvals, in the present round of checks."""
        round_ = self.submission.round if self.submission else 0
        given = (d for d in self.decisions if d.kind == Decision.Kind.FIRST and d.round == round_)
        return next(given, None)


def zones_name(zone: str) -> str:
    """The place of a zone's name, as people say it."""
    return zone.rpartition("/")[2].replace("_", " ")


def _page(request: TeamRequest, post: Post, error: Refusal | None = None, status: int = 200) -> HttpResponse:
    deliveries = list(
        post.deliveries.select_related("channel", "submission", "left_by", "team")
        .prefetch_related("attempts")
        .order_by("-pk")
    )
    current = [d for d in deliveries if post.submission_id and d.submission_id == post.submission_id]
    latest = _latest(post)
    content, channels = _content(post)
    story = _story(latest)
    context: dict[str, Any] = {
        "post": post,
        "state": queries.shown_state(post),
        "views": live.channel_views(content, channels, _found(post, story)),
        "story": story,
        "answered": _message(content, post),
        "moving": next_step.is_moving(current, timezone.now()),
        "deliveries": sorted(current, key=lambda d: d.position),
        "earlier": [d for d in deliveries if d not in current],
        "step": next_step.of(post, story.submission, current, request.member, story.first),
        "may": next_step.may(post, request.member, current),
        "missed": missed.one(post, current, timezone.now()),
        "questions": _answers(post),
        "claims": claims.told(post),
        "retired": _retired(post, story.submission),
        "editors": [editor.user for editor in post.editors.all()],
        "error": error,
        "error_link": policy_url(request, error) if error else "",
        "nav_current": "calendar",
    }
    return render(request, "scheduler/post.html", context, status=status)


def _retired(post: Post, handed_in: Submission | None) -> list[Retired]:
    """Evidence that was retired while something of the post may still go out."""
    if handed_in is None or not handed_in.is_open or post.state == Post.State.PUBLISHED:
        return []
    return retired.of(handed_in)


def _latest(post: Post) -> Submission | None:
    """The submission in force, else the last one: a post sent back and edited still shows what was said."""
    if post.submission:
        return post.submission
    return Submission.objects.filter(team=post.team, origin=post.origin).order_by("-number").first()


def _content(post: Post) -> tuple[Content, list[Any]]:
    """What was handed in, where the post stands by it; else the draft as it is."""
    variants = list(post.variants.all())
    channels = [variant.channel for variant in variants]
    if post.submission and len(post.submission.frozen.channels) == len(channels):
        return post.submission.frozen, channels
    return freeze.draft_content(post), channels


def _message(content: Content, post: Post) -> AnsweredView | None:
    """What it answers, as its reviewer sees it."""
    return answered.of(content, policy.current(post.team), post.due_at) if content.answers else None


def _story(submission: Submission | None) -> Story:
    if submission is None:
        return Story(None, [], [], 0, [])
    rows = submission.findings.filter(round=submission.round).select_related("run")
    rows = rows.prefetch_related("overrides__reviewer")
    grave = {level: rank for rank, level in enumerate(map(str, Level))}
    return Story(
        submission=submission,
        decisions=list(submission.decisions.select_related("reviewer", "responsible")),
        findings=sorted(rows, key=lambda row: (grave.get(row.level, 9), row.pk)),
        unknown=submission.runs.filter(round=submission.round, status="unknown").count(),
        comments=list(submission.comments.select_related("author")),
    )


def _found(post: Post, story: Story) -> list[Found]:
    """The findings as marks on the preview, where it shows what was handed in."""
    if post.submission is None or post.submission != story.submission:
        return []
    return [
        Found(
            row.code,
            Level(row.level),
            row.message,
            span=Span(row.channel, row.part, row.field, None, row.start, row.end),
        )
        for row in story.findings
        if row.level in set(Level) and row.media_index is None
    ]


def _answers(post: Post) -> list[tuple[str, str]]:
    """The questions with the answers in words; "not answered" is said, too."""
    words = {q.name: dict(q.answers) for q in forms.QUESTIONS}
    return [
        (q.text, words[q.name].get(post.declarations.get(q.name, ""), "not answered yet"))
        for q in forms.QUESTIONS
    ]


def _refused(request: TeamRequest, pk: int, error: Refusal) -> HttpResponse:
    return _page(request, team_post(request, pk), error, status_of(error))


def _version(request: TeamRequest, post: Post) -> int:
    """The version that the person saw; a form without one is about nothing that there ever was."""
    given = number(request.POST.get("version", ""))
    return -1 if given is None else given


def _new_time(request: TeamRequest, post: Post) -> tuple[str, str, int | None]:
    """(wall time, zone, which of two) from a drag, which names a day of the team's calendar, from a number of minutes,
    or from the form.
    Raises ValueError for a day that is none."""
    given = request.POST if request.method == "POST" else request.GET
    fold = {"0": 0, "1": 1}.get(given.get("fold", ""))
    if given.get("due_date") or given.get("due_time"):
        local = f"{given.get('due_date', '')}T{given.get('due_time', '')[:5]}"
        return local, given.get("due_zone") or post.due_zone or request.team.zone, fold
    if (minutes := number(given.get("in", ""), most=retiming.DAY)) is not None:
        zone = post.due_zone or request.team.zone
        local, fold = retiming.in_minutes(zone, minutes, timezone.now())
        return local, zone, fold
    day = given.get("date")
    if not day or post.due_at is None:
        return post.due_local, post.due_zone or request.team.zone, forms.fold_of(post)
    if (to := queries.parse_date(day)) is None:
        raise ValueError(day)
    hour = number(given.get("hour", ""), most=23)
    if hour is not None:  # a place in the grid is a time by the team's clocks
        minute = post.due_at.astimezone(request.team.tz).minute
        return f"{to:%Y-%m-%d}T{hour:02}:{minute:02}", request.team.zone, fold
    return _on_day(post, to, request.team.tz), post.due_zone, fold


def _on_day(post: Post, to: date, tz: ZoneInfo) -> str:
    """The post's own time of day, on the date of its own zone that falls on the day `to` of the team's calendar."""
    assert post.due_at is not None, "asked about posts with a time only"
    days = (to - post.due_at.astimezone(tz).date()).days
    near = [datetime.fromisoformat(post.due_local) + timedelta(days=days + shift) for shift in (0, -1, 1)]
    fits = [wall for wall in near if wall.replace(tzinfo=post.tz).astimezone(tz).date() == to]
    return f"{(fits or near)[0]:%Y-%m-%dT%H:%M}"


def _not_retimed(
    request: TeamRequest, post: Post, local: str, zone: str, fold: int | None, error: Refusal
) -> HttpResponse:
    """A drag that needs an answer leads to the page that asks; any other is explained where it happened."""
    if not request.headers.get("HX-Request"):
        return _retime_page(request, post, local, zone, fold, error)
    if isinstance(error, when.TimeExistsTwice):
        day, _, time = local.partition("T")
        to = reverse("post-retime", args=[request.team.slug, post.pk])
        asked = urlencode({"due_date": day, "due_time": time, "due_zone": zone})
        return HttpResponse(status=204, headers={"HX-Redirect": f"{to}?{asked}"})
    return toast(error)


def _retime_page(
    request: TeamRequest, post: Post, local: str, zone: str, fold: int | None, error: Refusal | None
) -> HttpResponse:
    day, _, time = local.partition("T")
    typed = forms.Typed(team=request.team, date=day, time=time, zone=zone, fold=fold)
    seen = forms.look_at_time(typed)
    if error and seen.problem:
        error = None
    given = request.POST if request.method == "POST" else request.GET
    context = {
        "post": post,
        "typed": typed,
        "when": seen,
        "zones": zones.choices(),
        "error": error,
        "next": given.get("next", ""),
        "nav_current": "calendar",
    }
    status = 200 if request.method == "GET" else status_of(error) if error else 422
    return render(request, "scheduler/retime.html", context, status=status)
