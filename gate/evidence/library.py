"""Reading the team's library: what may be cited, as it is cited, and what cites it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Team
from gate.content import Content, Source, normalise
from gate.errors import Incomplete
from gate.models import Evidence, Submission

SOON = timedelta(days=14)
MOST_USES = 50


def usable(team: Team, *, on: date) -> QuerySet[Evidence]:
    """What a claim may cite on that day, the newest first: neither retired nor expired, and of what was renewed the
    newest alone."""
    return current(team).filter(_holds(on)).order_by("-pk")


def current(team: Team) -> QuerySet[Evidence]:
    """The newest of each piece, those that were retired left out."""
    return Evidence.objects.filter(team=team, retired_at=None, renewed_by=None)


def sources(team: Team, ids: Sequence[int]) -> tuple[Source, ...]:
    """What a content carries of these pieces, in their order. Raises Incomplete where one is not in the library."""
    rows = Evidence.objects.filter(team=team, pk__in=ids).in_bulk()
    for pk in ids:
        if pk not in rows:
            raise Incomplete(
                "A claim names evidence that is not in the team's library. Nothing was handed in; choose it again."
            )
        if rows[pk].retired_at:
            raise Incomplete(
                f"The evidence “{rows[pk].title}” was retired. Nothing was handed in; choose another for its claim."
            )
    return tuple(source(rows[pk], team) for pk in ids)


def source(piece: Evidence, team: Team) -> Source:
    return Source(
        id=piece.pk,
        kind=piece.kind,
        title=normalise(piece.title),
        url=piece.final_url or piece.url,
        quote=normalise(piece.quote),
        sha256=piece.sha256,
        retrieved_on=piece.retrieved_at.astimezone(team.tz).date().isoformat(),
        expires_on=piece.expires_on.isoformat() if piece.expires_on else "",
    )


def today(team: Team) -> date:
    return timezone.now().astimezone(team.tz).date()


def default_expiry(team: Team) -> date:
    """When evidence that is added today is to be looked at again."""
    return today(team) + timedelta(days=settings.EVIDENCE_DAYS)


def has_expired(piece: Evidence, on: date) -> bool:
    return piece.expires_on is not None and piece.expires_on < on


def chain(piece: Evidence) -> list[Evidence]:
    """The piece with all that it renews and that renews it, the oldest first."""
    first = piece
    while first.renews is not None:
        first = first.renews
    found = [first]
    for row in found:
        found += row.renewed_by.select_related("added_by", "renews").order_by("pk")
    return sorted(found, key=lambda row: row.pk)


def cited(content: Content) -> Iterator[Source]:
    """Every source of every claim."""
    for claim in content.declarations.claims:
        yield from claim.sources


def uses(piece: Evidence) -> list[Submission]:
    """The submissions that cite this snapshot, the newest first."""
    rows = Submission.objects.filter(team=piece.team_id, content__contains=piece.sha256).order_by("-pk")
    found = rows.select_related("author")[:MOST_USES]
    return [row for row in found if any(each.id == piece.pk for each in cited(row.frozen))]


def cited_by_waiting(team: Team) -> dict[int, list[Submission]]:
    """Pieces that submissions still on their way cite, by their ids."""
    found: dict[int, list[Submission]] = {}
    rows = Submission.objects.filter(team=team, state__in=Submission.OPEN, content__contains='"claims":[{')
    for row in rows.select_related("team", "author").order_by("pk"):
        for pk in {each.id for each in cited(row.frozen)}:
            found.setdefault(pk, []).append(row)
    return found


def _holds(on: date) -> Q:
    return Q(expires_on=None) | Q(expires_on__gte=on)


def titles(team: Team, ids: Iterable[int]) -> dict[int, str]:
    return dict(Evidence.objects.filter(team=team, pk__in=list(ids)).values_list("pk", "title"))
