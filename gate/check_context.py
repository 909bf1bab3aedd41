"""What checks may look at besides the content: the team's settings, its accounts' limits, its earlier posts, when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import Channel, Team
from gate import links, policy, toxicity
from gate.checks.base import CheckSettings, Earlier, Neighbour
from gate.checks.duplicates import Duplicates
from gate.checks.timing import Timing
from gate.models import ConductVersion, Submission
from ledger.models import Entry
from platforms.base import account_tag

EARLIER_MOST = 300
"""Posts of the queue, and sendings of the log, that a text is compared with: the latest of each."""
QUEUED = (Submission.State.CHECKING, Submission.State.IN_REVIEW, Submission.State.APPROVED)
SENT = ("delivery.sent", "delivery.sent_late")
NEIGHBOURS_MOST = 200


def of(submission: Submission, conduct: ConductVersion) -> CheckSettings:
    """For a submission, by the version of the code of conduct that its checks work by. Looks where its links lead, for
    links.SECONDS at most: not for use inside a transaction."""
    before = earlier(submission.team, conduct, except_origin=submission.origin)
    built = _build(submission.team, conduct, before)
    timed = _at(built, submission.team, submission.due_at, submission.origin)
    return replace(timed, links=links.look(submission.frozen))


def for_timing(submission: Submission, conduct: ConductVersion, due_at: datetime | None) -> CheckSettings:
    """What the timing check needs, if the submission went out at this time."""
    return _at(
        CheckSettings(own=conduct.settings, zone=submission.team.zone),
        submission.team,
        due_at,
        submission.origin,
    )


def for_team(team: Team, *, except_origin: str = "", due_at: datetime | None = None) -> CheckSettings:
    """For a look while somebody writes, before anything is submitted."""
    conduct = policy.current(team)
    built = _build(team, conduct, earlier(team, conduct, except_origin=except_origin))
    return _at(built, team, due_at, except_origin)


def for_self_check(team: Team, conduct: ConductVersion) -> CheckSettings:
    """For a personal text, which is compared with nothing and of which nothing is remembered. Its tone is for the
    embedded screen, also where a trained model serves: that one is in the gate worker, and a queue stores texts."""
    return CheckSettings(own=conduct.settings, toxicity_engine="screen-unremembered", zone=team.zone)


def _at(built: CheckSettings, team: Team, due_at: datetime | None, except_origin: str) -> CheckSettings:
    """With the time, and what else goes out near to it, where the team asks about that."""
    apart = timedelta(minutes=built.value(Timing(), "apart"))
    near = _neighbours(team, due_at, apart, except_origin) if due_at and apart else ()
    return replace(built, due_at=due_at, neighbours=near)


def _neighbours(team: Team, due_at: datetime, apart: timedelta, except_origin: str) -> tuple[Neighbour, ...]:
    """What is handed in and not taken back, with its time; drafts do not count."""
    rows = Submission.objects.filter(
        team=team, due_at__gt=due_at - apart, due_at__lt=due_at + apart, state__in=Submission.OPEN
    ).exclude(origin=except_origin)
    return tuple(
        Neighbour((channel.platform, channel.account_id, channel.instance), row.due_at, row.title)
        for row in rows.order_by("due_at", "pk")[:NEIGHBOURS_MOST]
        if row.due_at
        for channel in row.frozen.channels
    )


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


def _sent(team: Team, since: datetime) -> set[int]:
    """The submissions of which the log says that something went out."""
    entries = Entry.objects.filter(team_id=team.pk, kind__in=SENT, at__gte=since).order_by("-index")
    leaves = entries.values_list("leaf", flat=True)[:EARLIER_MOST]
    return {int(number) for leaf in leaves if (number := json.loads(leaf)["data"].get("submission"))}


def earlier(team: Team, conduct: ConductVersion, *, except_origin: str) -> tuple[Earlier, ...]:
    """Texts of the team that are queued, or that went out lately by the publish log, newest first. What went out counts
    also where its approval ended or was revoked since."""
    days = CheckSettings(own=conduct.settings).value(Duplicates(), "days")
    since = timezone.now() - timedelta(days=days)
    theirs = Submission.objects.filter(team=team).exclude(origin=except_origin).order_by("-submitted_at")
    lately = Q(submitted_at__gte=since) | Q(due_at__gte=since)
    queued = theirs.filter(lately, state__in=QUEUED).values("pk")[:EARLIER_MOST]
    rows = theirs.filter(Q(pk__in=queued) | Q(pk__in=_sent(team, since)))
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
