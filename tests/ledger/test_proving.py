# SPDX-License-Identifier: EUPL-1.2
"""Which checkpoint a proof is made under, and how a signed tree is held against the one that is published."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from melayani.ground.errors import Refused
from melayani.ledger import proving
from melayani.ledger.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.note import SignatureLine, add_lines, split_note
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.proving import Compared, compared, first_unwitnessed, proof_file, witnessed_proof
from melayani.ledger.receipts import parse_receipt, public_extra, verify_receipt
from melayani.ledger.tiles import tile_in
from melayani.ledger.tree import Tree
from melayani.ledger.vkeys import NoteKey
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, variant
from tests.ledger.some_receipts import AT, a_leaf

OTHER_LOG, NEXT = a_key("other.example/log"), a_key(ORIGIN, seed="next")
LEAVES = [a_leaf() if n == 300 else b"%d" % n for n in range(600)]


def note_of(size: int, *, key: NoteKey = LOG, seen_by: int = 0, leaves: list[bytes] = LEAVES) -> bytes:
    """A signed checkpoint of the first `size` leaves, cosigned by so many witnesses."""
    root = Tree(map(leaf_hash, leaves[:size])).root()
    note = sign_checkpoint(origin=key.name, size=size, root=root, keys=[key])
    text = split_note(note).text.encode()
    lines = [SignatureLine(w.name, w.key_id, cosign(text=text, key=w, at=AT)) for w in WITNESSES[:seen_by]]
    return add_lines(note, lines=lines)


def tree_of(note: bytes) -> Checkpoint:
    return parse_checkpoint(split_note(note).text)


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    """A log of 600 leaves; number 300 is a leaf of a case."""
    files = LogFiles(tmp_path / "ledger")
    files.write(grown(files, old=0, entries=LEAVES))
    files.publish(note_of(600))
    files.publish_keys(f"log {LOG.vkey}\nlog broken\npromise {NEXT.vkey}\n".encode())
    return files


# A signed tree and the published one


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 511, 512, 513, 599, 600])
def test_every_earlier_tree_is_the_beginning_of_the_published_one(files: LogFiles, size: int) -> None:
    assert compared(tree_of(note_of(size)), files=files) == Compared.SAME


@pytest.mark.parametrize("size", [1, 255, 256, 300, 512, 600])
def test_a_tree_that_never_was_is_another_one(files: LogFiles, size: int) -> None:
    changed = [*LEAVES]
    changed[size // 2] = b"invented"
    assert compared(tree_of(note_of(size, leaves=changed)), files=files) == Compared.OTHER


def test_a_larger_tree_means_that_entries_are_gone(files: LogFiles) -> None:
    assert compared(tree_of(note_of(601, leaves=[*LEAVES, b"x"])), files=files) == Compared.SHORTER
    assert compared(Checkpoint(ORIGIN, 2**62, bytes(32)), files=files) == Compared.SHORTER


def test_the_tree_of_another_log_is_not_held_against_this_one(files: LogFiles) -> None:
    assert compared(tree_of(note_of(700, key=OTHER_LOG, leaves=LEAVES * 2)), files=files) == Compared.ELSEWHERE


def turned(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def in_the_way(files: LogFiles) -> None:
    (files.folder / "checkpoint").unlink()
    (files.folder / "checkpoint").mkdir()


DAMAGES: dict[str, Callable[[LogFiles], object]] = {
    "no checkpoint": lambda files: (files.folder / "checkpoint").unlink(),
    "half a checkpoint": lambda files: (files.folder / "checkpoint").write_bytes(b"melayani"),
    "a folder": in_the_way,
    "no tile": lambda files: (files.folder / tile_in(size=600, level=0, index=1).path).unlink(),
    "a short tile": lambda files: (files.folder / tile_in(size=600, level=0, index=1).path).write_bytes(b"x"),
    "a turned bit": lambda files: turned(files.folder / tile_in(size=600, level=0, index=1).path, 32 * 30),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_our_own_damage_is_never_held_against_a_receipt(files: LogFiles, damage: Callable[[LogFiles], object]) -> None:
    damage(files)
    assert compared(tree_of(note_of(300)), files=files) == Compared.DAMAGED
    assert compared(tree_of(note_of(300, leaves=LEAVES[::-1])), files=files) == Compared.DAMAGED


@pytest.mark.parametrize(
    ("step", "instead", "seen"),
    [
        ("        verify_consistency(size1=tree.size", "        dict(size1=tree.size", "damaged"),
        ("if root == tree.root else", "if True else", "other"),
        ("        if tree.size > latest.size:", "        if False:", "shorter"),
        ("        if tree.origin != latest.origin:", "        if False:", "elsewhere"),
        ("    except (OSError, Refused):", "    except ZeroDivisionError:", "raises"),
    ],
)
def test_control_comparing_without_a_rule_is_seen(files: LogFiles, step: str, instead: str, seen: str) -> None:
    assert wrongly_compared(proving, files) == []
    assert seen in wrongly_compared(variant(proving, step, instead), files)


def wrongly_compared(module: ModuleType, files: LogFiles) -> list[str]:
    """What this comparing does not find, or says of an honest receipt."""
    asked = [
        ("same", note_of(300)),
        ("other", note_of(300, leaves=LEAVES[::-1])),
        ("shorter", note_of(700, leaves=LEAVES * 2)),
        ("elsewhere", note_of(300, key=OTHER_LOG)),
    ]
    wrong = [right for right, note in asked if _said(module, note, files) != right]
    path = files.folder / tile_in(size=600, level=0, index=1).path
    turned(path, 32 * 30)
    wrong += ["damaged"] if _said(module, note_of(300), files) != "damaged" else []
    turned(path, 32 * 30)
    kept = path.read_bytes()
    path.unlink()
    wrong += ["raises"] if _said(module, note_of(300), files) != "damaged" else []
    path.write_bytes(kept)
    return wrong


def _said(module: ModuleType, note: bytes, files: LogFiles) -> str:
    try:
        return str(module.compared(tree_of(note), files=files))
    except Refused:
        return "raised"


# Under which checkpoint a proof is made


def made(files: LogFiles, module: ModuleType = proving) -> tuple[int, int]:
    """How many leaves the checkpoint of the proof of leaf 300 covers, and how many lines stand under it."""
    content = module.witnessed_proof(extra=public_extra(leaf=a_leaf()), index=300, files=files)
    proven = verify_receipt(content, policy=policy_of_logs([LOG.vkey, NEXT.vkey, OTHER_LOG.vkey]))
    return proven.size, len(split_note(parse_receipt(content).checkpoint).lines)


def test_without_witnesses_a_proof_is_under_the_published_checkpoint(files: LogFiles) -> None:
    assert made(files) == (600, 1)
    extra = public_extra(leaf=a_leaf())
    assert witnessed_proof(extra=extra, index=300, files=files) == proof_file(extra=extra, index=300, files=files)
    assert first_unwitnessed(files) == 0


def test_the_newest_with_enough_witnesses_counts_where_it_covers_the_leaf(files: LogFiles) -> None:
    for size in (301, 400, 512):
        files.keep_cosigned(note_of(size, seen_by=2))
        assert made(files) == (size, 3)
        assert first_unwitnessed(files) == size
    files.keep_cosigned(note_of(300, seen_by=2))
    assert made(files) == (600, 1)
    files.keep_cosigned(note_of(600, seen_by=3))
    assert made(files) == (600, 4)
    assert first_unwitnessed(files) is None
    files.keep_cosigned(None)
    assert made(files) == (600, 1)


def test_before_anything_is_published_there_is_no_proof(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    assert witnessed_proof(extra=public_extra(leaf=a_leaf()), index=300, files=files) is None
    assert first_unwitnessed(files) is None
    files.keep_cosigned(note_of(512, seen_by=2))
    assert first_unwitnessed(files) is None


UNUSABLE: dict[str, Callable[[], bytes]] = {
    "of an older log": lambda: note_of(512, key=OTHER_LOG, seen_by=2),
    "by a key that has ended": lambda: note_of(512, key=NEXT, seen_by=2),
    "of another history": lambda: note_of(512, seen_by=2, leaves=[*LEAVES[:400], *LEAVES[400:][::-1]]),
    "of more than is published": lambda: note_of(601, seen_by=2, leaves=[*LEAVES, b"x"]),
    "half": lambda: note_of(512, seen_by=2)[:-9],
    "nothing": lambda: b"",
    "the empty tree": lambda: note_of(0, seen_by=2),
}


@pytest.mark.parametrize("note", UNUSABLE.values(), ids=UNUSABLE)
def test_a_kept_one_that_says_nothing_of_this_log_today_is_not_used(files: LogFiles, note: Callable[[], bytes]) -> None:
    files.publish_keys(f"log {LOG.vkey}\nlog-retired {NEXT.vkey}\nlog-retired {OTHER_LOG.vkey}\n".encode())
    files.keep_cosigned(note())
    assert made(files) == (600, 1)
    assert first_unwitnessed(files) == 0


def test_while_a_key_changes_both_count(files: LogFiles) -> None:
    files.publish_keys(f"log {LOG.vkey}\nlog {NEXT.vkey}\n".encode())
    files.keep_cosigned(note_of(512, key=NEXT, seen_by=2))
    assert made(files) == (512, 3)


@pytest.mark.parametrize(
    ("step", "instead", "scene"),
    [
        ("logs=_signing(files)", "logs=_every(files)", "by a key that has ended"),
        ("== Compared.SAME else None", "!= Compared.DAMAGED else None", "of another history"),
        ("    except Refused:\n", "    except ZeroDivisionError:\n", "half"),
    ],
)
def test_control_without_its_guard_it_would_be_used(files: LogFiles, step: str, instead: str, scene: str) -> None:
    careless = variant(proving, step, instead)
    vars(careless)["_every"] = lambda _: [LOG.verifier, NEXT.verifier, OTHER_LOG.verifier]
    files.keep_cosigned(UNUSABLE[scene]())
    assert made(files) == (600, 1)
    with suppress(Refused):  # or it fails, where the other one would have been given
        assert made(files, careless) != (600, 1)
