# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree: known answers, every proof at the sizes where trees change shape, and every mutation refused.

The control of each verifier is the same loop with one step left out: the tests of this file must see it.
"""

import inspect
from collections.abc import Callable, Sequence
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ledger import merkle
from melayani.ledger import tree as tree_module
from melayani.ledger.merkle import (
    EMPTY_ROOT,
    ProofRefused,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from melayani.ledger.tree import Frontier, Tree, tree_root
from tests.ledger.some_keys import variant
from tests.ledger.wrong_proofs import (
    EDGES,
    LARGEST,
    Verify,
    big,
    held,
    honest,
    inclusion_case,
    many,
    wrong,
)

# Known answers: the eight leaves of the Certificate Transparency tests for RFC 6962, their roots and proofs.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
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
INCLUSION = {
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
}
CONSISTENCY = {
    (2, 8): [
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


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1 as it is written, by recursion over the leaves."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(naive_root(leaves[:middle]), naive_root(leaves[middle:]))


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1 as it is written."""
    if len(leaves) < 2:
        return []
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return [*naive_path(index, left), naive_root(right)]
    return [*naive_path(index - middle, right), naive_root(left)]


def naive_subproof(size1: int, leaves: Sequence[bytes], known: bool = True) -> list[bytes]:
    """RFC 6962 2.1.2 as it is written."""
    if size1 == len(leaves):
        return [] if known else [naive_root(leaves)]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = leaves[:middle], leaves[middle:]
    if size1 <= middle:
        return [*naive_subproof(size1, left, known), naive_root(right)]
    return [*naive_subproof(size1 - middle, right, False), naive_root(left)]


# Known answers


def test_known_roots_of_rfc_6962() -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    assert [tree_root(hashes[:size]).hex() for size in range(9)] == ROOTS
    assert [naive_root(hashes[:size]).hex() for size in range(9)] == ROOTS
    assert [Tree(hashes).root(size).hex() for size in range(9)] == ROOTS


def test_known_proofs_of_rfc_6962() -> None:
    tree = Tree(leaf_hash(leaf) for leaf in LEAVES)
    for (index, size), proof in INCLUSION.items():
        assert [h.hex() for h in tree.inclusion_proof(index=index, size=size)] == proof
    for (size1, size2), proof in CONSISTENCY.items():
        assert [h.hex() for h in tree.consistency_proof(size1=size1, size2=size2)] == proof


def test_small_trees_against_the_definition() -> None:
    leaves = many(33)
    tree = Tree(leaves)
    for size in range(1, 34):
        assert tree.root(size) == naive_root(leaves[:size])
        for index in range(size):
            assert tree.inclusion_proof(index=index, size=size) == naive_path(index, leaves[:size])
            assert tree.consistency_proof(size1=index + 1, size2=size) == naive_subproof(index + 1, leaves[:size])


# Frontier and tree agree, however leaves arrive


@given(st.lists(st.integers(0, 300), max_size=12))
@settings(deadline=None, max_examples=40)
def test_pieces_make_the_same_tree_as_the_whole(pieces: list[int]) -> None:
    leaves = many(sum(pieces))
    tree, frontier, at = Tree(), Frontier(), 0
    for piece in pieces:
        tree.extend(leaves[at : at + piece])
        frontier.extend(leaves[at : at + piece])
        at += piece
        frontier = Frontier(size=frontier.size, peaks=frontier.peaks)
    assert tree.size == frontier.size == at
    assert tree.root() == frontier.root() == naive_root(leaves)
    assert frontier.peaks == merkle.peaks_at(size=at, hash_at=tree.hash_at)


def test_one_by_one_is_the_same() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(many(300), start=1):
        frontier.append(leaf)
        assert frontier.root() == big().root(size)


