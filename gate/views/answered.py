"""What a post answers, as reviewers see it: the message above the post, and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from gate.checks import replies
from gate.checks.base import CheckSettings
from gate.content import Answered, Content
from gate.models import ConductVersion
from platforms import foreign


@dataclass(frozen=True, slots=True)
class AnsweredView:
    """`url` is safe as a link, "" where it is none. `late`: the time until which the team answers has passed, or is
    over when the post goes out."""

    author: str
    text: str
    url: str
    received_at: datetime | None
    answer_by: datetime | None
    late: bool


def of(content: Content, conduct: ConductVersion, due_at: datetime | None) -> AnsweredView | None:
    """None where it answers nobody. A time that cannot be read is none: the check then says so itself."""
    said = content.answers
    if said is None:
        return None
    received, until = _clock(said, conduct)
    goes_out = max(due_at or timezone.now(), timezone.now())
    url = foreign.address(said.url)
    return AnsweredView(said.author, said.text, url, received, until, until is not None and goes_out > until)


def _clock(said: Answered, conduct: ConductVersion) -> tuple[datetime | None, datetime | None]:
    try:
        received = replies.received(said) if said.received_at else None
        return received, replies.answer_by(said, CheckSettings(own=conduct.settings))
    except ValueError:
        return None, None
