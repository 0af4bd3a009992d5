# SPDX-License-Identifier: EUPL-1.2
"""Auditing leaves and trees: what is quick is the plain rule, and of three witnesses the one that lies is named."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.canonical_json import Json, NotCanonical, canonical_json
from melayani.ledger import audit_tree
from melayani.ledger.audit_tree import (
    KEPT_AT,
    KEPT_NOTE,
    KEPT_ROOT,
    KEPT_SIZE,
    KEYS,
    MEMORY,
    PUBLISHED,
    ROOT,
    TreeAudit,
    log_keys,
    read_outside,
    stale,
)
from melayani.ledger.auditing import EntryRow, bound, canonical, hashed, leaf_differences
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.rules import commitment, prepare_entry, text_hash
from melayani.ledger.tree import Tree
from tests.ledger.some_keys import LOG, ORIGIN, a_key, variant

SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20)
EVENTS = st.dictionaries(
    st.text(max_size=8), st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=6), max_size=6
)
SALTS = st.binary(min_size=32, max_size=32)


@given(event=EVENTS)
def test_quick_canonical_json_is_canonical_json(event: dict[str, Any]) -> None:
    try:
        expected = canonical_json(event)
    except NotCanonical:
        with pytest.raises(NotCanonical):
            canonical(event)
        return
    assert canonical(event) == expected


@given(event=EVENTS, salt=SALTS, text=st.text(max_size=40, alphabet=st.characters(exclude_categories=["Cs"])))
def test_quick_commitments_and_hashes_are_those_of_the_rules(event: dict[str, Any], salt: bytes, text: str) -> None:
    assert hashed(salt, text) == text_hash(salt=salt, text=text)
    try:
        expected = commitment(salt=salt, kind="case.filed", event=event)
    except NotCanonical:
        return
    assert bound(salt=salt, kind="case.filed", data=event) == expected


def a_row(*, sealed: bool = False, unit: str = "35.07.dishub", **changes: Any) -> EntryRow:
    """The row of an entry, honest but for the changes."""
    entry = prepare_entry(
        stream=bytes(16), sequence=3, kind="case.filed", event={"a": "b"}, salt=bytes(32), recorded_at=1_767_578_400,
        unit_code=unit, sealed=sealed,
    )  # fmt: skip
    row = EntryRow(
        1, 1, 0, bytes(16), 3, entry.kind, unit, sealed, entry.recorded_at, entry.salt, entry.leaf, entry.leaf_hash
    )
    return row._replace(**changes)


@given(
    sealed=st.booleans(),
    unit=st.sampled_from(["", "35.07.dishub", "x" * 30]),
    kind=st.sampled_from(["case.filed", "text.held"]),
    sequence=st.integers(0, 10**6),
    stream=st.binary(min_size=16, max_size=16),
    salt=SALTS,
)
def test_every_honest_leaf_is_borne_out(  # noqa: PLR0917  # hypothesis passes them by name
    sealed: bool, unit: str, kind: str, sequence: int, stream: bytes, salt: bytes
) -> None:
    event: dict[str, Json] = {"at": "2026-01-05T09:00:00+07:00", "by": "citizen", "n": sequence}
    entry = prepare_entry(
        stream=stream,
        sequence=sequence,
        kind=kind,
        event=event,
        salt=salt,
        recorded_at=5,
        unit_code=unit,
        sealed=sealed,
    )
    row = EntryRow(1, 1, 0, stream, sequence, kind, unit, sealed, 5, salt, entry.leaf, entry.leaf_hash)
    assert list(leaf_differences(row, data=event)) == []
    assert list(leaf_differences(row._replace(salt=None), data={})) == []


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"leaf_hash": bytes(32)}, "leaf_hash"),
    ({"salt": bytes(31)}, "salt"),
    ({"salt": b"x" * 32}, "data"),
    ({"kind": "case.answered"}, "kind"),
    ({"sequence": 4}, "sequence"),
    ({"stream": b"x" * 16}, "stream"),
    ({"recorded_at": 1}, "recorded_at"),
    ({"unit_code": ""}, "unit_code"),
    ({"sealed": True}, "sealed"),
]


@pytest.mark.parametrize(("changes", "column"), CHANGES)
def test_a_change_is_named(changes: dict[str, Any], column: str) -> None:
    assert column in list(leaf_differences(a_row()._replace(**changes), data={"a": "b"}))


def test_changed_data_and_a_leaf_in_another_spelling_are_named() -> None:
    row = a_row()
    others: list[Any] = [{"a": "c"}, {}, {"a": 1.5}, {"a": "b", "x": None}]
    for data in others:
        assert list(leaf_differences(row, data=data)) == ["data"]
    for leaf in (row.leaf.replace(b",", b", ", 1), row.leaf.replace(b'"v":1', b'"v":1,"x":1'), b"x", b"[]", b"{}"):
        spelled = row._replace(leaf=leaf, leaf_hash=leaf_hash(leaf))
        assert list(leaf_differences(spelled, data={"a": "b"})) == ["leaf"], leaf
    assert list(leaf_differences(a_row(sealed=True), data={"a": "c"})) == ["data"]


# The tree


def entries(count: int) -> list[bytes]:
    return [f'{{"n":{number}}}'.encode() for number in range(count)]


def a_log(folder: Path, count: int) -> LogFiles:
    files = LogFiles(folder)
    files.write(grown(files, old=0, entries=entries(count)))
    return files


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 700])
def test_an_honest_tree_agrees_at_every_size(tmp_path: Path, size: int) -> None:
    tree = TreeAudit(files=a_log(tmp_path, size), size=size)
    tree.read(enumerate(entries(size)))
    assert (tree.wrong_files, tree.wrong_rows, tree.no_rows, tree.twice) == ([], [], [], [])
    assert tree.root == Tree(map(leaf_hash, entries(size))).root()


@pytest.mark.prove
def test_a_tree_of_three_levels_agrees(tmp_path: Path) -> None:
    size = 256 * 256 + 300
    tree = TreeAudit(files=a_log(tmp_path, size), size=size)
    tree.read(enumerate(entries(size)))
    assert (tree.wrong_files, tree.wrong_rows, tree.no_rows, tree.twice) == ([], [], [], [])
    top = tmp_path / "tile/2/000.p/1"
    top.write_bytes(bytes(32))
    again = TreeAudit(files=LogFiles(tmp_path), size=size)
    again.read(enumerate(entries(size)))
    assert again.wrong_files == ["tile/2/000.p/1"]


def test_of_three_witnesses_the_one_that_lies_is_named(tmp_path: Path) -> None:
    files, size = a_log(tmp_path, 300), 300
    rows = dict(enumerate(entries(size)))

    def audit(said: dict[int, bytes]) -> TreeAudit:
        tree = TreeAudit(files=files, size=size)
        tree.read(sorted(said.items()))
        return tree

    wrong = audit({**rows, 5: b"x"})
    assert (wrong.wrong_rows, wrong.wrong_files) == ([5], [])
    assert audit({index: row for index, row in rows.items() if index != 299}).no_rows == [299]
    for name in ("tile/0/000", "tile/entries/001.p/44", "tile/1/000.p/1"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        tree = audit(rows)
        assert (tree.wrong_rows, tree.wrong_files) == ([], [name])
        assert tree.root == Tree(map(leaf_hash, entries(size))).root()
        (tmp_path / name).write_bytes(whole)
    twice = TreeAudit(files=files, size=size)
    twice.read([*sorted(rows.items())[:8], (7, rows[7]), *sorted(rows.items())[8:]])
    assert twice.twice == [7]


def test_where_rows_bundles_and_tiles_agree_on_a_lie_the_root_does_not(tmp_path: Path) -> None:
    forged = [b"x", *entries(300)[1:]]
    files = LogFiles(tmp_path)
    files.write(grown(files, old=0, entries=forged))
    tree = TreeAudit(files=files, size=300)
    tree.read(enumerate(forged))
    assert (tree.wrong_files, tree.wrong_rows) == ([], [])
    assert tree.root != Tree(map(leaf_hash, entries(300))).root()


# Checkpoints


def signed(files: LogFiles, size: int, *, at: int = 100) -> Signed:
    root = Tree(map(leaf_hash, entries(size))).root()
    note = sign_checkpoint(origin=ORIGIN, size=size, root=root, keys=[LOG])
    found = Signed(note=note, size=size, root=root, signed_at=at)
    files.remember(found)
    files.publish(note)
    files.publish_keys(f"log {LOG.vkey}\npromise {a_key(ORIGIN + '/promise').vkey}\nlog x\n".encode())
    return found


def found_in(files: LogFiles, kept: Signed | None, *, root: bytes | None = None, module: Any = audit_tree) -> set[str]:
    outside = module.read_outside(files)
    made = root if root is not None else kept.root if kept else b""
    return set(module.checkpoint_differences(kept=kept, outside=outside, root=made, files=files, keys=outside.keys))


def test_checkpoints_that_agree_and_those_just_behind(tmp_path: Path) -> None:
    files = a_log(tmp_path, 300)
    assert found_in(files, None) == set()
    older, kept = signed(files, 290), signed(files, 300)
    assert found_in(files, kept) == set()
    files.remember(older)
    files.publish(older.note)
    assert found_in(files, kept) == set()
    assert stale(files, size=300, keys=[LOG.verifier]) == [MEMORY, PUBLISHED]


def test_every_disagreement_of_checkpoints_is_named(tmp_path: Path) -> None:
    files = a_log(tmp_path, 300)
    older, kept = signed(files, 290), signed(files, 300)
    other = sign_checkpoint(origin=ORIGIN, size=300, root=bytes(32), keys=[LOG])
    assert found_in(files, None) == {KEPT_SIZE}
    assert KEPT_SIZE in found_in(files, older)
    assert KEPT_SIZE in found_in(files, Signed(kept.note, 299, kept.root, 100))
    assert KEPT_ROOT in found_in(files, Signed(kept.note, 300, bytes(32), 100), root=bytes(32))
    assert KEPT_NOTE in found_in(files, Signed(other, 300, bytes(32), 100), root=bytes(32))
    assert KEPT_NOTE in found_in(files, Signed(b"x", 300, kept.root, 100))
    assert found_in(files, Signed(kept.note, 300, kept.root, 101)) == {KEPT_AT}
    assert found_in(files, kept, root=bytes(32)) == {ROOT}
    files.publish(other)
    assert found_in(files, kept) == {PUBLISHED}
    files.publish(kept.note)
    files.remember(Signed(other, 300, bytes(32), 100))
    assert found_in(files, kept) == {KEPT_NOTE}
    (tmp_path / "signed.json").unlink()
    assert found_in(files, kept) == {MEMORY}
    files.remember(kept)
    files.publish_keys(f"log {a_key(ORIGIN, seed='x').vkey}\n".encode())
    assert {KEPT_NOTE, MEMORY, PUBLISHED} <= found_in(files, kept)
    (tmp_path / "keys").unlink()
    assert found_in(files, kept) == {KEYS}
    assert log_keys(b"\xff\nlog\nwitness x\n") == ()
    assert read_outside(files).keys == ()


@pytest.mark.parametrize(
    ("step", "instead", "back"),
    [
        ("    elif memory.size > kept.size:\n", "    elif memory.size > kept.size:\n        return\n", True),
        ("    elif memory.signed_at != kept.signed_at:\n", "    elif False:\n", False),
    ],
)
def test_without_a_check_a_database_that_went_back_passes(tmp_path: Path, step: str, instead: str, back: bool) -> None:
    files = a_log(tmp_path, 300)
    older, newest = signed(files, 290), signed(files, 300)
    files.publish(older.note)
    kept = older if back else Signed(newest.note, 300, newest.root, 7)
    assert found_in(files, kept)
    assert found_in(files, kept, module=variant(audit_tree, step, instead)) == set()
