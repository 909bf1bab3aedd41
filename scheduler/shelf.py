"""The team's evidence as far as one page needs it: asked for once, and only where something is to be carried."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Team
from gate.content import Source
from gate.evidence import library
from gate.models import Evidence

LOOKED_THROUGH: Final = 300
"""Pieces that are compared with a claim: the newest."""
_WORD: Final = re.compile(r"\w{3,}")


class Shelf:
    """What may be chosen for claims of a post that goes out on `day`."""

    def __init__(self, team: Team, day: date) -> None:
        self.team, self.day = team, day
        self._seen: dict[int, Evidence] = {}

    @cached_property
    def _usable(self) -> list[tuple[Evidence, set[str]]]:
        """Newest first, with the words of each."""
        rows = library.usable(self.team, on=self.day)[:LOOKED_THROUGH]
        self._seen |= {row.pk: row for row in rows}
        return [(row, _words(f"{row.title} {row.quote}")) for row in rows]

    def offered(self, claim: str, *, but: Collection[int], most: int) -> list[Evidence]:
        """What could carry these words: what shares most of them first, and of the same the newest."""
        wanted = _words(claim)
        rows = [(row, words) for row, words in self._usable if row.pk not in but]
        return [row for row, _ in sorted(rows, key=lambda each: -len(wanted & each[1]))[:most]]

    def chosen(self, ids: Iterable[int]) -> list[Evidence]:
        """Those of the team's that were chosen, also where they do not count any more."""
        wanted = list(ids)
        if missing := [each for each in wanted if each not in self._seen]:
            self._seen |= Evidence.objects.filter(team=self.team).in_bulk(missing)
        return [self._seen[each] for each in wanted if each in self._seen]

    def counts(self, row: Evidence) -> bool:
        """Whether it can carry anything on that day."""
        return row.retired_at is None and not library.has_expired(row, self.day)

    def sources(self, ids: Iterable[int]) -> tuple[Source, ...]:
        """What can be signed of the chosen ones."""
        return tuple(library.source(row, self.team) for row in self.chosen(ids) if row.retired_at is None)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def day_of(due_at: datetime | None, zone: ZoneInfo) -> date:
    """The day on which readers see the post: today, where it has no time or one that has passed."""
    now = timezone.now()
    return max(due_at or now, now).astimezone(zone).date()
