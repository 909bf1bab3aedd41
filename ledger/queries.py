"""Named reads of the publish log. Lists go by key, newest first: no OFFSET, no COUNT, a constant number of
queries.

A page of 50: ask `entries` for 51; where 51 come back, there is an older page, `before` the fiftieth's index.
`page` does just that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from django.db.models import Exists, OuterRef, Q, QuerySet

from ledger.models import Checkpoint, Entry, Erasable, Tag

_BATCH = 500


class Filters(TypedDict, total=False):
    """What a list can be narrowed to; an empty or missing one does not narrow."""

    kind: str
    outcome: str
    person: int | str | None
    """Who did it, or whom it is tagged with."""
    channel: int | str | None
    date_from: datetime | None
    date_to: datetime | None
    """`date_from` <= at < `date_to`."""
    text: str
    """In a personal text that was not erased, or in the subject; SQLite folds case for ASCII only."""


@dataclass(frozen=True, slots=True)
class Page:
    entries: list[Entry]
    older: int | None
    """The `before` of the next page; None on the last one."""


def entries(
    team_id: int | None, *, before: int | None = None, limit: int = 51, **filters: Unpack[Filters]
) -> list[Entry]:
    """A team's entries, newest first, with their tags and personal texts (three queries)."""
    found = _filtered(team_id, filters)
    if before is not None:
        found = found.filter(index__lt=before)
    return list(_whole(found)[:limit])


def page(
    team_id: int | None, *, before: int | None = None, size: int = 50, **filters: Unpack[Filters]
) -> Page:
    """One page of `entries`, and where the next one starts."""
    found = entries(team_id, before=before, limit=size + 1, **filters)
    return Page(found[:size], found[size - 1].index if len(found) > size else None)


def stream(team_id: int | None, **filters: Unpack[Filters]) -> Iterator[Entry]:
    """All of a team's entries, newest first, in batches: for exports of any length."""
    before: int | None = None
    while batch := entries(team_id, before=before, limit=_BATCH, **filters):
        yield from batch
        before = batch[-1].index


def story(team_id: int | None, tag_name: str, tag_value: object, *, limit: int = 1000) -> list[Entry]:
    """What happened to one thing, oldest first: the first `limit` entries with this tag."""
    tagged = _tagged(Entry.objects.all(), team_id, tag_name, tag_value)
    return list(_whole(tagged.order_by("tags__entry_id"))[:limit])


def entry(team_id: int | None, index: int) -> Entry:
    """One entry of a team. Entry.DoesNotExist also where it is another team's."""
    return _whole(Entry.objects.filter(team_id=team_id)).get(index=index)


def _whole(found: QuerySet[Entry]) -> QuerySet[Entry]:
    return found.prefetch_related("tags", "personal")


def _tagged(found: QuerySet[Entry], team_id: int | None, name: str, value: object) -> QuerySet[Entry]:
    """Narrow by a join, so that the database can walk the tag's index in the order of the list."""
    return found.filter(tags__team_id=team_id, tags__name=name, tags__value=str(value))


def _filtered(team_id: int | None, filters: Filters) -> QuerySet[Entry]:
    found = Entry.objects.filter(team_id=team_id).order_by("-index")
    exact = {
        "kind": filters.get("kind"),
        "outcome": filters.get("outcome"),
        "at__gte": filters.get("date_from"),
        "at__lt": filters.get("date_to"),
    }
    found = found.filter(**{column: value for column, value in exact.items() if value})
    if text := filters.get("text"):
        said = Erasable.objects.filter(entry=OuterRef("pk"), text__icontains=text)
        found = found.filter(Q(subject__icontains=text) | Exists(said))
    return _by_tags(found, team_id, filters)


def _by_tags(found: QuerySet[Entry], team_id: int | None, filters: Filters) -> QuerySet[Entry]:
    wanted = [
        (name, filters.get(name)) for name in ("channel", "person") if filters.get(name) not in (None, "")
    ]
    if wanted:
        found = _tagged(found, team_id, *wanted[0]).order_by("-tags__entry_id")
    for name, value in wanted[1:]:
        found = found.filter(Exists(Tag.objects.filter(entry=OuterRef("pk"), name=name, value=str(value))))
    return found


def checkpoint_times() -> tuple[datetime | None, datetime | None]:
    """When the newest checkpoint was signed, and when the oldest entry was written that none covers; None where there
    is no such thing."""
    last = Checkpoint.objects.order_by("-size").values_list("size", "at").first()
    size, signed_at = last or (0, None)
    waiting = Entry.objects.filter(index=size).values_list("at", flat=True).first()
    return signed_at, waiting
