"""What the entries of the publish log say, in words for people.

Every kind that a service writes has its words here; tests/log/test_words.py reads the services and fails where one
is missing. A kind that this table has not heard of (an older or a newer installation's) is shown under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from accounts.templatetags.ui import exactly, look
from platforms.rehearsal import Kind
from scheduler import rehearsals

KINDS: Final[dict[str, dict[str, str]]] = {
    "Posts": {
        "post.created": "Draft begun",
        "post.submitted": "Handed in",
        "post.withdrawn": "Taken back by its author",
        "post.reopened": "Opened again for editing",
        "post.retimed": "Moved to another time",
        "post.held": "Held back",
        "post.cancelled": "Cancelled",
        "post.published": "Published on every channel",
        "post.partly_published": "Published on some channels",
        "post.failed": "Failed",
        "post.missed": "Missed its time",
    },
    "Checks and review": {
        "submission.submitted": "Content frozen",
        "submission.checked": "Checks finished",
        "submission.rechecked": "Checks asked for again",
        "submission.claimed": "Review begun",
        "submission.released": "Review handed back",
        "submission.commented": "Comment",
        "submission.overridden": "Block overridden",
        "submission.first_approved": "First of two approvals",
        "submission.approved": "Countersigned",
        "submission.changes_requested": "Changes asked for",
        "submission.rejected": "Rejected",
        "submission.revoked": "Approval revoked",
        "submission.expired": "Approval expired",
        "submission.withdrawn": "Withdrawn from review",
        "submission.retimed": "Moved, content unchanged",
        "finding.not_helpful": "Word on whether a finding was helpful",
    },
    "Sending": {
        "delivery.sending": "Sending begun",
        "delivery.sent": "Sent",
        "delivery.delayed": "Put off, to be tried again",
        "delivery.unknown": "Outcome unknown",
        "delivery.left": "Outcome left as it is",
        "delivery.send_again": "Said not to be there, to be sent again",
        "delivery.not_received": "Found not to have arrived",
        "delivery.failed": "Could not be sent",
        "delivery.cancelled": "Not sent: the post was changed or given up",
        "delivery.sent_late": "Found to be out twice",
        "delivery.missed": "Not sent: its time had passed",
        "delivery.retimed": "Missed, and given another time",
        "sending.paused": "Sending paused",
        "sending.resumed": "Sending resumed",
    },
    "Channels": {
        "channel.connected": "Channel connected",
        "channel.reconnected": "Channel connected again",
        "channel.disconnected": "Channel disconnected",
        "channel.attention": "Channel needs attention",
        "channel.recovered": "Channel works again",
        "sandbox.rehearsal": "Failure to rehearse asked for",
        "sandbox.revoked": "Sandbox sign-in withdrawn, to rehearse",
        "sandbox.restored": "Sandbox sign-in given back",
    },
    "People and rules": {
        "team.created": "Team created",
        "team.changed": "Team settings changed",
        "member.invited": "Person invited",
        "invitation.revoked": "Invitation withdrawn",
        "member.joined": "Person joined",
        "member.roles": "Roles changed",
        "member.ended": "Membership ended",
        "conduct.published": "Code of conduct published",
        "conduct.acknowledged": "Code of conduct acknowledged",
        "conduct.reminded": "Reminded of the code of conduct",
        "checks.configured": "Checks adjusted",
    },
    "Evidence": {
        "evidence.added": "Evidence added",
        "evidence.renewed": "Evidence renewed",
        "evidence.retired": "Evidence retired",
    },
    "The log itself": {
        "ledger.erased": "Personal text erased",
        "installation.restored": "Restored from a backup",
    },
}

OUTCOMES: Final = (
    "sent",
    "published",
    "partly_published",
    "failed",
    "missed",
    "unknown",
    "delayed",
    "held",
    "cancelled",
    "in_review",
    "blocked",
    "approved",
    "changes_requested",
    "rejected",
    "revoked",
    "expired",
    "connected",
    "attention",
    "disconnected",
)
"""What entries end in, as a person may filter by it."""

FIELDS: Final = {
    "title": "title",
    "actor": "name",
    "person": "name of the person concerned",
    "channel": "name of the channel",
    "account": "account",
    "reason": "reason",
    "responsible": "who answers for it as its editor",
    "text": "text",
    "email": "e-mail address",
    "url": "address",
    "quote": "quoted passage",
}
"""Personal texts, as they are called where one was erased."""

_WORDS: Final = {kind: words for kinds in KINDS.values() for kind, words in kinds.items()}
_FAMILIES: Final = {kind: tuple(kinds) for kinds in KINDS.values() for kind in kinds}
_TONES: Final = {"cleared": "good", "attest": "warn", "blocked": "bad"}


def kind_words(kind: str) -> str:
    """ "Countersigned" for "submission.approved"."""
    return _WORDS.get(kind) or kind.replace(".", " ").replace("_", " ")


def kin(kind: str) -> tuple[str, ...]:
    """The kinds that tell one story with this one."""
    return _FAMILIES.get(kind, (kind,))


def field_words(field: str) -> str:
    return FIELDS.get(field) or field.replace("_", " ")


def tone(outcome: str) -> str:
    """The timeline's class for an outcome. Checks that end in review are a step, not a warning."""
    return "" if not outcome or outcome == "in_review" else _TONES.get(look(outcome).meaning, "")


