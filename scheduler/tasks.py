"""Tasks of the `publish` cluster, and the beats of both.

A task is only a nudge: the rows say what there is to do."""

import logging

from django.db import Error as DatabaseError

from accounts import renewals
from scheduler import beats, reconcile, sender

logger = logging.getLogger(__name__)


def publish(delivery_id: int) -> None:
    sender.send(delivery_id)


def look(delivery_id: int) -> None:
    reconcile.look(delivery_id)


def renew(channel_id: int) -> None:
    renewals.renew(channel_id)


def beat(name: str) -> None:
    """Shows that a cluster does tasks and reaches the database; the gate says which model it has loaded."""
    note = beats.model_note() if name == "gate" else ""
    try:
        beats.beat(name, note)
    except DatabaseError:  # as a failed task it would be written to the same database
        logger.warning("The cluster %s does tasks, and the database does not answer", name)


def stir() -> None:
    """Shows that a cluster does tasks. The sign is given when it is done (scheduler/sign_of_life.py)."""
