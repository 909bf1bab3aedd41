"""The calendar (month, week, list) and the list of all posts. Any member may look."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.access import TeamRequest, team_page
from scheduler import missed, queries
from scheduler.models import Post
from scheduler.queries import Day, Filters

VIEWS: Final = (("month", "Month"), ("week", "Week"), ("list", "List"))
PER_DAY: Final = {"month": 4, "week": 24, "list": 24}


@team_page()
@require_GET
def month_week_list(request: TeamRequest) -> HttpResponse:
    """One month or one week, as a grid or as a list, in the team's zone."""
    view = request.GET.get("view", "")
    view = view if view in PER_DAY else "month"
    today = queries.today(request.team)
    day = queries.parse_date(request.GET.get("date", "")) or today
    filters = Filters.from_query(request.GET)
    first, count = _range(view, day)
    days = queries.days(request.team, first, count, filters, per_day=PER_DAY[view])
    context: dict[str, Any] = {
        **_filter_context(request, filters),
        **_moves(request, view, day, today, filters),
        "view": view,
        "day": day,
        "today": today,
        "days": _marked(days, day, view, request),
        "title": _title(view, day, first),
        **_missed(request),
        "empty": not any(each.total for each in days),
        "nav_current": "calendar",
    }
    if view == "week":
        context["hours"] = _hours(context["days"], request)
    return render(request, "scheduler/calendar.html", context)


@team_page()
@require_GET
def posts(request: TeamRequest) -> HttpResponse:
    """Every post there ever was, the last changed first."""
    filters = Filters.from_query(request.GET)
    rows = queries.listed(request.team, filters, before=queries.parse_cursor(request.GET.get("before", "")))
    older = len(rows) > queries.PAGE
    rows = [_card(post, request) for post in rows[: queries.PAGE]]
    here = reverse("posts", args=[request.team.slug])
    kept = filters.query()
    context = {
        **_filter_context(request, filters),
        "posts": rows,
        "older_url": f"{here}?{filters.query(before=queries.cursor(rows[-1]))}" if older else None,
        "newer_url": (f"{here}?{kept}" if kept else here) if request.GET.get("before") else None,
        "nav_current": "calendar",
    }
    return render(request, "scheduler/posts.html", context)


def _range(view: str, day: date) -> tuple[date, int]:
    """The first day shown and how many: whole weeks from Monday, but in a list the month alone."""
    if view == "week":
        return day - timedelta(days=day.weekday()), 7
    first = day.replace(day=1)
    last = _next_month(first) - timedelta(days=1)
    if view == "list":
        return first, last.day
    monday = first - timedelta(days=first.weekday())
    return monday, (last - monday).days + 7 - last.weekday()


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _moves(request: TeamRequest, view: str, day: date, today: date, filters: Filters) -> dict[str, Any]:
    """Where previous, next, today and the other views lead; every filter stays."""
    if view == "week":
        earlier, later = day - timedelta(days=7), day + timedelta(days=7)
    else:
        first = day.replace(day=1)
        earlier, later = (first - timedelta(days=1)).replace(day=1), _next_month(first)

    def to(name: str, when: date) -> str:
        shown = {"view": name if name != "month" else "", "date": when.isoformat() if when != today else ""}
        query = "&".join(q for q in (urlencode({k: v for k, v in shown.items() if v}), filters.query()) if q)
        base = reverse("calendar", args=[request.team.slug])
        return f"{base}?{query}" if query else base

    return {
        "earlier_url": to(view, earlier),
        "later_url": to(view, later),
        "today_url": to(view, today),
        "views": [(name, label, to(name, day)) for name, label in VIEWS],
        "here": to(view, day),
    }


def _title(view: str, day: date, first: date) -> str:
    if view != "week":
        return f"{day:%B %Y}"
    last = first + timedelta(days=6)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B %Y}"


def _marked(days: list[Day], day: date, view: str, request: TeamRequest) -> list[Day]:
    for each in days:
        each.outside = view == "month" and each.date.month != day.month
        for post in each.posts:
            _card(post, request)
    return days


def _card(post: Post, request: TeamRequest) -> Post:
    """Hangs on the row what the templates show of it."""
    post.shown_state = queries.shown_state(post)  # type: ignore[attr-defined]  # read by the templates alone
    post.left = queries.left(post)  # type: ignore[attr-defined]  # as above
    post.movable = queries.can_retime(post, request.member)  # type: ignore[attr-defined]  # as above
    post.local_due = post.due_at.astimezone(request.team.tz) if post.due_at else None  # type: ignore[attr-defined]
    post.is_past = bool(post.due_at and post.due_at < timezone.now())  # type: ignore[attr-defined]  # as above
    return post


def _missed(request: TeamRequest) -> dict[str, Any]:
    """The reader's own missed posts above the calendar, each with another time at one press."""
    now = timezone.now()
    rows = missed.lately(request.member, now)[: missed.SHOWN_IN_CALENDAR + 1]
    found = missed.listed(rows, now)
    return {
        "missed": found[: missed.SHOWN_IN_CALENDAR],
        "missed_more": len(found) > missed.SHOWN_IN_CALENDAR,
    }


def _hours(days: list[Day], request: TeamRequest) -> list[dict[str, Any]]:
    """Rows of the week: the working day, and every other hour that has something."""
    used = {(day.date, _hour(post, request)): [] for day in days for post in day.posts}  # type: ignore[var-annotated]
    for day in days:
        for post in day.posts:
            used[day.date, _hour(post, request)].append(post)
    hours = sorted({*range(8, 19), *(hour for _, hour in used)})
    return [
        {"hour": hour, "cells": [{"date": d.date, "posts": used.get((d.date, hour), [])} for d in days]}
        for hour in hours
    ]


def _hour(post: Post, request: TeamRequest) -> int:
    assert post.due_at is not None, "the calendar holds posts with a time only"
    return post.due_at.astimezone(request.team.tz).hour


def _filter_context(request: TeamRequest, filters: Filters) -> dict[str, Any]:
    return {
        "filters": filters,
        "to_settle": queries.to_settle(request.team),
        "channels": queries.channels(request.team),
        "authors": queries.authors(request.team),
        "states": [(key, label) for key, (label, _) in queries.STATE_FILTERS.items()],
    }
