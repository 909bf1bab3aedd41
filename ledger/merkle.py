"""Merkle tree hashes and proofs (RFC 6962 section 2.1, RFC 9162 section 2.1): pure functions, no storage.

A tree is given by `Hashes`: a function from (level, index) to the hash of a complete subtree, where level 0
is the leaf hashes and (level, index) covers the leaves index * 2**level to (index + 1) * 2**level - 1. Only
complete subtrees are ever asked for; they never change once their last leaf is there, so a store may keep
them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Hashes = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def from_leaves(leaf_hashes: Sequence[bytes]) -> Hashes:
    """The hashes of a tree whose leaf hashes are all at hand."""

    def hashes(level: int, index: int) -> bytes:
        if level == 0:
            return leaf_hashes[index]
        return node_hash(hashes(level - 1, 2 * index), hashes(level - 1, 2 * index + 1))

    return hashes


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_hash(begin: int, end: int, hashes: Hashes) -> bytes:
    """MTH(D[begin:end]); `begin` is a multiple of the smallest power of two that is not below the width."""
    width = end - begin
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return hashes(level, begin >> level)
    middle = begin + _split(width)
    return node_hash(_range_hash(begin, middle, hashes), _range_hash(middle, end, hashes))


def root(size: int, hashes: Hashes) -> bytes:
    """The root of the first `size` leaves."""
    return _range_hash(0, size, hashes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 section 2.1.3.1. ValueError if the leaf is not in the tree."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    proof: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            proof.append(_range_hash(middle, end, hashes))
            end = middle
        else:
            proof.append(_range_hash(begin, middle, hashes))
            begin = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, hashes: Hashes) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162 section 2.1.4.1; empty for equal sizes. ValueError unless 0 < old <=
    new.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    proof: list[bytes] = []
    begin, end = 0, new
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(_range_hash(middle, end, hashes))
            end = middle
        else:
            proof.append(_range_hash(begin, middle, hashes))
            begin = middle
    if begin:  # otherwise the old tree is a complete subtree of the new one, and its root is known
        proof.append(_range_hash(begin, end, hashes))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """RFC 9162 section 2.1.3.2. `leaf` is the leaf hash."""
    if not 0 <= index < size:
        return False
    position, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and result == root_hash


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162 section 2.1.4.2: the first `old` leaves under `new_root` are those under `old_root`."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_result, new_result = node_hash(sibling, old_result), node_hash(sibling, new_result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_result = node_hash(new_result, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_result == old_root and new_result == new_root
