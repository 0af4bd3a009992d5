# SPDX-License-Identifier: EUPL-1.2
"""A growing Merkle tree in memory: only its right edge (`Frontier`), or every hash of it (`Tree`). Pure.

Source: RFC 6962 section 2.1; the compact edge is what binary counting makes of the rule that trees split at powers of
two. Measured on one core of a small server: about 10^6 leaves a second, see docs/ledger.md.
"""

import hashlib
from collections.abc import Iterable, Sequence

from melayani.ledger.encodings import HASH_BYTES, is_hash, is_number
from melayani.ledger.merkle import ProofRefused, consistency_proof, folded, inclusion_proof, root_at


class Frontier:
    """A growing tree of which only the right edge is kept: at most 63 hashes, enough to append and to give the root.

    `peaks` are the roots of the complete subtrees that the tree consists of, the largest first: one for each 1 in the
    binary `size`.
    """

    def __init__(self, *, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Continues a tree of `size` leaves. Raises `ProofRefused` when these cannot be the peaks of such a tree."""
        if not is_number(size):
            raise ProofRefused(expected="a number from 0 to 2^63 - 1", actual=f"another {type(size).__name__}")
        if len(peaks) != size.bit_count():
            raise ProofRefused(expected=f"{size.bit_count()} hashes", actual=f"{len(peaks)} hashes")
        if not all(is_hash(peak) for peak in peaks):
            raise ProofRefused(expected=f"{HASH_BYTES} bytes", actual="something else")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """The tree has one leaf more. `leaf` is a leaf hash (32 bytes), not an entry; it is not checked."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """The tree has these leaves more, in order. `leaves` are leaf hashes (32 bytes each); they are not checked."""
        peaks, size, sha256 = self.peaks, self.size, hashlib.sha256
        for leaf in leaves:
            root, carry = leaf, size
            # As in binary counting: two complete subtrees of one size become one of the next.
            while carry & 1:
                root = sha256(b"\x01" + peaks.pop() + root).digest()
                carry >>= 1
            peaks.append(root)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The root of the tree; H("") of an empty one."""
        return folded(self.peaks)


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes, in order; H("") of none."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def next_level(level: bytes | bytearray, *, start: int = 0) -> bytes:
    """The hashes above the complete pairs of `level` from byte `start` on. Both are hashes of 32 bytes, joined."""
    sha256, pair = hashlib.sha256, 2 * HASH_BYTES
    end = len(level) - len(level) % pair
    # Each pair lies joined in `level`, so one slice is both children.
    return b"".join([sha256(b"\x01" + level[at : at + pair]).digest() for at in range(start, end, pair)])


class Tree:
    """A growing tree with the root of every complete subtree: a proof reads hashes and makes almost none.

    Level k holds, joined, the roots of complete subtrees of 2^k leaves: 64 bytes of memory a leaf in all. What the
    right edge of an incomplete tree needs (at most one hash a level) is made when it is asked for.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, leaves: Iterable[bytes]) -> None:
        """The tree has these leaves more, in order. `leaves` are leaf hashes; raises `ProofRefused` if not 32 bytes."""
        added = b"".join(leaves)
        if len(added) % HASH_BYTES:
            raise ProofRefused(expected=f"{HASH_BYTES} bytes each", actual=f"{len(added)} bytes")
        depth = 0
        while added:
            if depth == len(self._levels):
                self._levels.append(bytearray())
            level = self._levels[depth]
            level += added
            depth += 1
            done = len(self._levels[depth]) * 2 if depth < len(self._levels) else 0
            added = next_level(level, start=done)

    def hash_at(self, level: int, index: int) -> bytes:
        """The root of the complete subtree `index` of 2^level leaves. Raises `ProofRefused` when it is not there."""
        start = index * HASH_BYTES
        found = bytes(self._levels[level][start : start + HASH_BYTES]) if level < len(self._levels) else b""
        if len(found) != HASH_BYTES:
            raise ProofRefused(expected=f"a size of at least {(index + 1) << level}", actual=self.size)
        return found

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; None = of all. Raises `ProofRefused` when there are not so many."""
        return root_at(size=self.size if size is None else size, hash_at=self.hash_at)

    def inclusion_proof(self, *, index: int, size: int | None = None) -> list[bytes]:
        """See `merkle.inclusion_proof`; `size` None = of all leaves."""
        return inclusion_proof(index=index, size=self.size if size is None else size, hash_at=self.hash_at)

    def consistency_proof(self, *, size1: int, size2: int | None = None) -> list[bytes]:
        """See `merkle.consistency_proof`; `size2` None = of all leaves."""
        return consistency_proof(size1=size1, size2=self.size if size2 is None else size2, hash_at=self.hash_at)
