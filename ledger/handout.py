"""Hands checkpoints out of the box: to a folder, by e-mail, to a URL.

A log and its checkpoints in one database prove nothing against whoever runs it; copies in other hands do.
Settings, each optional: LEDGER_CHECKPOINT_DIR, LEDGER_CHECKPOINT_EMAIL (one address, or several with commas),
LEDGER_CHECKPOINT_URL (an HTTP POST of the note).
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
from django.conf import settings
from django.core.mail import EmailMessage

from ledger import services
from ledger.models import Checkpoint

logger = logging.getLogger(__name__)

TIMEOUT = 10
"""Seconds for the POST, to connect and to read each."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A way out that did not work; the others were tried all the same."""

    way: str
    error: str


def checkpoint_and_hand_out() -> tuple[Checkpoint | None, list[Failure]]:
    """For the schedule: sign the log if it has grown, and hand the checkpoint out. Raises as `checkpoint`
    does.
    """
    written = services.checkpoint()
    return written, [] if written is None else hand_out(written)


def hand_out(checkpoint: Checkpoint) -> list[Failure]:
    """Try every way that is set up. What failed is logged and returned, and never stops the others.

    A checkpoint that could not be handed out is not lost: every later one covers it.
    """
    failures = []
    for setting, send in _WAYS.items():
        target = str(getattr(settings, setting, "") or "")
        if not target:
            continue
        try:
            send(target, checkpoint)
        except Exception as error:  # whatever a mail backend, a disk or a network may raise
            logger.exception("checkpoint of %s entries was not handed out: %s", checkpoint.size, setting)
            failures.append(Failure(setting, f"{type(error).__name__}: {error}"))
    return failures


def file_name(checkpoint: Checkpoint) -> str:
    return f"checkpoint-{checkpoint.size:012d}.txt"


def _to_folder(folder: str, checkpoint: Checkpoint) -> None:
    """One file for each checkpoint. FileExistsError where the name is taken by other words: files are
    kept.
    """
    path = Path(folder) / file_name(checkpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") == checkpoint.note:
        return
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(checkpoint.note)
        file.flush()
        os.fsync(file.fileno())


def _by_mail(addresses: str, checkpoint: Checkpoint) -> None:
    message = EmailMessage(
        subject=f"Publish log checkpoint: {checkpoint.size} entries",
        body=f"Please keep this message: a checkpoint of the publish log.\n\n{checkpoint.note}",
        to=[address.strip() for address in addresses.split(",")],
    )
    message.attach(file_name(checkpoint), checkpoint.note, "text/plain")
    message.send(fail_silently=False)


def _to_url(url: str, checkpoint: Checkpoint) -> None:
    response = requests.post(
        url,
        data=checkpoint.note.encode("utf-8"),
        headers={"Content-Type": "text/plain; charset=utf-8"},
        timeout=TIMEOUT,
        allow_redirects=False,
    )
    if not 200 <= response.status_code < 300:
        raise requests.HTTPError(f"{url} answered {response.status_code}")


_WAYS: dict[str, Callable[[str, Checkpoint], None]] = {
    "LEDGER_CHECKPOINT_DIR": _to_folder,
    "LEDGER_CHECKPOINT_EMAIL": _by_mail,
    "LEDGER_CHECKPOINT_URL": _to_url,
}
