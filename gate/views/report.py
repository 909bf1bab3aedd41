"""The gate report for reviewers, auditors and admins: figures, plots, and the same as CSV; and a reviewer's word on one
finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import TeamRequest, team_page
from accounts.models import Role
from gate import not_helpful, plots, policy, report
from gate.checks import registry
from gate.errors import GateError
from gate.models import Decision, Finding
from gate.report import Period, Report
from ledger.exports import csv_lines

LISTED: Final = 50
"""Approvals without reading that the page lists; the CSV has them all."""
MOST_LABELS: Final = 5


@team_page(Role.REVIEWER, Role.AUDITOR, Role.ADMIN)
def gate_report(request: TeamRequest) -> HttpResponse:
    """Over the days that the address asks for, the last 90 by default."""
    found = report.of(request.team, _period(request))
    titles = {check.id: check.title for check in registry.all_checks()}
    context = {
        "report": found,
        "titles": titles,
        "clauses": {clause.id: clause.title for clause in policy.clauses(policy.current(request.team))},
        "median_time": spoken(found.median_time),
        "slow_time": spoken(found.slow_time),
        "plots": _plots(found, titles),
        "unread": sorted(found.unread, key=lambda review: review.decided_at, reverse=True)[:LISTED],
        "kinds": dict(Decision.Kind.choices),
        "query": request.GET.urlencode(),
        "nav_current": "review",
    }
    return render(request, "gate/report.html", context)


@team_page(Role.REVIEWER, Role.AUDITOR, Role.ADMIN)
def report_csv(request: TeamRequest, table: str) -> StreamingHttpResponse:
    """One of the report's tables: checks, reviews or weeks."""
    tables = {"checks": _checks_table, "reviews": _reviews_table, "weeks": _weeks_table}
    if table not in tables:
        raise Http404(f"The report has the tables {', '.join(tables)}.")
    found = report.of(request.team, _period(request))
    response = StreamingHttpResponse(tables[table](found), content_type="text/csv; charset=utf-8")
    name = f"{request.team.slug}-gate-{table}-{found.period.first}-{found.period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@team_page(Role.REVIEWER)
def mark_finding(request: TeamRequest, pk: int) -> HttpResponse:
    """A reviewer's word that a finding was not helpful, or that it was after all."""
    finding = get_object_or_404(
        Finding.objects.select_related("submission"), pk=pk, submission__team=request.team
    )
    stands = request.POST.get("stands", "") != "no"
    if request.method == "POST":
        try:
            not_helpful.mark(finding=finding, member=request.member, stands=stands)
        except GateError as error:
            messages.error(request, error.message)
            stands = not stands
        if request.headers.get("HX-Request"):
            context = {"finding_id": finding.pk, "unhelpful": stands}
            return render(request, "gate/_helpful.html", context)
    return redirect(f"{_review_page(request, finding)}#finding-{finding.pk}")


def _review_page(request: TeamRequest, finding: Finding) -> str:
    return reverse("review", args=[request.team.slug, finding.submission_id])


def _period(request: TeamRequest) -> Period:
    today = timezone.now().astimezone(request.team.tz).date()
    return Period.read(request.GET.get("from", ""), request.GET.get("to", ""), request.team.tz, today)


def _plots(found: Report, titles: Mapping[str, str]) -> dict[str, Any]:
    by_check: dict[str, list[int]] = {}
    for row in found.rows:
        sums = by_check.setdefault(row.check_id, [0, 0, 0])
        for i, n in enumerate((row.blocks, row.attest, row.advises)):
            sums[i] += n
    bars = sorted(by_check.items(), key=lambda item: -sum(item[1]))
    levels = ("blocks", "attest", "advises")
    weeks = [
        (_short(w.begins), w.hours or 0.0, "" if w.hours is None else _hours(w.hours)) for w in found.weeks
    ]
    return {
        "checks": plots.stacked_bars(
            "Findings by check",
            [(titles.get(check, check), list(zip(levels, sums, strict=True))) for check, sums in bars],
            unit="findings",
        ),
        "waits": plots.columns(
            "Time to the first decision", [(label, float(n), str(n) if n else "") for label, n in found.waits]
        ),
        "weeks": plots.columns(
            "Median time to the first decision, week by week",
            weeks,
            every=max(1, -(-len(weeks) // MOST_LABELS)),
        ),
    }


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _hours(hours: float) -> str:
    if hours < 0.1:
        return "<0.1"
    return f"{hours:.0f}" if hours >= 10 else f"{hours:.1f}"


def spoken(span: timedelta | None) -> str:
    """A length of time as people say it; "" for none."""
    if span is None:
        return ""
    seconds = span.total_seconds()
    if seconds < 90:
        return f"{max(1.0, seconds):.0f}\u00a0s"  # a decision takes some time, however short
    if seconds < 5400:
        return f"{seconds / 60:.0f}\u00a0min"
    return f"{seconds / 3600:.1f}\u00a0h" if seconds < 172_800 else f"{seconds / 86_400:.1f}\u00a0days"


def _checks_table(found: Report) -> Iterator[str]:
    header = (
        "clause", "check", "findings", "blocks", "attest", "advises", "posts", "overridden", "override_rate",
        "reviewed", "not_helpful", "false_alarm_rate", "false_alarm_low", "false_alarm_high",
    )  # fmt: skip
    return csv_lines(header, (_check_cells(row) for row in found.rows))


def _check_cells(row: report.CheckRow) -> Sequence[object]:
    low, high = row.false_alarms.interval
    return (
        row.clause, row.check_id, row.findings, row.blocks, row.attest, row.advises, row.posts, row.overridden,
        _share(row.overrides.share), row.reviewed, row.not_helpful, _share(row.false_alarms.share),
        f"{low:.4f}", f"{high:.4f}",
    )  # fmt: skip


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def _reviews_table(found: Report) -> Iterator[str]:
    header = (
        "submission", "title", "decision", "reviewer", "checked_at", "opened_at", "decided_at",
        "seconds_to_first_decision", "seconds_read", "without_reading",
    )  # fmt: skip
    return csv_lines(header, (_review_cells(each) for each in found.reviews))


def _review_cells(each: report.Review) -> Sequence[object]:
    return (
        each.submission_id, each.title, each.kind, each.reviewer, _iso(each.waiting_since), _iso(each.opened_at),
        _iso(each.decided_at), _seconds(each.took), _seconds(each.read_for), "yes" if each.unread else "no",
    )  # fmt: skip


def _iso(at: datetime | None) -> str:
    return at.isoformat().replace("+00:00", "Z") if at else ""


def _seconds(span: timedelta | None) -> str:
    return "" if span is None else f"{span.total_seconds():.1f}"


def _weeks_table(found: Report) -> Iterator[str]:
    header = ("week_begins", "posts", "decided", "median_hours_to_first_decision")
    rows = ((w.begins, w.posts, w.decided, "" if w.hours is None else f"{w.hours:.2f}") for w in found.weeks)
    return csv_lines(header, rows)
