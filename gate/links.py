"""Where the links of a submission lead: looked at once, beside the checks, which reach no network themselves
(docs/decisions/0039). What cannot be looked at in time is left out, and the check asks a person about it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from queue import Empty, SimpleQueue
from time import monotonic

from django.conf import settings

from gate.checks import addresses
from gate.content import Content
from platforms.visits import Visit, visit

SECONDS = 8.0
"""For all links together: less than what a worker's lease has besides the time of a check."""
LINK_SECONDS = 6.0
MOST = 40
AT_ONCE = 8


def look(content: Content, *, seconds: float = SECONDS) -> Mapping[str, Visit]:
    """Where each address leads; empty where the installation does not look (LOOK_AT_LINKS)."""
    return follow(addresses.urls(content)[:MOST], seconds=seconds) if settings.LOOK_AT_LINKS else {}


def follow(urls: Iterable[str], *, seconds: float) -> Mapping[str, Visit]:
    """Visits them, several at once. A look-up of a name has no time limit of its own: a thread that is still at it when
    the time is over is left behind."""
    waiting: SimpleQueue[str] = SimpleQueue()
    count = 0
    for url in urls:
        waiting.put(url)
        count += 1
    visits: dict[str, Visit] = {}
    end = monotonic() + seconds
    threads = [
        threading.Thread(target=_visit_all, args=(waiting, visits, end), daemon=True)
        for _ in range(min(count, AT_ONCE))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
    return dict(visits)


def _visit_all(waiting: SimpleQueue[str], visits: dict[str, Visit], end: float) -> None:
    while (left := end - monotonic()) > 0:
        try:
            url = waiting.get_nowait()
        except Empty:
            return
        visits[url] = visit(url, seconds=min(left, LINK_SECONDS))
