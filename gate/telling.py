"""Who hears of a submission besides its author."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User
from accounts.notices import notify
from gate.models import Submission


def reviewers(submission: Submission, text: str, *, but: Collection[int] = ()) -> None:
    """Tells the team's reviewers who did not write it. `but`: ids of people who know already."""
    wrote = set(submission.editors.values_list("user_id", flat=True)) | {submission.author_id}
    people = User.objects.filter(
        memberships__team=submission.team, memberships__is_reviewer=True, memberships__ended_at__isnull=True
    )
    notify(
        team=submission.team,
        users=[person for person in people if person.pk not in wrote | set(but)],
        text=text,
        url=f"/t/{submission.team.slug}/review/{submission.pk}/",
    )
