"""Tasks of the `publish` cluster, and the heartbeat of both.

A task is only a nudge: the rows say what there is to do."""

from django.utils import timezone

from accounts import renewals
from scheduler import reconcile, sender
from scheduler.models import Beat


def publish(delivery_id: int) -> None:
    sender.send(delivery_id)


def look(delivery_id: int) -> None:
    reconcile.look(delivery_id)


def renew(channel_id: int) -> None:
    renewals.renew(channel_id)


def beat(name: str) -> None:
    """Shows that a cluster takes tasks and reaches the database."""
    Beat.objects.update_or_create(name=name, defaults={"at": timezone.now()})