@pytest.mark.parametrize("size", EDGES)
def test_roots_and_proofs_at_the_edges(size: int) -> None:
    root = big().root(size)
    assert Frontier(size=size, peaks=merkle.peaks_at(size=size, hash_at=big().hash_at)).root() == root
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        proof = big().inclusion_proof(index=index, size=size)
        verify_inclusion(leaf_hash=big().hash_at(0, index), index=index, size=size, proof=proof, root=root)
    for size1 in {1, 2, size // 2, size - 1, size, *(e for e in EDGES if e <= size)} & set(range(1, size + 1)):
        proof = big().consistency_proof(size1=size1, size2=size)
        verify_consistency(size1=size1, root1=big().root(size1), size2=size, root2=root, proof=proof)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_any_leaf_of_any_size_and_no_other_place(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size + 3))
    leaf, root = big().hash_at(0, index), big().root(size)
    proof = big().inclusion_proof(index=index, size=size)
    verify_inclusion(leaf_hash=leaf, index=index, size=size, proof=proof, root=root)
    if other != index:
        with pytest.raises(ProofRefused):
            verify_inclusion(leaf_hash=leaf, index=other, size=size, proof=proof, root=root)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_any_two_sizes(data: st.DataObject) -> None:
    size2 = data.draw(st.integers(1, LARGEST))
    size1 = data.draw(st.integers(1, size2))
    proof = big().consistency_proof(size1=size1, size2=size2)
    verify_consistency(size1=size1, root1=big().root(size1), size2=size2, root2=big().root(size2), proof=proof)


# Nothing but the true proof holds

VERIFIERS: dict[str, Verify] = {"inclusion": verify_inclusion, "consistency": verify_consistency}


@pytest.mark.parametrize("kind", VERIFIERS)
def test_the_honest_proof_holds_and_every_mutation_is_refused(kind: str) -> None:
    for case in honest(kind):
        VERIFIERS[kind](**case)
    assert held(VERIFIERS[kind], wrong(kind)) == []


def test_two_empty_trees_are_the_same_tree() -> None:
    verify_consistency(size1=0, root1=EMPTY_ROOT, size2=0, root2=EMPTY_ROOT, proof=[])


def test_a_refusal_tells_what_was_expected_and_what_was_there() -> None:
    case = inclusion_case(4, 7)
    with pytest.raises(ProofRefused) as refused:
        verify_inclusion(**{**case, "root": bytes(32)})  # type: ignore[arg-type]  # a table of keyword arguments
    assert (refused.value.expected, refused.value.actual) == (bytes(32), case["root"])


# Controls: a verifier with one step left out

BROKEN = [
    ("inclusion", "_check_index(index, size)", "pass"),
    ("inclusion", "_check_hashes((leaf_hash, root), proof)", "pass"),
    ("inclusion", "if sn == 0:", "if False:"),
    ("inclusion", "if fn & 1 or fn == sn:", "if fn & 1:"),
    ("inclusion", "node_hash(sibling, computed)", "node_hash(computed, sibling)"),
    ("inclusion", "while not fn & 1 and fn:", "while False:"),
    ("inclusion", "if sn:", "if False:"),
    ("inclusion", "_check_root(expected=root, actual=computed)", "pass"),
    ("consistency", "_check_hashes((root1, root2), proof)", "pass"),
    ("consistency", "is_number(size1) and type(size2) is int and size1 == size2", "size1 == size2"),
    ("consistency", "_check_same_tree(size1, root1, root2, proof)", "pass"),
    ("consistency", "_check_sizes(size1, size2)", "if not 0 < size1 <= size2: return"),
    ("consistency", "if not proof:", "if False:"),
    ("consistency", "if size1 & (size1 - 1) == 0", "if False"),
    ("consistency", "while fn & 1:", "while False:"),
    ("consistency", "if sn == 0:", "if False:"),
    ("consistency", "if fn & 1 or fn == sn:", "if fn & 1:"),
    ("consistency", "while not fn & 1 and fn:", "while False:"),
    ("consistency", "if sn:", "if False:"),
    ("consistency", "_check_root(expected=root1, actual=old)", "pass"),
    ("consistency", "_check_root(expected=root2, actual=new)", "pass"),
]


def without(verify: Verify, step: str, instead: str) -> Verify:
    """The same verifier, written anew with `instead` in place of `step`."""
    source = inspect.getsource(verify)
    assert source.count(step) == 1, step
    names = dict(vars(merkle))
    exec(source.replace(step, instead), names)  # noqa: S102  # our own source, changed in one place
    changed: Verify = names[verify.__name__]
    return changed


