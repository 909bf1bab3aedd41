"""A post that answers somebody: what the author typed about their message, as it is stored and as it is frozen.

It is kept as typed while somebody writes; the time it was received is a wall time in the team's zone there, and UTC
where it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from accounts.models import Team
from gate.content import Answered, normalise
from gate.errors import Incomplete
from platforms import foreign

FIELDS: Final = {"url": 2_000, "author": 200, "text": 10_000}
"""And the most characters of each."""
KEPT: Final = "Your text is kept as a draft."


def of_request(data: QueryDict) -> dict[str, str]:
    """What the page says, as typed; empty where it answers nobody."""
    typed = {name: data.get(f"answers_{name}", "").strip() for name in (*FIELDS, "received")}
    return {name: value for name, value in typed.items() if value}


def of_post(stored: Mapping[str, Any], team: Team) -> dict[str, str]:
    """What the page shows of a stored post."""
    typed = {name: str(stored.get(name, "")) for name in FIELDS}
    if received := _instant(str(stored.get("received_at", ""))):
        typed["received"] = f"{received.astimezone(ZoneInfo(team.zone)):%Y-%m-%dT%H:%M}"
    return {name: value for name, value in typed.items() if value}


def row(typed: Mapping[str, str], team: Team) -> dict[str, str]:
    """As it is stored. A time that is none is left out: the page and the check ask for it."""
    kept = {name: normalise(typed.get(name, ""))[:most] for name, most in FIELDS.items()}
    if received := _wall(typed.get("received", ""), team):
        kept["received_at"] = received.isoformat()
    return {name: value for name, value in kept.items() if value}


def content(stored: Mapping[str, Any]) -> Answered | None:
    """As it is frozen; None where the post answers nobody."""
    if not stored:
        return None
    return Answered(*(str(stored.get(name, "")) for name in (*FIELDS, "received_at")))


def require_whole(answered: Answered | None) -> None:
    """A reviewer has to see what is answered. Raises Incomplete with words for the author."""
    if answered is None:
        return
    if not answered.text.strip():
        raise Incomplete(f"This answers somebody: paste their message, or empty its other fields. {KEPT}")
    if answered.url and not foreign.address(answered.url):
        raise Incomplete(f"The address of the message has to begin with https://. {KEPT}")


def _wall(text: str, team: Team) -> datetime | None:
    """Of a time that comes twice the first; how late an answer is does not hang on an hour of October."""
    try:
        return (
            datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=ZoneInfo(team.zone)).astimezone(UTC)
        )
    except (ValueError, OverflowError):
        return None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
