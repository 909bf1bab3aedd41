"""Deliveries that came back with a backup. What was sent after the backup was made is not in it: here it still waits,
and on the platform it is out. So the platform is read before such a row is sent (`Delivery.look_since`, set by
scheduler/restoring.py)."""

from __future__ import annotations

from dataclasses import replace

from platforms.base import Credentials, Published, PublishError, PublishRequest
from scheduler.models import Attempt, Delivery

State = Delivery.State
ANOTHER = "The platform shows such a post, but it is one that we sent before."


def to_read(delivery: Delivery, request: PublishRequest) -> PublishRequest:
    """The request as it is looked for. Keys are as they were, so a platform that is read by key shows what was sent
    with them. One that is read by text and time (Mastodon) is searched since the request was made, and the lost send
    was made some time after the backup: the time of this try would be too late."""
    if delivery.look_since is None or request.created_at <= delivery.look_since:
        return request
    return replace(request, created_at=delivery.look_since)


def already_out(delivery: Delivery, request: PublishRequest, credentials: Credentials) -> Published | None:
    """Asked before the platform is asked to create: what a send that the backup does not know has made, or None.
    Raises PublishError, always with maybe_sent, where the platform cannot say."""
    if delivery.look_since is None:
        return None
    try:
        found = delivery.channel.adapter.find(to_read(delivery, request), credentials)
    except PublishError as error:
        error.maybe_sent = True
        raise
    if found is not None and is_another(delivery, found):
        raise PublishError(ANOTHER, maybe_sent=True)
    return found


def is_another(delivery: Delivery, found: Published) -> bool:
    """A platform that is searched by text may show the same words of an earlier delivery."""
    ids = {part.remote_id for part in found.parts}
    sent = Delivery.objects.filter(channel=delivery.channel, state=State.SENT).exclude(pk=delivery.pk)
    return any(part["id"] in ids for remote in sent.values_list("remote", flat=True) for part in remote)


def nothing_is_under_way(delivery: Delivery) -> bool:
    """No request of ours can still arrive: since the restore none was made (`look_since` goes with the first), and
    none was open when the backup was made. Then "it is not there" is the truth, also on a platform that may lag."""
    since = delivery.look_since
    if since is None:
        return False
    open_then = delivery.attempts.filter(state=Attempt.State.UNKNOWN, sending_at__lte=since)
    return not open_then.exists()
