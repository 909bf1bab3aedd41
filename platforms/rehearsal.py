"""Failures that a team may ask the sandbox for, to see what the product does before a real platform does it.

Each failure is one small file in the account's `faults` folder and happens once; removing the file is what
takes it, so that of several workers exactly one meets it. They happen in the order of asking.
"""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from platforms.base import PublishError


class Kind(StrEnum):
    """What to rehearse. Which call meets it: `publish`, except FIND_FAILS."""

    NO_ANSWER = "no_answer"
    """The post is taken, and the answer is lost."""
    ERROR_AFTER = "error_after"
    """The post is taken, and the answer says 500."""
    NOT_REACHED = "not_reached"
    """The request certainly never arrives."""
    BUSY = "busy"
    """429: too many requests, come back in `retry_after` seconds."""
    REFUSED = "refused"
    """The post is refused for good."""
    FIND_FAILS = "find_fails"
    """The platform cannot say what it published."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    retry_after: float | None = None


def ask_for(home: Path, fault: Fault) -> None:
    """Make this failure happen once. `home` is the account's folder."""
    folder = home / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.json"
    temporary = folder / f".{name}"
    temporary.write_text(json.dumps(asdict(fault)))
    temporary.rename(folder / name)


def waiting(home: Path) -> list[Fault]:
    """The failures that have not happened yet, in their order."""
    return [fault for _, fault in _faults(home)]


def revoke(home: Path) -> None:
    """Withdraw the sign-in: every call fails until it is restored."""
    (home / "revoked").touch()


def restore(home: Path) -> None:
    (home / "revoked").unlink(missing_ok=True)


def take(home: Path, call: str) -> Fault | None:
    """The next failure for this call ("publish" or "find"), which is then used up; None if none waits."""
    for path, fault in _faults(home):
        if (fault.kind is Kind.FIND_FAILS) != (call == "find"):
            continue
        try:
            path.unlink()
        except FileNotFoundError:
            continue  # Another worker met this one.
        return fault
    return None


def before_acting(fault: Fault | None) -> None:
    """Fail as asked where nothing has been stored. Raises PublishError."""
    if fault is None:
        return
    if fault.kind is Kind.NOT_REACHED:
        raise PublishError("Rehearsed: the sandbox could not be reached.")
    if fault.kind is Kind.BUSY:
        wait = fault.retry_after or 60.0
        raise PublishError("Rehearsed: too many requests (429).", retry_after=wait, account_waits=True)
    if fault.kind is Kind.REFUSED:
        words = "Rehearsed: the sandbox refused the post (422). Change it and submit it again."
        raise PublishError(words, permanent=True)
    if fault.kind is Kind.FIND_FAILS:
        raise PublishError("Rehearsed: the sandbox cannot say what it published.", maybe_sent=True)


def after_acting(fault: Fault | None) -> None:
    """Fail as asked after the post was stored. Raises PublishError(maybe_sent=True)."""
    if fault is None:
        return
    if fault.kind is Kind.NO_ANSWER:
        raise PublishError("Rehearsed: the sandbox did not answer.", maybe_sent=True)
    if fault.kind is Kind.ERROR_AFTER:
        raise PublishError("Rehearsed: the sandbox answered 500.", maybe_sent=True)


def _faults(home: Path) -> list[tuple[Path, Fault]]:
    found = []
    for name in sorted(os.listdir(home / "faults")):
        if name.startswith("."):
            continue
        path = home / "faults" / name
        try:
            written = json.loads(path.read_bytes())
        except FileNotFoundError:
            continue
        found.append((path, Fault(Kind(written["kind"]), written.get("retry_after"))))
    return found
