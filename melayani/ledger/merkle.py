# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree: hashes, roots, and proofs that an entry is in a tree or that one tree continues another. Pure.

Source: RFC 6962 section 2.1 (tree and proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification, step by step).
A tree of n leaves splits at the largest power of two below n. Whoever makes a proof only asks for roots of complete
subtrees: `HashAt(level, n)` is the root of the leaves from n * 2^level up to (n + 1) * 2^level. These never change
once they are there, so they can be kept in memory (`tree.Tree`) or cut from tiles (`tiles.TileHashes`).
"""

import hashlib
from collections.abc import Callable, Sequence

from melayani.ground.errors import Refused
from melayani.ledger.encodings import HASH_BYTES, is_hash, is_number

HashAt = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()
# A tree of 2^63 leaves has proofs of at most 63 hashes, and of 64 between two sizes.
MOST_PROOF_HASHES = 64


class ProofRefused(Refused):
    """The proof does not hold. `expected` and `actual` are what was compared: hashes, numbers, or words for a form."""

    def __init__(self, *, expected: bytes | int | str, actual: bytes | int | str) -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(
            "proof_refused",
            "Bukti tidak cocok dengan buku besar: seharusnya %(expected)s, ternyata %(actual)s.",
            expected=_shown(expected),
            actual=_shown(actual),
        )


def _shown(value: bytes | int | str) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def leaf_hash(entry: bytes) -> bytes:
    """The 32 bytes that stand for `entry` in the tree: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32 bytes above two subtrees: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(peaks: Sequence[bytes]) -> bytes:
    """The root above the complete subtrees `peaks`, the largest first; H("") above none. The smallest meet first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root_at(*, size: int, hash_at: HashAt) -> bytes:
    """The root of the first `size` leaves, from kept hashes; at most 63 are asked for."""
    _check_number(size)
    return _range_root(0, size, hash_at)


def peaks_at(*, size: int, hash_at: HashAt) -> list[bytes]:
    """The peaks of the first `size` leaves: roots of the complete subtrees it consists of, the largest first."""
    _check_number(size)
    return _range_peaks(0, size, hash_at)


def inclusion_proof(*, index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """The sibling hashes from leaf `index` up, in the tree of `size` leaves (RFC 6962 2.1.1).

    Raises `ProofRefused` unless 0 <= index < size.
    """
    _check_index(index, size)
    siblings: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            siblings.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            siblings.append(_range_root(start, middle, hash_at))
            start = middle
    siblings.reverse()
    return siblings


def consistency_proof(*, size1: int, size2: int, hash_at: HashAt) -> list[bytes]:
    """The hashes that show that the tree of `size2` leaves begins with that of `size1` (RFC 6962 2.1.2).

    Empty for equal sizes. Raises `ProofRefused` unless 0 < size1 <= size2.
    """
    _check_sizes(size1, size2)
    hashes: list[bytes] = []
    start, end = 0, size2
    while end != size1:
        middle = start + _split(end - start)
        if size1 <= middle:
            hashes.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            hashes.append(_range_root(start, middle, hash_at))
            start = middle
    if start > 0:
        # The verifier knows the old root, but not this right part of the old tree.
        hashes.append(_range_root(start, end, hash_at))
    hashes.reverse()
    return hashes


def verify_inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Returns only if the leaf is number `index` (from 0) of the tree of `size` leaves with this root.

    `leaf_hash`, `root` and each hash of `proof` have 32 bytes; `proof` goes from the leaf's sibling to the root's
    child. Raises `ProofRefused`, whatever is wrong: forms and types, index and size, too few or too many hashes, the
    root. Source: RFC 9162 2.1.3.2.
    """
    _check_index(index, size)
    _check_hashes((leaf_hash, root), proof)
    fn, sn = index, size - 1
    computed = leaf_hash
    for sibling in proof:
        if sn == 0:
            raise ProofRefused(expected="no further hash", actual=f"{len(proof)} hashes")
        if fn & 1 or fn == sn:
            computed = node_hash(sibling, computed)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            computed = node_hash(computed, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofRefused(expected="further hashes", actual=f"{len(proof)} hashes")
    _check_root(expected=root, actual=computed)


def verify_consistency(*, size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Returns only if the tree of `size2` leaves with `root2` begins with that of `size1` leaves with `root1`.

    Roots and each hash of `proof` have 32 bytes. Equal sizes need equal roots and an empty proof; for two empty trees
    both roots are H(""). From size 0 to a larger tree nothing can be proven. Raises `ProofRefused`, whatever is wrong.
    Source: RFC 9162 2.1.4.2.
    """
    _check_hashes((root1, root2), proof)
    if is_number(size1) and type(size2) is int and size1 == size2:
        _check_same_tree(size1, root1, root2, proof)
        return
    _check_sizes(size1, size2)
    if not proof:
        raise ProofRefused(expected="a proof", actual="none")
    # A complete old tree is itself a node of the new one, so the proof leaves it out.
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if sn == 0:
            raise ProofRefused(expected="no further hash", actual=f"{len(proof)} hashes")
        if fn & 1 or fn == sn:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ProofRefused(expected="further hashes", actual=f"{len(proof)} hashes")
    _check_root(expected=root1, actual=old)
    _check_root(expected=root2, actual=new)


def _split(width: int) -> int:
    """The largest power of two below `width` (at least 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_peaks(start: int, end: int, hash_at: HashAt) -> list[bytes]:
    """The complete subtrees that leaves `start` to `end` consist of, the largest first; `start` ends a larger one."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(hash_at(level, start >> level))
        start += 1 << level
    return peaks


def _range_root(start: int, end: int, hash_at: HashAt) -> bytes:
    return folded(_range_peaks(start, end, hash_at))


# What is refused before any hashing. Wrong types come from parsed files of strangers, so they are refusals, not bugs.


def _check_number(value: object) -> None:
    if not is_number(value):
        # The value itself is not shown: printing a huge number is work that a stranger could make us do.
        raise ProofRefused(expected="a number from 0 to 2^63 - 1", actual=f"another {type(value).__name__}")


def _check_index(index: int, size: int) -> None:
    _check_number(index)
    _check_number(size)
    if index >= size:
        raise ProofRefused(expected=f"an index below {size}", actual=index)


def _check_sizes(size1: int, size2: int) -> None:
    _check_number(size1)
    _check_number(size2)
    if not 0 < size1 <= size2:
        raise ProofRefused(expected=f"a size from 1 to {size2}", actual=size1)


def _check_hash(value: object) -> None:
    if not is_hash(value):
        actual = f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__
        raise ProofRefused(expected=f"{HASH_BYTES} bytes", actual=actual)


def _check_hashes(roots: Sequence[bytes], proof: object) -> None:
    for root in roots:
        _check_hash(root)
    if not isinstance(proof, Sequence) or isinstance(proof, str | bytes):
        raise ProofRefused(expected="a sequence of hashes", actual=type(proof).__name__)
    if len(proof) > MOST_PROOF_HASHES:
        raise ProofRefused(expected=f"at most {MOST_PROOF_HASHES} hashes", actual=f"{len(proof)} hashes")
    for sibling in proof:
        _check_hash(sibling)


def _check_same_tree(size: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofRefused(expected="no hash", actual=f"{len(proof)} hashes")
    if size == 0:
        _check_root(expected=EMPTY_ROOT, actual=root1)
    _check_root(expected=root1, actual=root2)


def _check_root(*, expected: bytes, actual: bytes) -> None:
    if expected != actual:
        raise ProofRefused(expected=expected, actual=actual)
