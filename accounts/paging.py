"""Pages of a list by the key of the row where the last page ended: as quick on page 1,000 as on the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.clean import number

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, newest first, and the addresses of the pages beside it; None where there is no more."""

    rows: list[M]
    newer_url: str | None
    older_url: str | None


def newest_first(rows: QuerySet[M], request: HttpRequest, *, size: int = 50, prefix: str = "") -> Page[M]:
    """The page that the request asks for with before=ID or after=ID; anything else is the first page.
    `prefix` tells two lists of one page apart. Other parameters of the address stay."""
    before, after = (number(request.GET.get(f"{prefix}{name}", "")) for name in ("before", "after"))
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        some = rows if before is None else rows.filter(pk__lt=before)
        found = list(some.order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    if not found:
        return Page([], None, _address(request, prefix) if before or after else None)
    return Page(
        found,
        _address(request, prefix, after=found[0].pk) if more_newer else None,
        _address(request, prefix, before=found[-1].pk) if more_older else None,
    )


def _address(request: HttpRequest, prefix: str, **place: int) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(f"{prefix}{name}", None)
    for name, key in place.items():
        query[f"{prefix}{name}"] = str(key)
    return f"{request.path}?{query.urlencode()}"
