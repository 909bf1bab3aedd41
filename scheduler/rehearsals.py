"""Failures asked of a sandbox account, to see what the product does before a real platform does it.

Each is one entry in the publish log: whoever reads later that a post failed must be able to see that it was a
rehearsal.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from accounts.models import Channel, Membership, User
from gate.errors import NotAllowed, WrongState
from ledger import services as ledger
from platforms import rehearsal
from platforms.base import account_tag
from platforms.rehearsal import Fault, Kind

LONGEST_WAIT: Final = 3600
"""Seconds that a rehearsed "come back later" may ask for."""

WORDS: Final[dict[Kind, tuple[str, str]]] = {
    Kind.NO_ANSWER: (
        "The answer is lost",
        "The sandbox takes the next post and says nothing. The outcome is unknown, the post is looked up and found, "
        "and never sent twice.",
    ),
    Kind.ERROR_AFTER: (
        "It answers 500 after taking the post",
        "The post is out although the answer says that something broke. It is looked up and found, never sent twice.",
    ),
    Kind.NOT_REACHED: (
        "It cannot be reached",
        "The next request certainly never arrives. The post is tried again while it is inside its time window.",
    ),
    Kind.BUSY: (
        "Too many requests (429)",
        "The sandbox asks to come back later. The post waits that long, and is missed if its time window ends first.",
    ),
    Kind.REFUSED: (
        "The post is refused (422)",
        "The next post is refused for good: it fails, and its author hears why.",
    ),
    Kind.FIND_FAILS: (
        "It cannot say what it published",
        "The next look-up gets no answer, so an unknown outcome stays unknown for longer. Ask for a lost answer too.",
    ),
}
"""What each failure is, and what happens then."""


@transaction.atomic
def ask(*, channel: Channel, member: Membership, kind: Kind, retry_after: float | None = None) -> None:
    """Makes this failure happen once, at the next call that can meet it. Raises NotAllowed, WrongState."""
    _require(channel, member)
    fault = Fault(kind, retry_after if kind is Kind.BUSY else None)
    rehearsal.ask_for(home(channel), fault)
    seconds = {"in_s": fault.retry_after} if fault.retry_after else {}
    _log(channel, "sandbox.rehearsal", member.user, {"fault": str(kind), **seconds})


@transaction.atomic
def revoke(*, channel: Channel, member: Membership) -> None:
    """Withdraws the sandbox's sign-in: every call fails until it is given back. Raises NotAllowed, WrongState."""
    _require(channel, member)
    if is_revoked(channel):
        raise WrongState("The sign-in is withdrawn already.")
    rehearsal.revoke(home(channel))
    _log(channel, "sandbox.revoked", member.user)


@transaction.atomic
def restore(*, channel: Channel, member: Membership) -> None:
    """Gives the sign-in back. A channel that needs attention is checked on the channels' page. Raises NotAllowed,
    WrongState."""
    _require(channel, member)
    if not is_revoked(channel):
        raise WrongState("The sign-in is good already.")
    rehearsal.restore(home(channel))
    _log(channel, "sandbox.restored", member.user)


def waiting(channel: Channel) -> list[Fault]:
    """What was asked for and has not happened yet, in order."""
    return rehearsal.waiting(home(channel)) if (home(channel) / "faults").is_dir() else []


def is_revoked(channel: Channel) -> bool:
    return (home(channel) / "revoked").exists()


def folder(channel: Channel) -> str:
    """Where the sandbox accounts of the channel's team are."""
    return str(settings.SANDBOX_DIR / str(channel.team_id))


def home(channel: Channel) -> Path:
    """The account's own folder."""
    return Path(folder(channel)) / channel.account_id


def _require(channel: Channel, member: Membership) -> None:
    if not member.is_admin or member.team_id != channel.team_id:
        raise NotAllowed("Only an admin of the team can rehearse failures.")
    if channel.platform != "sandbox" or not (home(channel) / "account.json").is_file():
        raise WrongState("Failures can be rehearsed on a sandbox account that is there.")


def _log(channel: Channel, kind: str, actor: User, data: Mapping[str, Any] | None = None) -> None:
    ledger.append(
        kind=kind,
        team_id=channel.team_id,
        actor_id=actor.pk,
        subject=f"channel:{channel.pk}",
        data={"channel": channel.pk, "platform": channel.platform, **(data or {})},
        personal={"title": str(channel), "channel": str(channel), "actor": str(actor)},
        tags={
            "person": [actor.pk],
            "channel": [account_tag(channel.platform, channel.account_id, channel.instance)],
        },
    )
