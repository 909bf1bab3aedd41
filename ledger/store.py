"""Reads and grows the stored tree. Every query is by key; proofs cost one query per level of the tree."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from ledger import merkle
from ledger.errors import LedgerBroken
from ledger.models import Entry, Node

_CHUNK = 500
"""SQLite allows at least 999 parameters in a statement."""

Place = tuple[int, int]


class MissingNode(LedgerBroken):
    """A subtree that must be stored is not: the tables were tampered with."""


class Tree:
    """The stored tree as `merkle.Hashes`. Looks up what a computation needs in one go, then runs it."""

    def __init__(self) -> None:
        self._known: dict[Place, bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        self._load([(level, index)])
        return self._known[level, index]

    def run(self, computation: Callable[[merkle.Hashes], object]) -> None:
        """Load everything that `computation` will ask for."""
        self._load(_needs(computation))

    def root(self, size: int) -> bytes:
        self.run(partial(merkle.root, size))
        return merkle.root(size, self)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        self.run(partial(merkle.inclusion_proof, index, size))
        return merkle.inclusion_proof(index, size, self)

    def inclusion_proofs(self, indexes: Iterable[int], size: int) -> list[list[bytes]]:
        """The proofs of many entries, for the queries of one."""
        wanted = list(indexes)
        self.run(lambda hashes: [merkle.inclusion_proof(i, size, hashes) for i in wanted])
        return [merkle.inclusion_proof(i, size, self) for i in wanted]

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        self.run(partial(merkle.consistency_proof, old, new))
        return merkle.consistency_proof(old, new, self)

    def _load(self, places: Iterable[Place]) -> None:
        by_level: dict[int, set[int]] = defaultdict(set)
        for level, index in places:
            if (level, index) not in self._known:
                by_level[level].add(index)
        for level, indexes in by_level.items():
            self._load_level(level, sorted(indexes))

    def _load_level(self, level: int, indexes: list[int]) -> None:
        for start in range(0, len(indexes), _CHUNK):
            chunk = indexes[start : start + _CHUNK]
            for index, value in _stored(level, chunk):
                self._known[level, index] = bytes.fromhex(value)
        for index in indexes:
            if (level, index) not in self._known:
                raise MissingNode(f"the log has no hash for level {level} index {index}")


def _stored(level: int, indexes: list[int]) -> Iterable[tuple[int, str]]:
    if level == 0:
        return Entry.objects.filter(index__in=indexes).values_list("index", "leaf_hash")
    return Node.objects.filter(level=level, index__in=indexes).values_list("index", "hash")


def _needs(computation: Callable[[merkle.Hashes], object]) -> list[Place]:
    """Which subtrees a computation asks for: it runs once on dummy hashes."""
    asked: list[Place] = []

    def record(level: int, index: int) -> bytes:
        asked.append((level, index))
        return merkle.EMPTY_ROOT

    computation(record)
    return asked


def completed_by(index: int) -> int:
    """How many levels of subtrees the leaf `index` completes: the number of its trailing one bits."""
    return ((index + 1) & -(index + 1)).bit_length() - 1


def grow(index: int, leaf_hash: bytes) -> None:
    """Store the hashes of the subtrees that the leaf `index` completes: at most one per level."""
    levels = completed_by(index)
    tree, value, nodes = Tree(), leaf_hash, []
    siblings = [(level, (index >> level) - 1) for level in range(levels)]
    tree.run(lambda hashes: [hashes(*place) for place in siblings])
    for level, place in enumerate(siblings):
        value = merkle.node_hash(tree(*place), value)
        nodes.append(Node(level=level + 1, index=index >> (level + 1), hash=value.hex()))
    Node.objects.bulk_create(nodes)
