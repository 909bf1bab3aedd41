"""What one team's checks look at: its own settings, its accounts' limits and its earlier posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Channel, Team
from gate.checks.base import CheckSettings, Earlier, Level
from gate.models import Submission
from platforms.base import account_tag

EARLIER_DAYS = 60
EARLIER_MOST = 200


def of(submission: Submission) -> CheckSettings:
    return _build(submission.team, earlier(submission.team, except_origin=submission.origin))


def for_team(team: Team, *, except_origin: str = "") -> CheckSettings:
    """For a look while somebody writes, before anything is submitted."""
    return _build(team, earlier(team, except_origin=except_origin))


def unknown_level(team: Team) -> Level:
    """What a check that could not run counts as: a block, unless the team's policy asks a person instead."""
    return Level.ATTEST if team.check_settings.get("unknown") == "attest" else Level.BLOCKS


def _build(team: Team, before: tuple[Earlier, ...]) -> CheckSettings:
    own: dict[str, Any] = team.check_settings
    default = CheckSettings()
    return CheckSettings(
        regions=tuple(own.get("regions", default.regions)),
        public_contacts=tuple(own.get("public_contacts", default.public_contacts)),
        words=dict(own.get("words", default.words)),
        limits=_limits(team),
        earlier=before,
        toxicity_engine=settings.GATE_TOXICITY_ENGINE,
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