def facts(data: Mapping[str, Any], zone: tzinfo) -> Iterator[tuple[str, str]]:
    """What else the leaf says, as (name, value): the parts that mean something to a reader."""
    for key, (name, say) in _FACTS.items():
        if data.get(key) in (None, "", [], {}):
            continue
        try:
            yield name, say(data[key], zone)
        except (ValueError, TypeError, AttributeError, LookupError):
            yield name, str(data[key])  # a leaf stays for ever, and its form may be older than this table


def remote(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands on the platform, as (id, address) part by part. An address that is not https is left out: the
    platform, or a person who settled it, named it, and a page of ours links to no other scheme."""
    parts = data.get("remote") or []
    if not isinstance(parts, list):
        return [(str(parts), "")]
    return [_part(each) for each in parts]


def _part(each: Any) -> tuple[str, str]:
    if not isinstance(each, Mapping):  # a second copy is named by its ids alone
        return str(each), ""
    url = str(each.get("url") or "")
    return str(each.get("id") or ""), url if url.startswith("https://") else ""


def _time(value: Any, zone: tzinfo) -> str:
    return exactly(datetime.fromisoformat(value), zone)


def _plain(value: Any, zone: tzinfo) -> str:
    return str(value)


def _list(value: Any, zone: tzinfo) -> str:
    return ", ".join(str(each).replace("_", " ") for each in value)


def _fields(value: Any, zone: tzinfo) -> str:
    return ", ".join(field_words(each) for each in value)


def _fault(value: Any, zone: tzinfo) -> str:
    return rehearsals.WORDS[Kind(value)][0]


def _said(value: Any, zone: tzinfo) -> str:
    return {"not_there": "looked, and it is not there"}[value]


def _then(value: Any, zone: tzinfo) -> str:
    return {"send": "to send what was due", "miss": "not to send what was due"}[value]


def _findings(value: Any, zone: tzinfo) -> str:
    return f"{value['blocks']} block, {value['attest']} need a word, {value['advises']} advise"


def _of_two(value: Any, zone: tzinfo) -> str:
    return f"{int(value)} of 2"


def _checks(value: Any, zone: tzinfo) -> str:
    return ", ".join(f"{name} {version}: {status}" for name, (version, status) in sorted(value.items()))


def _duration(value: Any, zone: tzinfo) -> str:
    """ "0.5 s", "1 min 47 s", "2 h 5 min", "3 d 4 h": two units are as exact as anybody reads."""
    seconds = float(value)
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for size, unit, small, part in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // small
            return f"{whole // size} {unit}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


_FACTS: Final[dict[str, tuple[str, Callable[[Any, tzinfo], str]]]] = {
    "number": ("Version", _plain),
    "round": ("Round of checks", _plain),
    "clause": ("Clause", _plain),
    "finding": ("Finding", _plain),
    "override": ("Override", _of_two),
    "approval": ("Approval", _of_two),
    "findings": ("Findings", _findings),
    "checks": ("Checks", _checks),
    "due": ("Due", _time),
    "from": ("Before", _time),
    "to": ("Now", _time),
    "until": ("Holds until", _time),
    "attempt": ("Attempt", _plain),
    "late_s": ("After its time", _duration),
    "in_s": ("Again in", _duration),
    "looks": ("Looked up", _plain),
    "said": ("Said", _said),
    "before": ("Roles before", _list),
    "after": ("Roles now", _list),
    "changed": ("Changed", _list),
    "conduct": ("Code of conduct, version", _plain),
    "floor": ("Approvals count from version", _plain),
    "effective": ("In force from", _time),
    "text_sha256": ("SHA-256 of the text", _plain),
    "people": ("People", _plain),
    "zone": ("Time zone", _plain),
    "instance": ("Server", _plain),
    "then": ("Decided", _then),
    "posts": ("Posts that were due", _plain),
    "fault": ("Rehearsed", _fault),
    "entry": ("Entry", _plain),
    "fields": ("Texts", _fields),
    "backup_at": ("Time of the backup", _time),
    "size": ("Entries in the backup", _plain),
    "root": ("Root of the backup's log", _plain),
    "type": ("Kind", _plain),
    "bytes": ("Bytes", _plain),
    "expires": ("Expires", _plain),
    "unknown": ("Looked up, in all teams", _plain),
    "later": ("Looked up before they are sent", _plain),
    "reason": ("Reason", _plain),
}
