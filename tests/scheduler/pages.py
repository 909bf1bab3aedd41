"""What the page tests share: forms filled in as a browser would send them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Channel, Membership
from scheduler.models import Post
from tests import factories as make


def sign_in(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def url(name: str, thing: Any, *args: Any) -> str:
    """An address of the team of a member, post or channel."""
    return reverse(name, args=[thing.team.slug, *args])


def soon(days: int = 2) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y-%m-%d}"


def typed(*channels: Channel, post: Post | None = None, **extra: Any) -> dict[str, Any]:
    """A filled-in compose form. `post`: the one that the page is about, at the version it has now."""
    given: dict[str, Any] = {
        "text": ["The ferry sails at nine."],
        "channel": [str(channel.pk) for channel in channels],
        **make.GOOD,
        "due_date": soon(),
        "due_time": "09:00",
        "due_zone": "Europe/Lisbon",
        "version": "0",
        "do": "save",
    }
    if post:
        given |= {"post": str(post.pk), "version": str(post.version)}
    return {**given, **extra}
