"""The IANA zones that a person is offered: those named after a place, and UTC; and the years that are planned in."""

from functools import cache
from typing import Final
from zoneinfo import available_timezones

YEARS: Final = range(1990, 2201)
"""What pages show and a post can be planned for: every instant of them exists in every zone and on both databases."""

_NOT_PLACES = {"Etc", "SystemV", "US", "posix", "right"}

Group = tuple[str, list[tuple[str, str]]]


@cache
def names() -> frozenset[str]:
    """Every zone that a team may plan in."""
    places = {zone for zone in available_timezones() if "/" in zone and zone.split("/")[0] not in _NOT_PLACES}
    return frozenset({*places, "UTC"})


@cache
def choices() -> tuple[Group, ...]:
    """For a select: by continent, in the order of the alphabet, UTC first."""
    groups: dict[str, list[tuple[str, str]]] = {"Everywhere": [("UTC", "UTC")]}
    for zone in sorted(names() - {"UTC"}):
        area, _, place = zone.partition("/")
        groups.setdefault(area, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    return tuple(groups.items())
