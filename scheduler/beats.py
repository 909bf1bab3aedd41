"""Who is there: each dispatcher and each queue cluster keeps a row that says when it last showed that it works.

/readyz and /metrics read these rows. They need a database, so the supervisor listens to something else
(scheduler/sign_of_life.py)."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from gate import toxicity
from gate.toxicity import EngineError
from scheduler.models import Beat

logger = logging.getLogger(__name__)

PARTS: Final = ("dispatcher", "gate", "publish")
FORGOTTEN_AFTER: Final = timedelta(days=1)
CLOCKS_DIFFER: Final = timedelta(seconds=10)
"""Between hosts. A beat from further ahead was written before a clock stepped back, and shows nothing about now."""
LOADED: Final = "loaded: "
NOT_LOADED: Final = "not loaded: "
TRY_AGAIN_SECONDS: Final = 60.0
"""Until a model that could not be loaded is tried again: reading its weights takes a while."""


@dataclass(frozen=True, slots=True)
class Model:
    """What this process said last of its toxicity engine, when, and of which one."""

    note: str = ""
    tried_at: float = 0.0
    which: object = None


_model = Model()


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of program: its youngest beat, how many instances live, and what those say."""

    age: timedelta | None
    instances: int
    notes: tuple[str, ...]

    @property
    def lives(self) -> bool:
        return self.instances > 0

    @property
    def has_model(self) -> bool:
        """Of the gate: a living instance has said that it has loaded its model, and none that it could not."""
        said = [note for note in self.notes if note]
        return bool(said) and all(note.startswith(LOADED) for note in said)


def instance() -> str:
    """This program among others of its kind: the process group is the same for all processes of a cluster."""
    return f"{socket.gethostname()[:100]}:{os.getpgrp()}"


def beat(name: str, note: str = "") -> None:
    """Says that this program works."""
    Beat.objects.update_or_create(
        name=name, instance=instance(), defaults={"at": timezone.now(), "note": note[:300]}
    )


def renew(name: str) -> None:
    """The same in the middle of a long task. What the row notes stays."""
    Beat.objects.filter(name=name, instance=instance()).update(at=timezone.now())


def forget_old(now: datetime) -> None:
    """Takes away the rows of programs that are gone, and those that a clock a day ahead has left."""
    Beat.objects.exclude(at__range=(now - FORGOTTEN_AFTER, now + FORGOTTEN_AFTER)).delete()


def silent_after() -> timedelta:
    return timedelta(seconds=settings.SILENCE_SECONDS)


def parts(now: datetime) -> dict[str, Part]:
    """Each kind of program as it is now. One query."""
    rows = Beat.objects.filter(name__in=PARTS, at__lte=now + CLOCKS_DIFFER)
    found: dict[str, list[Beat]] = {name: [] for name in PARTS}
    for row in rows:
        found[row.name].append(row)
    return {name: _part(found[name], now) for name in PARTS}


def _part(rows: Iterable[Beat], now: datetime) -> Part:
    ages = {row.pk: max(timedelta(), now - row.at) for row in rows}
    living = [row for row in rows if ages[row.pk] <= silent_after()]
    return Part(min(ages.values(), default=None), len(living), tuple(row.note for row in living))


def model_note() -> str:
    """Loads the toxicity engine that serves, at the first call and when another was installed, and says which it is
    or why there is none."""
    global _model
    name = toxicity.chosen(settings.GATE_TOXICITY_ENGINE)
    which = name, toxicity.mark(name)
    if _model.note.startswith(LOADED) and _model.which == which:
        return _model.note
    if _model.note.startswith(NOT_LOADED) and time.monotonic() - _model.tried_at < TRY_AGAIN_SECONDS:
        return _model.note
    try:
        note = f"{LOADED}{name}, {toxicity.engine(name).version}"
    except EngineError as error:
        logger.error("The toxicity engine %s cannot be loaded, so its check is unknown: %s", name, error)
        note = f"{NOT_LOADED}{name}: {error}"
    _model = Model(note, time.monotonic(), which)
    return note
