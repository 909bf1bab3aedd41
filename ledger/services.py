"""The one way to write to the publish log, and what can be asked of it: checkpoints, proofs, erasure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction

from ledger import keys, merkle, note, store
from ledger import leaf as leaves
from ledger.errors import BadNote, LedgerBroken
from ledger.models import Checkpoint, Entry, Erasable, Tag

ERASED = "ledger.erased"
"""The kind of an entry that says that personal text was erased."""

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

    `data` stays for ever: names, addresses and post texts belong in `personal`, which can be erased. The
    actor is tagged as a "person" too. Call it last in the transaction: from here to the commit no other
    writer can append.

    RuntimeError outside a transaction, ValueError for data that canonical JSON cannot say or a naive time.
    """
    _require_transaction()
    at = at or datetime.now(UTC)
    if at.tzinfo is None:
        raise ValueError("ledger.append needs a time with a zone")
    lock_writers()
    index, team_seq = _next_index(), _next_team_seq(team_id)
    salted = {field: (leaves.new_salt(), text) for field, text in personal.items()}
    tagged = leaves.tag_values(_with_actor(tags, actor_id))
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


def erase(entry: Entry, *, reason: str, actor_id: int | None, fields: Iterable[str] | None = None) -> Entry:
    """Erase personal texts of an entry (all of them, unless `fields` names some), and write who did and why.

    The log still verifies: the leaf holds only salted digests. `reason` stays for ever, so it should name no
    one. Backups and checkpoints that were handed out are not reached from here. LookupError if a named field
    has no text any more, or none is left; RuntimeError outside a transaction.
    """
    _require_transaction()
    lock_writers()
    rows = Erasable.objects.filter(entry=entry)
    wanted = None if fields is None else set(fields)
    if wanted is not None:
        rows = rows.filter(field__in=wanted)
    found = sorted(rows.values_list("field", flat=True))
    if not found or (wanted is not None and set(found) != wanted):
        raise LookupError(
            f"entry {entry.index} has no personal text to erase in {sorted(wanted or ['any field'])}"
        )
    tags = {name: [value] for name, value in entry.tags.values_list("name", "value") if name != "person"}
    written = append(
        kind=ERASED,
        team_id=entry.team_id,
        actor_id=actor_id,
        subject=f"entry:{entry.index}",
        data={"entry": entry.index, "fields": found, "reason": reason},
        tags=tags,
    )
    rows.delete()
    return written


def checkpoint() -> Checkpoint | None:
    """Sign the log as it is now. None if nothing was written since the last checkpoint.

    LedgerBroken if the stored tree is not a continuation of the last checkpoint: then nothing is signed.
    ImproperlyConfigured without a key.
    """
    with transaction.atomic():
        lock_writers()
        size, last = _next_index(), Checkpoint.objects.order_by("-size").first()
        if size == 0 and last is None:
            return None
        root = _consistent_root(size, last)
        if last is not None and last.size == size:
            return None
        head = note.Head(keys.origin(), size, root)
        text = note.sign(note.head_text(head), head.origin, keys.signing_key())
        return Checkpoint.objects.create(size=size, root=root.hex(), at=datetime.now(UTC), note=text)


def latest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def proof(entry: Entry, checkpoint: Checkpoint) -> dict[str, Any]:
    """The inclusion proof of an entry in a checkpoint, ready for JSON (hashes in hex).

    ValueError if the entry is younger than the checkpoint; LedgerBroken if the stored tree does not prove it.
    """
    path = store.Tree().inclusion_proof(entry.index, checkpoint.size)
    leaf_hash = merkle.leaf_hash(entry.leaf.encode("utf-8"))
    root = bytes.fromhex(checkpoint.root)
    if not merkle.verify_inclusion(leaf_hash, entry.index, checkpoint.size, path, root):
        raise LedgerBroken(
            f"the stored tree does not prove entry {entry.index} in checkpoint {checkpoint.size}"
        )
    return {
        "index": entry.index,
        "leaf_hash": leaf_hash.hex(),
        "size": checkpoint.size,
        "root": checkpoint.root,
        "path": [step.hex() for step in path],
        "checkpoint": checkpoint.note,
    }


def lock_writers() -> None:
    """Let one transaction at a time append. On SQLite transactions are IMMEDIATE: there is only one
    writer.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITERS_LOCK])


def size() -> int:
    """How many entries the log has."""
    return _next_index()


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the log outside a transaction: an entry must commit with what it records")


def _next_index() -> int:
    last = Entry.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def _next_team_seq(team_id: int | None) -> int:
    of_team = Entry.objects.filter(team_id=team_id).order_by("-index")
    last = of_team.values_list("team_seq", flat=True).first()
    return 0 if last is None else last + 1


def _consistent_root(size: int, last: Checkpoint | None) -> bytes:
    """The root of the stored tree, once it is known to continue the last checkpoint. LedgerBroken
    otherwise.
    """
    try:
        tree = store.Tree()
        root = tree.root(size)
        if last is None:
            return root
        signed = note.parse_head(note.read(last.note, keys.verifiers()))
        path = tree.consistency_proof(signed.size, size)
    except (store.MissingNode, BadNote, ValueError) as error:
        raise LedgerBroken(
            f"the log of {size} entries cannot be checked against the last checkpoint: {error}"
        ) from error
    if not merkle.verify_consistency(signed.size, size, path, signed.root, root):
        raise LedgerBroken(f"the log of {size} entries does not continue the checkpoint of {signed.size}")
    return root


def _with_actor(tags: Mapping[str, Iterable[object]], actor_id: int | None) -> dict[str, Iterable[object]]:
    if actor_id is None:
        return dict(tags)
    return {**tags, "person": [*tags.get("person", ()), actor_id]}


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
