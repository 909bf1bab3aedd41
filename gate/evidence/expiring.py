"""Telling people while there is time: evidence that expires soon and that posts still on their way cite."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction

from accounts.models import Membership, Notice, Team, User
from accounts.notices import notify
from gate.evidence import library
from gate.models import Evidence, Submission

WARN_AHEAD = (timedelta(days=14), timedelta(days=2))
"""How long before its end people hear of it: once at each step, however often the dispatcher looks."""


def tell(now: datetime) -> int:
    """A look at every team with something on its way. Returns how many pieces people were told about."""
    teams = Team.objects.filter(
        pk__in=Evidence.objects.filter(
            retired_at=None, expires_on__gte=now.date() - timedelta(days=1), expires_on__lte=_horizon(now)
        ).values("team")
    )
    return sum(_tell_team(team.pk, now) for team in teams)


def _horizon(now: datetime) -> date:
    """A day more than is looked ahead: a team's day may be further than that of UTC."""
    return now.date() + max(WARN_AHEAD) + timedelta(days=1)


@transaction.atomic
def _tell_team(team_id: int, now: datetime) -> int:
    """Of several dispatchers one waits here for the other, and then finds the notices."""
    team = Team.objects.select_for_update(no_key=True).get(pk=team_id)
    today = now.astimezone(team.tz).date()
    cited = library.cited_by_waiting(team)
    rows = Evidence.objects.filter(
        pk__in=list(cited), retired_at=None, expires_on__gte=today, expires_on__lte=today + max(WARN_AHEAD)
    )
    told = 0
    for piece in rows.select_related("added_by").order_by("pk"):
        if not _was_told(piece, team, today):
            _notify(piece, team, cited[piece.pk])
            told += 1
    return told


def _was_told(piece: Evidence, team: Team, today: date) -> bool:
    """Since the last step before its end was reached."""
    assert piece.expires_on is not None
    step = max(piece.expires_on - ahead for ahead in WARN_AHEAD if piece.expires_on - ahead <= today)
    since = datetime.combine(step, time.min, tzinfo=team.tz)
    return Notice.objects.filter(team=team, url=_url(piece, team), created_at__gte=since).exists()


def _notify(piece: Evidence, team: Team, posts: Iterable[Submission]) -> None:
    titles = sorted({submission.title for submission in posts})
    others = f" and {len(titles) - 1} more" if len(titles) > 1 else ""
    day = f"{piece.expires_on:%d %b %Y}"
    text = f"“{piece.title[:100]}” expires on {day} and carries a claim of {titles[0][:120]}{others}."
    notify(
        team=team,
        users=_people(piece, team),
        text=f"{text} Look at it again and renew it.",
        url=_url(piece, team),
    )


def _people(piece: Evidence, team: Team) -> list[User]:
    """Who added it, while they are in the team, and its admins."""
    members = Membership.objects.filter(team=team, ended_at=None, user__is_active=True).select_related("user")
    return [m.user for m in members.order_by("pk") if m.is_admin or m.user_id == piece.added_by_id]


def _url(piece: Evidence, team: Team) -> str:
    return f"/t/{team.slug}/evidence/{piece.pk}/"
