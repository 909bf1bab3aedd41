"""Starts the worker and outlives whatever happens to it.

Files, not pipes, carry question and answer: nobody waits for anybody to read, and a worker that has been
taken over can't fill our memory, because what it may write is limited.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from scheduler.imaging import words
from scheduler.imaging.types import ImageRefused

WALL_SECONDS = 22.0
SLOT_SECONDS = 5.0
"""Together under gunicorn's 30 seconds, so that the person gets our sentence and not a broken connection."""
WORKERS_AT_ONCE = 2
"""Of each web process: this many times the worker's memory is what uploads can take from the machine."""

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-m", "scheduler.imaging.worker")
_INHERITED = ("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")
"""What Python may need to start. The rest of the environment, secrets among it, stays here."""

_slots = threading.BoundedSemaphore(WORKERS_AT_ONCE)
_log = logging.getLogger(__name__)


def call(
    request: dict[str, Any],
    data: bytes,
    *,
    wall: float = WALL_SECONDS,
    command: tuple[str, ...] = _COMMAND,
) -> tuple[dict[str, Any], bytes]:
    """The worker's answer. Raises ImageRefused, also where the worker died, hung or spoke nonsense."""
    if not _slots.acquire(timeout=min(wall, SLOT_SECONDS)):
        raise ImageRefused(words.BUSY)
    try:
        with TemporaryFile() as question, TemporaryFile() as reply, TemporaryFile() as errors:
            question.write(json.dumps(request).encode() + b"\n" + data)
            question.seek(0)
            status = _run(command, question, reply, errors, wall)
            if status != 0:
                raise ImageRefused(_meaning(status, errors))
            return _parse(reply)
    finally:
        _slots.release()


def _run(
    command: tuple[str, ...], question: IO[bytes], reply: IO[bytes], errors: IO[bytes], wall: float
) -> int:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    try:
        return subprocess.run(  # noqa: S603 - the command is a constant of this file, never input
            command,
            stdin=question,
            stdout=reply,
            stderr=errors,
            cwd=_ROOT,
            env=environment,
            timeout=wall,
            check=False,
            start_new_session=True,
        ).returncode
    except subprocess.TimeoutExpired as error:
        _log.warning("The image worker was stopped after %s seconds.", wall)
        raise ImageRefused(words.TOO_SLOW) from error
    except OSError as error:
        _log.exception("The image worker could not be started.")
        raise ImageRefused(words.BUSY) from error


def _meaning(status: int, errors: IO[bytes]) -> str:
    """What the death of a worker says about the picture; the operator finds the rest in the log."""
    errors.seek(0)
    _log.error(
        "The image worker ended with status %s: %s", status, errors.read(4000).decode(errors="replace")
    )
    if status == -signal.SIGXCPU:
        return words.TOO_SLOW
    return words.TOO_MUCH_MEMORY if status == -signal.SIGKILL else words.DAMAGED


def _parse(reply: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    reply.seek(0)
    try:
        head = json.loads(reply.readline())
        if not isinstance(head, dict):
            raise TypeError("not an object")
    except (ValueError, TypeError) as error:
        _log.exception("The image worker answered in no known way.")
        raise ImageRefused(words.DAMAGED) from error
    if "refused" in head:
        raise ImageRefused(str(head["refused"]))
    return head, reply.read()
