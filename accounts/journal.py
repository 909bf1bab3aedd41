"""The entries of people, teams and channels in the publish log: numbers in the leaf, names erasable beside
it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import Channel, Team, User
from ledger import services as ledger
from platforms.base import account_tag


def entry(
    team: Team,
    kind: str,
    actor: User,
    *,
    title: str,
    data: Mapping[str, Any],
    about: User | None = None,
    personal: Mapping[str, str] | None = None,
) -> None:
    """One entry about the team, or about a person in it; last in the caller's transaction."""
    ledger.append(
        kind=kind,
        team_id=team.pk,
        actor_id=actor.pk,
        subject=f"user:{about.pk}" if about else f"team:{team.pk}",
        data=dict(data),
        personal={
            "title": title,
            "actor": str(actor),
            **({"person": str(about)} if about else {}),
            **(personal or {}),
        },
        tags={"person": sorted({actor.pk, *([about.pk] if about else [])})},
    )


def channel_entry(channel: Channel, kind: str, actor: User | None, *, reason: str = "") -> None:
    """One entry about a connected account; last in the caller's transaction. Nothing secret goes in. No actor: the
    machinery found it."""
    ledger.append(
        kind=kind,
        team_id=channel.team_id,
        actor_id=actor.pk if actor else None,
        subject=f"channel:{channel.pk}",
        outcome=channel.health,
        data={"channel": channel.pk, "platform": channel.platform, "instance": channel.instance},
        personal={
            "title": str(channel),
            "channel": str(channel),
            "account": channel.account_id,
            **({"actor": str(actor)} if actor else {}),
            **({"reason": reason} if reason else {}),
        },
        tags={"channel": [account_tag(channel.platform, channel.account_id, channel.instance)]},
    )
