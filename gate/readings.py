"""When a reviewer opened what waits for review: the gate report says which approvals came without reading."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from gate.models import Reading, Submission


def opened(submission: Submission, user: User, at: datetime | None = None) -> None:
    """Remembers the first time in this round. Saying it again changes nothing."""
    seen = Reading.objects.filter(submission=submission, round=submission.round, user=user)
    if seen.exists():
        return
    try:
        with transaction.atomic():
            Reading.objects.create(
                submission=submission, round=submission.round, user=user, opened_at=at or timezone.now()
            )
    except IntegrityError:
        return  # another tab was faster