def is_caught(verify: Verify, kind: str) -> bool:
    """Whether the checks of this file see that the verifier is broken."""
    try:
        for case in honest(kind):
            verify(**case)
        return any(held(verify, iter([case])) for case in wrong(kind))
    except Exception:  # whatever else it raises is a broken verifier too
        return True


@pytest.mark.parametrize(("kind", "step", "instead"), BROKEN)
def test_the_control_a_verifier_without_a_step_is_caught(kind: str, step: str, instead: str) -> None:
    assert is_caught(without(VERIFIERS[kind], step, instead), kind)


# Making proofs and trees


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (0, 2**63), (0, 65_538), (True, 3)])
def test_a_proof_of_what_is_not_there_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofRefused):
        big().inclusion_proof(index=index, size=size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 1), (0, 0), (2, 1), (-1, 2), (1, 65_538), (1, 2**63)])
def test_a_proof_between_impossible_sizes_is_refused(size1: int, size2: int) -> None:
    with pytest.raises(ProofRefused):
        big().consistency_proof(size1=size1, size2=size2)


@pytest.mark.parametrize(
    ("size", "peaks"), [(1, []), (0, [bytes(32)]), (3, [bytes(32), bytes(31)]), (-1, []), (True, [bytes(32)])]
)
def test_a_frontier_that_cannot_be_is_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ProofRefused):
        Frontier(size=size, peaks=peaks)


def test_a_tree_takes_whole_hashes_only() -> None:
    tree = Tree(many(3))
    with pytest.raises(ProofRefused):
        tree.extend([b"short"])
    assert (tree.size, tree.root()) == (3, naive_root(many(3)))
    with pytest.raises(ProofRefused):
        tree.root(4)


def grows_wrongly(module: ModuleType) -> bool:
    """Whether this variant takes what cannot be, or makes other roots than the definition."""
    attempts: list[Callable[[], object]] = [
        lambda: module.Frontier(size=3, peaks=[bytes(32)]),
        lambda: module.Frontier(size=1, peaks=[bytes(31)]),
        lambda: module.Frontier(size=True, peaks=[bytes(32)]),
        lambda: module.Tree([b"short"]),
        lambda: module.Tree(many(3)).hash_at(0, 3),
        lambda: module.Tree(many(3)).hash_at(9, 0),
    ]
    try:
        for attempt in attempts:
            try:
                attempt()
            except ProofRefused:
                continue
            return True
        tree = module.Tree(many(5))
        tree.extend(many(33)[5:])
        return bool(tree.root() != naive_root(many(33)) or module.tree_root(many(33)) != naive_root(many(33)))
    except Exception:  # whatever else is raised is a broken variant
        return True


def test_the_whole_tree_grows_rightly() -> None:
    assert not grows_wrongly(tree_module)


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("if not is_number(size):", "if False:"),
        ("if len(peaks) != size.bit_count():", "if False:"),
        ("if not all(is_hash(peak) for peak in peaks):", "if False:"),
        ("if len(added) % HASH_BYTES:", "if False:"),
        ("if len(found) != HASH_BYTES:", "if False:"),
        ("while carry & 1:", "if carry & 1:"),
        ("len(self._levels[depth]) * 2 if", "0 if"),
    ],
)
def test_the_control_a_tree_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert grows_wrongly(variant(tree_module, step, instead))


@pytest.mark.prove
def test_every_leaf_and_every_pair_of_sizes_up_to_three_hundred() -> None:
    for size in range(1, 301):
        root = big().root(size)
        for place in range(size):
            proof = big().inclusion_proof(index=place, size=size)
            verify_inclusion(leaf_hash=big().hash_at(0, place), index=place, size=size, proof=proof, root=root)
            old, proof = place + 1, big().consistency_proof(size1=place + 1, size2=size)
            verify_consistency(size1=old, root1=big().root(old), size2=size, root2=root, proof=proof)
