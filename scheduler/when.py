"""Wall time to instant. A local time that does not exist is refused; one that exists twice is asked about."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from accounts.zones import YEARS


class WhenError(Exception):
    """A time that cannot be used; `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TimeExistsTwice(WhenError):
    """The clocks go back over this time. `first` and `second` are the two instants, UTC."""

    def __init__(self, message: str, first: datetime, second: datetime) -> None:
        super().__init__(message)
        self.first = first
        self.second = second


def resolve(local: str, zone: str, *, fold: int | None = None) -> datetime:
    """The UTC instant of a wall time "2026-11-12T14:05" in an IANA zone.

    `fold` chooses between the two instants of a time that exists twice: 0 the first, 1 the second.
    Raises WhenError, TimeExistsTwice.
    """
    tz = _zone(zone)
    try:
        wall = datetime.strptime(local, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  wall time; the zone follows below
    except ValueError:
        raise WhenError("Give the date and the time, for instance 2026-11-12 and 14:05.") from None
    if wall.year not in YEARS:
        raise WhenError(f"Choose a year from {YEARS[0]} to {YEARS[-1]}; everything else is kept.")
    first = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first == second:
        return first
    if first.astimezone(tz).replace(tzinfo=None) != wall:
        raise WhenError(
            f"On {wall:%d %B %Y} the clocks in {zone} jump over {wall:%H:%M}, so that time does not exist. "
            "Choose another; everything else is kept."
        )
    if fold is None:
        raise TimeExistsTwice(
            f"On {wall:%d %B %Y} the clocks in {zone} go back, so {wall:%H:%M} comes twice. Say which one you mean.",
            first,
            second,
        )
    return second if fold else first


def _zone(zone: str) -> ZoneInfo:
    if zone not in _known():
        raise WhenError(f"There is no time zone {zone[:64]!r}. Choose one from the list.")
    return ZoneInfo(zone)


@cache
def _known() -> frozenset[str]:
    """Every zone of this machine; asking for them reads hundreds of files."""
    return frozenset(available_timezones())
