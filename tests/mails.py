"""The task queue's mail, for tests without a running queue."""

from __future__ import annotations

from django.utils.module_loading import import_string
from django_q.models import OrmQ


def waiting() -> list[OrmQ]:
    return [row for row in OrmQ.objects.order_by("pk") if row.group() == "mail"]


def deliver() -> int:
    """Takes every mail task out of the queue and runs it, as a worker does; says how many there were."""
    rows = waiting()
    for row in rows:
        row.delete()
        import_string(row.task["func"])(*row.args(), **(row.kwargs() or {}))
    return len(rows)
