"""A process of its own for a test that uses the database, forked from the test's."""

from __future__ import annotations

import os

from django.db import connections

_inherited: list[object] = []


def fork() -> int:
    """As os.fork, with no connection in common.

    Where Playwright's event loop runs in the test's thread, asgiref keeps the connections that were made since apart
    from those before it, and `close_all` sees the first alone; in the child no loop runs, and it would use the others.
    They are kept there unused: closing them would end the parent's session.
    """
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        for each in connections.all(initialized_only=True):
            _inherited.append(each.connection)
            each.connection = None
    return pid
