"""A delivery up to the moment that a test is about, and what the sandbox holds of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ

from platforms import sandbox
from platforms.base import PublishRequest
from scheduler import dispatcher, reconcile, sender, tasks
from scheduler.models import Delivery
from tests import factories as make


def due_delivery(**extra: Any) -> Delivery:
    """Approved, and a second past its time."""
    team = make.team()
    author, reviewer = make.member(team, "author"), make.member(team, "reviewer")
    return make.make_due(make.approved(author, reviewer, **extra)).deliveries.get()


def home(delivery: Delivery) -> Path:
    return Path(settings.SANDBOX_DIR) / str(delivery.team_id) / delivery.channel.account_id


def copies(delivery: Delivery) -> int:
    return len(sandbox.posts(str(settings.SANDBOX_DIR / str(delivery.team_id)), delivery.channel.account_id))


def look_now(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))
    reconcile.look(delivery.pk)
    delivery.refresh_from_db()


def started(delivery: Delivery) -> tuple[sender.Claim, PublishRequest]:
    """Up to the moment before the platform is called."""
    claim = sender._claim(delivery.pk)
    assert claim
    channel = sender.channel_content(claim.delivery)
    request = sender.build_request(claim.delivery, channel)
    sender._start(claim, channel, request)
    return claim, request


def look_and_work() -> None:
    """The dispatcher looks once, and the workers carry out what it asked for."""
    dispatcher.tick(timezone.now())
    for row in OrmQ.objects.order_by("pk"):
        task = row.task
        row.delete()
        if task["func"].startswith("scheduler.tasks"):
            getattr(tasks, task["func"].rpartition(".")[2])(*task["args"])
