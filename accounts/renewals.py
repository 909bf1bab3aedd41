"""Sign-ins that end are renewed ahead of it, so that no post waits for it and an admin hears early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts import renewing, sealing
from accounts.channels import need_attention
from accounts.models import Channel
from platforms.base import Credentials, PublishError, Renews

NUDGE_AGAIN = timedelta(seconds=30)
PAUSE_LEAST, PAUSE_MOST = timedelta(minutes=1), timedelta(minutes=10)


def take_due(now: datetime) -> Iterator[int]:
    """Channels to renew now, each taken by one dispatcher only. One whose task is lost comes again."""
    due = Channel.objects.filter(health=Channel.Health.CONNECTED, renew_at__lte=now)
    for pk in due.order_by("renew_at").values_list("pk", flat=True):
        if Channel.objects.filter(pk=pk, renew_at__lte=now).update(renew_at=now + NUDGE_AGAIN):
            yield pk


def renew(channel_id: int) -> None:
    """Renews one sign-in, if it is due still. A platform in trouble is asked again later and the channel stays as it
    is; one that refuses the sign-in makes it need attention."""
    now = timezone.now()
    due = Channel.objects.filter(health=Channel.Health.CONNECTED, renew_at__lte=now + NUDGE_AGAIN)
    channel = due.select_related("team").filter(pk=channel_id).first()
    if channel is None or not isinstance(channel.adapter, Renews):
        return
    try:
        credentials = channel.credentials()
        channel.adapter.renew_sign_in(credentials)
    except sealing.SealBroken as error:
        need_attention(channel=channel, reason=str(error))
    except PublishError as error:
        if error.needs_reconnect:
            need_attention(channel=channel, reason=error.message)
        else:
            _ask_later(channel, credentials, error)


def _ask_later(channel: Channel, credentials: Credentials, error: PublishError) -> None:
    """The longer it is overdue, the longer the pause: it doubles each time."""
    now = timezone.now()
    pause = min(max(_overdue(channel, credentials, now), PAUSE_LEAST), PAUSE_MOST)
    if error.retry_after is not None:
        pause = max(pause, timedelta(seconds=error.retry_after))
    Channel.objects.filter(
        pk=channel.pk,
        connected_at=channel.connected_at,
        renew_at=channel.renew_at,
        health=Channel.Health.CONNECTED,
    ).update(
        renew_at=now + pause,
        health_reason=f"The sign-in could not be renewed yet, and is tried again: {error.message}"[:500],
    )


def _overdue(channel: Channel, credentials: Credentials, now: datetime) -> timedelta:
    adapter = channel.adapter
    term = adapter.sign_in_term(credentials.secrets) if isinstance(adapter, Renews) else None
    return now - renewing.due(term) if term else PAUSE_LEAST
