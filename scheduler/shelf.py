"""The team's evidence as far as one page needs it: asked for once, and only where something is to be carried."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from accounts.models import Team
from gate.content import Source
from gate.errors import Incomplete
from gate.models import Evidence


class Shelf:
    """What may be chosen for claims of a post that goes out on `day`."""

    def __init__(self, team: Team, day: date) -> None:
        self.team, self.day = team, day
        self._seen: dict[int, Evidence] = {}

    @cached_property
    def usable(self) -> list[Evidence]:
        """Newest first."""
        rows = list(
            Evidence.objects.filter(team=self.team, retired_at__isnull=True)
            .filter(Q(expires_on__isnull=True) | Q(expires_on__gte=self.day))
            .order_by("-added_at", "-pk")
        )
        self._seen |= {row.pk: row for row in rows}
        return rows

    def chosen(self, ids: Iterable[int]) -> list[Evidence]:
        """Those of the team's that were chosen, also where they do not count any more."""
        wanted = list(ids)
        if missing := [each for each in wanted if each not in self._seen]:
            self._seen |= Evidence.objects.filter(team=self.team).in_bulk(missing)
        return [self._seen[each] for each in wanted if each in self._seen]

    def counts(self, row: Evidence) -> bool:
        """Whether it can carry anything on that day."""
        return row.retired_at is None and (row.expires_on is None or row.expires_on >= self.day)

    def sources(self, ids: Iterable[int]) -> tuple[Source, ...]:
        """What can be signed of the chosen ones."""
        return tuple(_source(row) for row in self.chosen(ids) if row.retired_at is None)


def day_of(due_at: datetime | None, zone: ZoneInfo) -> date:
    """The day on which readers see the post: today, where it has no time or one that has passed."""
    now = timezone.now()
    return max(due_at or now, now).astimezone(zone).date()


def sources(team: Team, ids: Iterable[int]) -> tuple[Source, ...]:
    """As it is signed. Raises Incomplete where one of them is not the team's, or was retired."""
    wanted = list(ids)
    found = Evidence.objects.filter(team=team, retired_at__isnull=True).in_bulk(wanted)
    if gone := len(set(wanted) - set(found)):
        raise Incomplete(
            f"{gone} of the evidence for claims is not in your library any more. Your text is kept; "
            "choose other evidence under “Claims”."
        )
    return tuple(_source(found[each]) for each in wanted)


def _source(row: Evidence) -> Source:
    return Source(
        id=row.pk,
        kind=row.kind,
        title=row.title,
        url=row.final_url or row.url,
        quote=row.quote,
        sha256=row.sha256,
        retrieved_on=row.retrieved_at.date().isoformat(),
        expires_on=row.expires_on.isoformat() if row.expires_on else "",
    )
