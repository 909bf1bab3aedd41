"""The one way to write to the publish log, and what can be asked of it: checkpoints, proofs, erasure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from django.db import connection

from ledger import leaf as leaves
from ledger import merkle, store
from ledger.models import Entry, Erasable, Tag

_NOTHING: Mapping[str, Any] = MappingProxyType({})

_WRITERS_LOCK = 0x636F756E74657273
"""PostgreSQL advisory lock: the word "counters" in ASCII."""


def append(
    *,
    kind: str,
    team_id: int | None,
    actor_id: int | None,
    subject: str,
    outcome: str = "",
    data: Mapping[str, Any] = _NOTHING,
    personal: Mapping[str, str] = _NOTHING,
    tags: Mapping[str, Iterable[object]] = _NOTHING,
    at: datetime | None = None,
) -> Entry:
    """Write one entry in the caller's transaction: it commits or rolls back with the change that it records.

    `data` stays for ever: names, addresses and post texts belong in `personal`, which can be erased. Call it last
    in the transaction: from here to the commit no other writer can append.

    RuntimeError outside a transaction, ValueError for data that canonical JSON cannot say or a naive time.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("ledger.append outside a transaction: the entry must commit with what it records")
    at = at or datetime.now(UTC)
    if at.tzinfo is None:
        raise ValueError("ledger.append needs a time with a zone")
    lock_writers()
    index, team_seq = _next_index(), _next_team_seq(team_id)
    salted = {field: (leaves.new_salt(), text) for field, text in personal.items()}
    tagged = leaves.tag_values(tags)
    text = leaves.canonical(
        {
            "v": leaves.VERSION,
            "index": index,
            "team": team_id,
            "seq": team_seq,
            "at": leaves.moment(at),
            "kind": kind,
            "outcome": outcome,
            "actor": actor_id,
            "subject": subject,
            "data": dict(data),
            "personal": {field: leaves.personal_digest(*pair) for field, pair in salted.items()},
            "tags": tagged,
        }
    )
    leaf_hash = merkle.leaf_hash(text.encode("utf-8"))
    entry = Entry.objects.create(
        index=index,
        team_id=team_id,
        team_seq=team_seq,
        at=at,
        kind=kind,
        outcome=outcome,
        actor_id=actor_id,
        subject=subject,
        leaf=text,
        leaf_hash=leaf_hash.hex(),
    )
    _write_tags(entry, tagged)
    _write_personal(entry, salted)
    store.grow(index, leaf_hash)
    return entry


def lock_writers() -> None:
    """Let one transaction at a time append. On SQLite transactions are IMMEDIATE: there is only one writer."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS_LOCK])


def size() -> int:
    """How many entries the log has."""
    return _next_index()


def _next_index() -> int:
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def _next_team_seq(team_id: int | None) -> int:
    of_team = Entry.objects.filter(team_id=team_id).order_by("-index")
    last = of_team.values_list("team_seq", flat=True).first()
    return 0 if last is None else last + 1


def _write_tags(entry: Entry, tags: Mapping[str, Iterable[str]]) -> None:
    Tag.objects.bulk_create(
        Tag(entry=entry, team_id=entry.team_id, name=name, value=value)
        for name, values in tags.items()
        for value in values
    )


def _write_personal(entry: Entry, salted: Mapping[str, tuple[str, str]]) -> None:
    Erasable.objects.bulk_create(
        Erasable(entry=entry, field=field, salt=salt, text=text) for field, (salt, text) in salted.items()
    )
