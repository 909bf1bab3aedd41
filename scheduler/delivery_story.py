"""What is known of one delivery, for a person who has to say what became of it: every request that left, every look at
the platform, every answer of a person. Attempts are rows; what the looks saw is kept in the publish log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ledger import queries as log
from ledger.models import Entry
from scheduler import log_words
from scheduler.models import Attempt, Delivery

MOST: Final = 1000
"""Entries of one post that are read; there are a dozen of a delivery with every look there is."""
TONES: Final = {"delivery.sent": "good", "delivery.failed": "bad", "delivery.sent_late": "bad"}
TOLD_BY_ATTEMPTS: Final = ("delivery.sending", "delivery.delayed", "delivery.cancelled")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `index`: its entry in the publish log, where it has one of its own."""

    at: datetime
    title: str
    text: str
    tone: str = ""
    index: int | None = None


def steps(delivery: Delivery) -> list[Step]:
    """Oldest first. Three queries."""
    attempts = list(delivery.attempts.all())
    found = [step for attempt in attempts for step in _of_attempt(attempt)]
    ends = {attempt.message for attempt in attempts if attempt.sending_at}
    subject = f"delivery:{delivery.pk}"
    for entry in log.story(delivery.team_id, "origin", delivery.post.origin, limit=MOST):
        if entry.subject == subject:
            found += _of_entry(entry, ends)
    return sorted(found, key=lambda step: step.at)


def _of_attempt(attempt: Attempt) -> Iterator[Step]:
    """Claims that were given back before anything left are no news here."""
    if attempt.sending_at is None:
        return
    text = "The request left."
    if attempt.finished_at and attempt.state != Attempt.State.SENT:
        text = attempt.message or f"{attempt.get_state_display()}."
    tone = "" if attempt.state == Attempt.State.SENT else "warn"
    yield Step(attempt.sending_at, f"Attempt {attempt.number}", text, tone)


def _of_entry(entry: Entry, ends: set[str]) -> Iterator[Step]:
    """`ends`: what the attempts say of themselves, which is not said twice."""
    if entry.kind in TOLD_BY_ATTEMPTS:
        return
    try:
        said: dict[str, Any] = entry.content["data"]
        texts = entry.texts
    except (ValueError, KeyError, TypeError):
        yield Step(
            entry.at, "This entry of the log cannot be read", "Open it to see why.", "bad", entry.index
        )
        return
    looks = said.get("looks")
    who, reason = texts.get("actor") or "", texts.get("reason") or ""
    if entry.kind == "delivery.unknown" and not looks and reason[:500] in ends:
        return
    title = f"Look {looks} at the account" if looks and not who else log_words.kind_words(entry.kind)
    if not reason and entry.kind == "delivery.not_received":
        reason = "It is not there, so the same was sent again."
    title = f"{title}, by {who}" if who else title
    yield Step(entry.at, title, reason, TONES.get(entry.kind, ""), entry.index)
