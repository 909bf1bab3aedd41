"""Exports of the log as lines of text, streamed: JSON Lines and CSV to read, bundles to verify
(docs/verify.md).
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ledger import services, store
from ledger.models import Checkpoint, Entry

BUNDLE_VERSION = 1

_BATCH = 500

_COLUMNS = ("index", "at", "kind", "outcome", "actor", "subject")


class EmptyLog(Exception):
    """There is nothing to prove yet."""


def jsonl(entries: Iterable[Entry]) -> Iterator[str]:
    """One JSON object a line: what the leaf says, its hash, and the personal texts (null where erased)."""
    for entry in entries:
        yield _line({**entry.content, "personal": entry.texts, "leaf_hash": entry.leaf_hash})


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """A table for spreadsheets, with a header; tags, data and personal texts as JSON in their columns.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection):
    the JSON Lines export is the exact one.
    """
    header = [*_COLUMNS, "tags", "data", "texts", "leaf_hash"]
    return csv_lines(header, (_cells(entry) for entry in entries))


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table for spreadsheets, line by line, in which no cell is a formula."""
    writer = csv.writer(_Echo())
    yield str(writer.writerow(header))
    for row in rows:
        yield str(writer.writerow([_harmless(cell) for cell in row]))


def _cells(entry: Entry) -> list[object]:
    content = entry.content
    cells = [content[name] for name in _COLUMNS]
    return [*cells, _json(content["tags"]), _json(content["data"]), _json(entry.texts), entry.leaf_hash]


def bundle(team_id: int | None, *, everything: bool = False) -> Iterator[str]:
    """What the single-file verifier reads: one team's entries with proofs, or with `everything` the whole
    log.

    Signs the log as it is first, so that the bundle reaches to this moment. Holds consistency proofs from
    every earlier checkpoint. Raises before the first line: EmptyLog, LedgerBroken, ImproperlyConfigured.
    """
    services.checkpoint()
    checkpoint = services.latest_checkpoint()
    if checkpoint is None:
        raise EmptyLog("The log has no entries yet.")
    return _bundle(checkpoint, None if everything else team_id, everything)


def _bundle(checkpoint: Checkpoint, team_id: int | None, everything: bool) -> Iterator[str]:
    yield _line(
        {
            "type": "countersign-bundle",
            "version": BUNDLE_VERSION,
            "everything": everything,
            "team": team_id,
            "checkpoint": checkpoint.note,
        }
    )
    yield from _consistency(checkpoint)
    count = 0
    for line in _proved(checkpoint, team_id, everything):
        count += 1
        yield line
    yield _line({"type": "end", "entries": count})


def _consistency(checkpoint: Checkpoint) -> Iterator[str]:
    tree = store.Tree()
    older = Checkpoint.objects.filter(size__lt=checkpoint.size).order_by("size")
    for size in older.values_list("size", flat=True):
        path = tree.consistency_proof(size, checkpoint.size)
        yield _line({"type": "consistency", "size": size, "path": [step.hex() for step in path]})


def _proved(checkpoint: Checkpoint, team_id: int | None, everything: bool) -> Iterator[str]:
    found = Entry.objects.order_by("index").prefetch_related("personal")
    if not everything:
        found = found.filter(team_id=team_id)
    after = -1
    while batch := list(found.filter(index__gt=after, index__lt=checkpoint.size)[:_BATCH]):
        paths = store.Tree().inclusion_proofs([entry.index for entry in batch], checkpoint.size)
        for entry, path in zip(batch, paths, strict=True):
            yield _line(_entry(entry, path))
        after = batch[-1].index


def _entry(entry: Entry, path: Iterable[bytes]) -> dict[str, Any]:
    return {
        "type": "entry",
        "leaf": entry.leaf,
        "path": [step.hex() for step in path],
        "personal": {row.field: {"salt": row.salt, "text": row.text} for row in entry.personal.all()},
    }


def _line(value: dict[str, Any]) -> str:
    return _json(value) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _harmless(cell: object) -> object:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


class _Echo:
    """A file for csv.writer that gives each line back."""

    def write(self, value: str) -> str:
        return value
