# SPDX-License-Identifier: EUPL-1.2
"""One big tree, proofs out of it, and every way in which a proof can be wrong, for the tests of trees and verifiers."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cache

from melayani.ledger.merkle import EMPTY_ROOT, ProofRefused, node_hash
from melayani.ledger.tree import Tree

# Where trees change shape: 2^k and 256^k with their neighbours.
EDGES = sorted({n + d for k in range(13) for n in (2**k,) for d in (-1, 0, 1)} | {65_535, 65_536, 65_537} - {0})
LARGEST = 65_537


def many(count: int) -> list[bytes]:
    """Distinct leaf hashes."""
    return [hashlib.sha256(n.to_bytes(8, "big")).digest() for n in range(count)]


@cache
def big() -> Tree:
    """One tree for all sizes: that of n leaves is its beginning."""
    return Tree(many(LARGEST))


Verify = Callable[..., None]
Case = dict[str, object]


def inclusion_case(index: int, size: int) -> Case:
    proof = big().inclusion_proof(index=index, size=size)
    return {
        "leaf_hash": big().hash_at(0, index), "index": index, "size": size, "proof": proof, "root": big().root(size),
    }  # fmt: skip


def consistency_case(size1: int, size2: int) -> Case:
    proof = big().consistency_proof(size1=size1, size2=size2)
    return {
        "size1": size1, "root1": big().root(size1), "size2": size2, "root2": big().root(size2), "proof": proof,
    }  # fmt: skip


def flipped(value: bytes) -> Iterator[bytes]:
    """`value` with each single bit turned."""
    for bit in range(len(value) * 8):
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def mutations(case: Case) -> Iterator[Case]:
    """The case with one thing wrong in it: each bit of each hash, each number, length and order of the proof, forms.

    A neighbouring size is not among them: a root does not tell its size (the way up to leaf 4 is the same in trees of
    7 and of 8), which is why checkpoints sign both.
    """
    for name, value in case.items():
        if isinstance(value, bytes):
            yield from ({**case, name: changed} for changed in flipped(value))
            yield from ({**case, name: changed} for changed in (value[:31], value + b"\x00", b"", None, value.hex()))
        elif isinstance(value, int):
            near = (value + 1, value - 1) if name == "index" else ()
            for number in (*near, -1, -value - 1, 2**63, 2**64 + value, 10**5000, float(value), str(value), None):
                yield {**case, name: number}
    proof = case["proof"]
    assert isinstance(proof, list)
    for at, value in enumerate(proof):
        yield from ({**case, "proof": [*proof[:at], changed, *proof[at + 1 :]]} for changed in flipped(value))
        yield {**case, "proof": [*proof[:at], *proof[at + 1 :]]}
        yield {**case, "proof": [*proof[:at], value, *proof[at:]]}
        yield {**case, "proof": [*proof[:at], value[:31], *proof[at + 1 :]]}
        yield {**case, "proof": [*proof[:at], None, *proof[at + 1 :]]}
        if at and proof[at - 1] != value:
            yield {**case, "proof": [*proof[: at - 1], value, proof[at - 1], *proof[at + 1 :]]}
    for extra in (bytes(32), EMPTY_ROOT, *proof[:1]):
        yield {**case, "proof": [*proof, extra]}
        yield {**case, "proof": [extra, *proof]}
    yield from ({**case, "proof": wrong} for wrong in (None, 7, iter(proof), "", [bytes(32)] * 10_000))


def held(verify: Verify, cases: Iterator[Case]) -> list[Case]:
    """The cases that `verify` lets pass; anything but `ProofRefused` is a failure of the test."""
    passed = []
    for case in cases:
        try:
            verify(**case)
        except ProofRefused as refused:
            told = (refused.code, refused.expected != refused.actual, len(refused.message) < 300)
            assert told == ("proof_refused", True, True)
        else:
            passed.append(case)
    return passed


def forgeries() -> list[tuple[str, Case]]:
    """Proofs whose hashes fit the root although their form is wrong: only the guard on the form stands against them."""
    a, b, c, d = many(4)
    ab = node_hash(a, b)
    inclusion: list[Case] = [
        {"leaf_hash": a, "index": 0, "size": 1, "proof": [b], "root": node_hash(b, a)},
        {"leaf_hash": a, "index": 0, "size": 2, "proof": [b, c], "root": node_hash(c, ab)},
        {"leaf_hash": a, "index": 0, "size": 4, "proof": [b], "root": ab},
        {"leaf_hash": a, "index": 0, "size": 2, "proof": [], "root": a},
        {"leaf_hash": a, "index": 1, "size": 1, "proof": [], "root": a},
        {"leaf_hash": EMPTY_ROOT, "index": 0, "size": 0, "proof": [], "root": EMPTY_ROOT},
        {"leaf_hash": a, "index": False, "size": True, "proof": [], "root": a},
        {"leaf_hash": b"", "index": 0, "size": 1, "proof": [], "root": b""},
        {"leaf_hash": a[:31], "index": 0, "size": 2, "proof": [b], "root": node_hash(a[:31], b)},
        {"leaf_hash": a, "index": 0, "size": 2, "proof": [b[:31]], "root": node_hash(a, b[:31])},
        {"leaf_hash": a, "index": 0, "size": 1, "proof": "", "root": a},
        {"leaf_hash": a, "index": 0, "size": 1, "proof": [], "root": bytearray(a)},
    ]
    consistency: list[Case] = [
        {"size1": 1, "root1": a, "size2": 2, "root2": node_hash(a, b), "proof": [b, c]},
        {"size1": 1, "root1": a, "size2": 2, "root2": node_hash(c, ab), "proof": [b, c]},
        {
            "size1": 3,
            "root1": node_hash(d, node_hash(a, b)),
            "size2": 4,
            "root2": node_hash(d, node_hash(a, node_hash(b, c))),
            "proof": [b, c, a, d],
        },
        {"size1": 1, "root1": a, "size2": 4, "root2": ab, "proof": [b]},
        {"size1": 1, "root1": a, "size2": 2, "root2": a, "proof": []},
        {"size1": 3, "root1": a, "size2": 4, "root2": a, "proof": []},
        {"size1": 2, "root1": a, "size2": 1, "root2": a, "proof": []},
        {"size1": 0, "root1": EMPTY_ROOT, "size2": 1, "root2": a, "proof": []},
        {"size1": 0, "root1": EMPTY_ROOT, "size2": 1, "root2": a, "proof": [a]},
        {"size1": 0, "root1": a, "size2": 0, "root2": a, "proof": []},
        {"size1": 0, "root1": EMPTY_ROOT, "size2": 0, "root2": a, "proof": []},
        {"size1": 0, "root1": EMPTY_ROOT, "size2": 0, "root2": EMPTY_ROOT, "proof": [a]},
        {"size1": 5, "root1": a, "size2": 5, "root2": b, "proof": []},
        {"size1": 5, "root1": a, "size2": 5, "root2": a, "proof": [b]},
        {"size1": -1, "root1": a, "size2": -1, "root2": a, "proof": []},
        {"size1": 2**63, "root1": a, "size2": 2**63, "root2": a, "proof": []},
        {"size1": True, "root1": a, "size2": 1, "root2": a, "proof": []},
        {"size1": 1, "root1": a, "size2": True, "root2": a, "proof": []},
        {"size1": 1, "root1": b"", "size2": 1, "root2": b"", "proof": []},
    ]
    return [("inclusion", case) for case in inclusion] + [("consistency", case) for case in consistency]


INCLUSIONS = [(0, 1), (0, 2), (1, 2), (2, 3), (4, 7), (5, 8), (8, 9), (255, 257), (256, 257)]
CONSISTENCIES = [(1, 2), (1, 3), (2, 3), (3, 4), (4, 7), (5, 6), (6, 8), (7, 8), (8, 9), (255, 257), (256, 257), (8, 8)]


def honest(kind: str) -> Iterator[Case]:
    if kind == "inclusion":
        yield from (inclusion_case(index, size) for index, size in INCLUSIONS)
    else:
        yield from (consistency_case(size1, size2) for size1, size2 in CONSISTENCIES)


def wrong(kind: str) -> Iterator[Case]:
    yield from (case for forged, case in forgeries() if forged == kind)
    for case in honest(kind):
        yield from mutations(case)
