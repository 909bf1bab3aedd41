"""The scheduler's entries in the publish log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from ledger import services as ledger
from platforms.base import account_tag
from scheduler.models import Delivery, Post


def post_entry(
    post: Post,
    kind: str,
    actor: User | None,
    *,
    outcome: str = "",
    data: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One entry about a post, last in the caller's transaction."""
    ledger.append(
        kind=kind,
        team_id=post.team_id,
        actor_id=actor.pk if actor else None,
        subject=post.origin,
        outcome=outcome,
        data={"post": post.pk, "submission": post.submission_id, "state": post.state, **(data or {})},
        personal={
            "title": str(post),
            **({"actor": str(actor)} if actor else {}),
            **({"reason": reason} if reason else {}),
        },
        tags={"origin": [post.origin], "person": sorted({post.author_id, *([actor.pk] if actor else [])})},
    )


def delivery_entry(
    delivery: Delivery,
    kind: str,
    *,
    actor: User | None = None,
    outcome: str = "",
    data: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One entry about a delivery, last in the caller's transaction."""
    post, channel = delivery.post, delivery.channel
    ledger.append(
        kind=kind,
        team_id=delivery.team_id,
        actor_id=actor.pk if actor else None,
        subject=f"delivery:{delivery.pk}",
        outcome=outcome,
        data={
            "delivery": delivery.pk,
            "post": post.pk,
            "submission": delivery.submission_id,
            "digest": delivery.submission.digest,
            "platform": channel.platform,
            "channel": delivery.channel_id,
            **(data or {}),
        },
        personal={
            "title": str(post),
            "channel": str(channel),
            **({"actor": str(actor)} if actor else {}),
            **({"reason": reason} if reason else {}),
        },
        tags={
            "origin": [post.origin],
            "person": sorted({post.author_id, *([actor.pk] if actor else [])}),
            "channel": [account_tag(channel.platform, channel.account_id, channel.instance)],
        },
    )
