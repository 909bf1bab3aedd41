"""Hashes and proofs: against the definition in RFC 6962 section 2.1 and its published test vectors."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle

# The leaves and hashes of the RFC 6962 reference log (certificate-transparency, merkle tree tests).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size): path
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (old, new): path
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def tree(leaves: list[bytes]) -> merkle.Hashes:
    return merkle.from_leaves([merkle.leaf_hash(leaf) for leaf in leaves])


def split(leaves: list[bytes]) -> int:
    return max(2**bit for bit in range(20) if 2**bit < len(leaves))


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH, word for word from section 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(leaves)
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH, word for word from section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(leaves)
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(old: int, leaves: list[bytes], known: bool) -> list[bytes]:
    """SUBPROOF, word for word from section 2.1.2."""
    if old == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = split(leaves)
    if old <= k:
        return [*naive_subproof(old, leaves[:k], known), naive_root(leaves[k:])]
    return [*naive_subproof(old - k, leaves[k:], False), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle.root(size, tree(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize("place", INCLUSION)
def test_published_inclusion_proofs(place: tuple[int, int]) -> None:
    path = [step.hex() for step in merkle.inclusion_proof(*place, tree(LEAVES))]
    assert path == INCLUSION[place]


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_published_consistency_proofs(sizes: tuple[int, int]) -> None:
    path = [step.hex() for step in merkle.consistency_proof(*sizes, tree(LEAVES))]
    assert path == CONSISTENCY[sizes]


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_root_is_the_definition(leaves: list[bytes]) -> None:
    assert merkle.root(len(leaves), tree(leaves)) == naive_root(leaves)


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_inclusion_proof_is_the_definition_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.inclusion_proof(index, len(leaves), tree(leaves))
    assert path == naive_path(index, leaves)
    assert merkle.verify_inclusion(
        merkle.leaf_hash(leaves[index]), index, len(leaves), path, naive_root(leaves)
    )


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_consistency_proof_is_the_definition_and_verifies(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    path = merkle.consistency_proof(old, len(leaves), tree(leaves))
    assert path == naive_subproof(old, leaves, True)
    old_root, new_root = naive_root(leaves[:old]), naive_root(leaves)
    assert merkle.verify_consistency(old, len(leaves), path, old_root, new_root)


@given(st.integers(1, 40), st.data())
def test_a_proof_of_anything_else_does_not_verify(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    hashes, root = tree(leaves), naive_root(leaves)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, size + 2))
    leaf, path = merkle.leaf_hash(leaves[index]), merkle.inclusion_proof(index, size, hashes)
    flipped = data.draw(st.integers(0, max(len(path) - 1, 0)))
    wrong = [bytes([step[0] ^ 1]) + step[1:] if n == flipped else step for n, step in enumerate(path)]
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"else"), index, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, [*path, root], root)
    if other != index:
        assert not merkle.verify_inclusion(leaf, other, size, path, root)
    if path:
        assert not merkle.verify_inclusion(leaf, index, size, wrong, root)
        assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)


@given(st.integers(2, 40), st.data())
def test_a_rewritten_beginning_is_not_consistent(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    forged = [b"forged" if number == changed else leaf for number, leaf in enumerate(leaves)]
    path = merkle.consistency_proof(old, size, tree(forged))
    assert not merkle.verify_consistency(old, size, path, naive_root(leaves[:old]), naive_root(forged))
    assert not merkle.verify_consistency(old, size, path[:-1], naive_root(forged[:old]), naive_root(forged))
    assert not merkle.verify_consistency(
        old, size, [*path, path[0]], naive_root(forged[:old]), naive_root(forged)
    )


@pytest.mark.parametrize("sizes", [(0, 1), (2, 1), (0, 0), (-1, 3)])
def test_no_consistency_proof_of_nothing_or_backwards(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        merkle.consistency_proof(*sizes, tree(LEAVES))
    assert not merkle.verify_consistency(*sizes, [], b"", b"")


@pytest.mark.parametrize("place", [(1, 1), (-1, 3), (0, 0)])
def test_no_inclusion_proof_outside_the_tree(place: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        merkle.inclusion_proof(*place, tree(LEAVES))
    assert not merkle.verify_inclusion(b"", *place, [], b"")
