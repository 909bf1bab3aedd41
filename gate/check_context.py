"""What checks may look at besides the content: the team's settings, its accounts' limits, its earlier posts, when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Channel, Team
from gate import links, policy, toxicity
from gate.checks.base import CheckSettings, Earlier
from gate.models import ConductVersion, Submission
from platforms.base import account_tag

EARLIER_DAYS = 60
EARLIER_MOST = 200


def of(submission: Submission, conduct: ConductVersion) -> CheckSettings:
    """For a submission, by the version of the code of conduct that its checks work by. Looks where its links lead, for
    links.SECONDS at most: not for use inside a transaction."""
    before = earlier(submission.team, except_origin=submission.origin)
    built = _build(submission.team, conduct, before)
    return replace(built, due_at=submission.due_at, links=links.look(submission.frozen))


def for_team(team: Team, *, except_origin: str = "") -> CheckSettings:
    """For a look while somebody writes, before anything is submitted."""
    return _build(team, policy.current(team), earlier(team, except_origin=except_origin))


def _build(team: Team, conduct: ConductVersion, before: tuple[Earlier, ...]) -> CheckSettings:
    return CheckSettings(
        own=conduct.settings,
        limits=_limits(team),
        earlier=before,
        toxicity_engine=toxicity.chosen(settings.GATE_TOXICITY_ENGINE),
        zone=team.zone,
    )


def _limits(team: Team) -> dict[str, Any]:
    """What each account's own server said. An account that was disconnected says nothing any more."""
    connected = Channel.objects.filter(team=team).exclude(health=Channel.Health.DISCONNECTED)
    return {account_tag(c.platform, c.account_id, c.instance): c.limits for c in connected}


def earlier(team: Team, *, except_origin: str) -> tuple[Earlier, ...]:
    """Texts of the team that are queued or went out lately, newest first."""
    rows = (
        Submission.objects.filter(
            team=team,
            submitted_at__gte=timezone.now() - timedelta(days=EARLIER_DAYS),
            state__in=[Submission.State.CHECKING, Submission.State.IN_REVIEW, Submission.State.APPROVED],
        )
        .exclude(origin=except_origin)
        .order_by("-submitted_at")[:EARLIER_MOST]
    )
    return tuple(
        Earlier(
            title=row.title,
            platform=channel.platform,
            account_id=channel.account_id,
            instance=channel.instance,
            text="\n\n".join(part.text for part in channel.parts),
            when=f"{row.due_at or row.submitted_at:%d %b %Y}",
        )
        for row in rows
        for channel in row.frozen.channels
    )
