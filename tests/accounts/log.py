"""What the publish log and the server's log say, for assertions."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from accounts.models import Team
from ledger.models import Entry, Erasable


def entries(team: Team, kind: str) -> list[Entry]:
    return list(Entry.objects.filter(team_id=team.pk, kind=kind).order_by("index"))


def only(team: Team, kind: str) -> dict[str, Any]:
    """The leaf of the one entry of this kind."""
    found = entries(team, kind)
    assert len(found) == 1, f"{len(found)} entries {kind}"
    return found[0].content


def everything() -> str:
    """Every text of the log, leaves and personal texts."""
    leaves = "\n".join(Entry.objects.values_list("leaf", flat=True))
    return leaves + "\n".join(Erasable.objects.values_list("text", flat=True))


@contextmanager
def written() -> Iterator[StringIO]:
    """What the server's log says meanwhile, in full detail, through the handler that the settings made."""
    root = logging.getLogger()
    [console] = [handler for handler in root.handlers if type(handler) is logging.StreamHandler]
    text, level = StringIO(), root.level
    before = console.setStream(text)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.setLevel(level)
        console.setStream(before)
