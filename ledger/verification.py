"""Checks the whole stored log against itself and its checkpoints, in batches, trusting only the leaves' text.

What it cannot see: a log rewritten from end to end, with new checkpoints, by somebody who has the key. Only a
checkpoint kept elsewhere shows that; give it as `extra`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from ledger import checks, keys, leaf_check, merkle, note, services, triggers
from ledger.errors import BadNote
from ledger.models import Checkpoint, Entry, Erasable, Node

BATCH = 512

Marks = dict[int, list[tuple[str, bytes]]]
"""Roots that must come out, by size of the log: (who says so, root)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not agree. `index` is the entry's; None where it is not about one entry."""

    index: int | None
    message: str

    def __str__(self) -> str:
        return self.message if self.index is None else f"entry {self.index}: {self.message}"


def problems(extra: Sequence[str] = ()) -> Iterator[Problem]:
    """Everything that is wrong, in the order of the log. `extra`: checkpoint notes that were kept
    elsewhere.
    """
    size, marks = services.size(), Marks()
    yield from _stored_marks(marks)
    yield from _extra_marks(marks, extra)
    yield from _Walk(size, marks).run()
    yield from _other_nodes(size)
    for table in triggers.missing(connection, checks.GUARDED):
        yield Problem(None, f"the table {table} can be changed: its append-only triggers are gone")


def _stored_marks(marks: Marks) -> Iterator[Problem]:
    known = keys.verifiers()
    for row in Checkpoint.objects.order_by("size").iterator():
        name = f"the checkpoint of {row.size} entries"
        try:
            head = note.parse_head(note.read(row.note, known))
        except BadNote as error:
            yield Problem(None, f"{name}: {error}")
            continue
        if (head.origin, head.size, head.root.hex()) != (keys.origin(), row.size, row.root):
            yield Problem(None, f"{name}: its columns are not what was signed")
        marks.setdefault(head.size, []).append((name, head.root))


def _extra_marks(marks: Marks, notes: Iterable[str]) -> Iterator[Problem]:
    known = keys.verifiers()
    for text in notes:
        try:
            head = note.parse_head(note.read(text, known))
        except BadNote as error:
            yield Problem(None, f"the checkpoint that you gave: {error}")
            continue
        if head.origin != keys.origin():
            yield Problem(None, f"the checkpoint that you gave is of another log, {head.origin}")
        marks.setdefault(head.size, []).append((f"your checkpoint of {head.size} entries", head.root))


class _Walk:
    """One pass over the entries, oldest first, with what it has to remember on the way."""

    def __init__(self, size: int, marks: Marks) -> None:
        self._size = size
        self._marks = marks
        self._whole = True
        self._peaks: list[bytes | None] = []
        """The complete subtree that ends at the newest leaf, by level: the roots of all complete prefixes."""
        self._next_seq: dict[int | None, int] = defaultdict(int)
        self._unexplained: dict[tuple[int, str], None] = {}
        """Personal texts that are gone and that no entry has yet said were erased."""

    def run(self) -> Iterator[Problem]:
        yield from self._marks_at(0)
        for start in range(0, self._size, BATCH):
            yield from self._batch(start, min(start + BATCH, self._size))
            if not self._whole:
                return
        yield from self._late_erasures()
        for size in sorted(size for size in self._marks if size > self._size):
            for name, _ in self._marks[size]:
                yield Problem(None, f"{name}: the log has only {self._size}: its end was cut off")

    def _batch(self, start: int, end: int) -> Iterator[Problem]:
        rows = Entry.objects.filter(index__gte=start, index__lt=end).prefetch_related("tags", "personal")
        found, nodes = {row.index: row for row in rows}, _nodes(start, end)
        for index in range(start, end):
            if index not in found:
                yield Problem(index, "is missing: nothing after it can be checked")
                self._whole = False
                return
            yield from self._entry(found[index])
            yield from self._grow(index, found[index], nodes)
            yield from self._marks_at(index + 1)

    def _entry(self, row: Entry) -> Iterator[Problem]:
        for message in leaf_check.problems(row):
            yield Problem(row.index, message)
        expected = self._next_seq[row.team_id]
        if row.team_seq != expected:
            yield Problem(row.index, f"is number {row.team_seq} of its team, where {expected} comes next")
        self._next_seq[row.team_id] = row.team_seq + 1
        for field in leaf_check.gone(row):
            self._unexplained[row.index, field] = None
        if row.kind == services.ERASED:
            yield from self._erasure(row)

    def _erasure(self, row: Entry) -> Iterator[Problem]:
        for entry, field in leaf_check.erased(row):
            self._unexplained.pop((entry, field), None)
            if Erasable.objects.filter(entry_id=entry, field=field).exists():
                yield Problem(row.index, f"says that {field!r} of entry {entry} was erased, but it is there")

    def _grow(self, index: int, row: Entry, nodes: dict[tuple[int, int], str]) -> Iterator[Problem]:
        for level, value in self._push(merkle.leaf_hash(row.leaf.encode("utf-8"))):
            stored = nodes.get((level, index >> level))
            if stored is None:
                yield Problem(index, f"the tree's hash at level {level} is missing")
            elif stored != value.hex():
                yield Problem(index, f"the tree's hash at level {level} is not that of its leaves")

    def _push(self, value: bytes) -> list[tuple[int, bytes]]:
        """Add a leaf; the subtrees that it completes, as (level, hash)."""
        completed, level = [], 0
        while level < len(self._peaks) and (left := self._peaks[level]) is not None:
            value = merkle.node_hash(left, value)
            self._peaks[level] = None
            level += 1
            completed.append((level, value))
        self._peaks[level : level + 1] = [value]
        return completed

    def _marks_at(self, size: int) -> Iterator[Problem]:
        marks = self._marks.get(size)
        if not marks:
            return
        root = self._root()
        for name, stated in marks:
            if stated != root:
                yield Problem(
                    None, f"{name}: the entries up to {size - 1} are not those that it was signed for"
                )

    def _root(self) -> bytes:
        whole: bytes | None = None
        for peak in self._peaks:
            if peak is not None:
                whole = peak if whole is None else merkle.node_hash(peak, whole)
        return merkle.EMPTY_ROOT if whole is None else whole

    def _late_erasures(self) -> Iterator[Problem]:
        """Text may have been erased while this ran; what no entry explains was taken away."""
        for row in Entry.objects.filter(index__gte=self._size, kind=services.ERASED):
            for place in leaf_check.erased(row):
                self._unexplained.pop(place, None)
        for index, field in self._unexplained:
            yield Problem(index, f"the personal text {field!r} is gone, and no entry says that it was erased")


def _nodes(start: int, end: int) -> dict[tuple[int, int], str]:
    """The stored hashes of the subtrees that the leaves from `start` to `end` - 1 complete."""
    wanted = Q(pk__in=[])
    for level in range(1, end.bit_length()):
        if start >> level < end >> level:
            wanted |= Q(level=level, index__gte=start >> level, index__lt=end >> level)
    return {(n.level, n.index): n.hash for n in Node.objects.filter(wanted)}


def _other_nodes(size: int) -> Iterator[Problem]:
    """A stored hash outside the tree would stand in the way of a later entry."""
    inside = Q(pk__in=[])
    for level in range(1, size.bit_length()):
        inside |= Q(level=level, index__lt=size >> level)
    last = services.size()
    for node in Node.objects.exclude(inside).order_by("level", "index")[:100]:
        if (node.index + 1) << node.level > last:
            yield Problem(
                None, f"the tree has a hash at level {node.level} index {node.index} that covers no entries"
            )
