# SPDX-License-Identifier: EUPL-1.2
"""A power cut at any moment loses nothing that was acknowledged, leaves no half case, and the log goes on from there.

The product files, keeps PDFs, stamps and seals above a disk that is watched (`disk.c`); the disk after a cut is then
made from the journal (`disk.py`) and looked at by the product itself (`afterwards.py`). Each promise has a control that
leaves out what keeps it. PostgreSQL's own disk is not ours to prove.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from melayani.ledger import log_files
from melayani.ledger.tiles import TILE_WIDTH, Tile
from tests.durability.cutting import CHECKPOINT, SHARED_MEMORY, Cut, Found, asked, cuts, driven, found_after
from tests.durability.disk import Disk, Way
from tests.ledger.some_keys import variant

pytestmark = [pytest.mark.prove, pytest.mark.once]
SEED = int(os.environ.get("MELAYANI_SEED", "1"))


def told(name: str, found: Found) -> Found:
    """The same, after its figures were printed."""
    print(f"\n{name}, seed {SEED}: {found.said()}")  # noqa: T201  # figures of a long proof
    return found


def test_nothing_acknowledged_is_lost_and_the_log_goes_on(tmp_path: Path) -> None:
    drive = driven(tmp_path, cases=360)
    disk = Disk(drive.beginning)
    for step in drive.steps:
        disk.play(step)
    files = [path for path in drive.end.rglob("*") if path.is_file() and path.name != SHARED_MEMORY]
    # Nothing escaped the journal: played to its end it is the folder as the product left it, byte for byte.
    assert disk.now() == {path.relative_to(drive.end).as_posix(): path.read_bytes() for path in files}
    found = told("power cuts", found_after(drive, tmp_path, count=120, rng=Random(SEED)))
    assert found.faults == []
    assert not found.refused
    assert found.acknowledged > 100 * found.cuts


def test_the_control_without_full_sync_loses_cases_and_the_signer_refuses(tmp_path: Path) -> None:
    """SQLite's synchronous=NORMAL. The signer then stands behind what it published, notices, and signs nothing.

    A signer that does not ask what it remembers outside the database signs a second truth.
    """
    drive = driven(tmp_path, "normal", cases=150)
    found = told("power cuts with synchronous=NORMAL", found_after(drive, tmp_path, count=40, rng=Random(SEED)))
    assert found.cuts_with["lost"] > 10
    assert set(found.cuts_with) == {"lost"}
    assert set(found.refused) == {"seal_behind"}
    ways = (Way.NOTHING, Way.SECTORS)
    forgetful = found_after(drive, tmp_path, "forgetful", count=12, rng=Random(SEED), ways=ways)
    assert told("power cuts with a forgetful signer", forgetful).cuts_with["fork"] > 3


def test_the_control_files_of_the_log_that_are_not_synced(tmp_path: Path) -> None:
    """The database remembers a tree whose files are not whole: nothing can be signed any more."""
    found = told("log files not synced", lost_files(tmp_path, "unsynced-tiles"))
    assert found.refused.total() > 3


def test_the_control_names_of_the_log_that_are_not_synced(tmp_path: Path) -> None:
    """The same with whole files whose names are lost."""
    found = told("names of log files not synced", lost_files(tmp_path, "unsynced-names"))
    assert found.refused.total() > 3


def test_the_control_files_of_citizens_that_are_not_synced(tmp_path: Path) -> None:
    found = told("PDFs not synced", lost_files(tmp_path, "unsynced-photos"))
    assert found.cuts_with["lost"] > 3
    assert all("the PDF of" in fault for fault in found.faults)


def lost_files(tmp_path: Path, how: str) -> Found:
    return found_after(driven(tmp_path, how, cases=60), tmp_path, count=12, rng=Random(SEED))


# What a cut leaves lying about


@pytest.mark.parametrize("cleared", [True, False], ids=["ours", "control"])
def test_a_draft_that_a_cut_left_does_not_stop_the_signer(cleared: bool, tmp_path: Path) -> None:
    """Found by these cuts: the folder of partial tiles could not be removed. The control does not clear it."""
    ours = "                    draft.unlink()"
    module = log_files if cleared else variant(log_files, ours, ours.replace("draft.unlink()", "pass"))
    files = module.LogFiles(tmp_path)
    files.write({Tile(0, 0, 5): bytes(5 * 32), Tile(0, 0, TILE_WIDTH): bytes(TILE_WIDTH * 32)})
    folder = (tmp_path / Tile(0, 0, 5).path).parent
    (folder / ".6.new").write_bytes(b"half")
    with nullcontext() if cleared else pytest.raises(OSError, match="not empty"):
        files.forget_partial([Tile(0, 0, TILE_WIDTH)])
    assert folder.exists() is not cleared


# Every sort of damage is seen

# What is done to one case of a sound database, and the sort of fault that must be told.
SPOILED = {
    "a whole case is gone": (
        (
            "DELETE FROM cases_casetext WHERE event_id = {event}",
            "DELETE FROM cases_vault WHERE case_id = {case}",
            "DELETE FROM cases_submission WHERE case_id = {case}",
            "DELETE FROM cases_event WHERE case_id = {case}",
            "DELETE FROM cases_case WHERE id = {case}",
        ),
        "lost",
    ),
    "the vault is gone": (("DELETE FROM cases_vault WHERE case_id = {case}",), "half"),
    "the key of the case is gone": (("UPDATE cases_vault SET wrapped_key = NULL WHERE case_id = {case}",), "half"),
    "the text is gone": (("DELETE FROM cases_casetext WHERE event_id = {event}",), "half"),
    "the token is gone": (("DELETE FROM cases_submission WHERE case_id = {case}",), "half"),
    "the filing is gone": (
        (
            "DELETE FROM cases_casetext WHERE event_id = {event}",
            "DELETE FROM cases_event WHERE case_id = {case}",
        ),
        "half",
    ),
    "the entry is gone": (("DELETE FROM ledger_entry WHERE id = {event}",), "database"),
    "another key": (("UPDATE cases_case SET key_hash = zeroblob(32) WHERE id = {case}",), "lost"),
    "another text": (
        (
            "UPDATE cases_casetext SET sealed = (SELECT sealed FROM cases_casetext WHERE event_id <> "
            "{event} LIMIT 1) WHERE event_id = {event}",
        ),
        "half",
    ),
    "another act": (("UPDATE cases_event SET data = json_set(data, '$.days', 1) WHERE case_id = {case}",), "half"),
    "another leaf": (
        ("UPDATE ledger_entry SET leaf = CAST(replace(leaf, 'case', 'kasu') AS BLOB) WHERE id = {event}",),
        "fork",
    ),
    "a position too many": (("UPDATE ledger_entry SET position = position + 100000 WHERE id = {event}",), "numbers"),
    "a leaf index less": (("UPDATE ledger_entry SET leaf_index = NULL WHERE id = {event}",), "numbers"),
}


def spoiling(statements: Sequence[str], number: str) -> list[str]:
    """The statements about the case with this number, whose ids are looked up before anything is gone."""
    case = f"(SELECT id FROM cases_case WHERE number = '{number}')"  # noqa: S608  # a number of our own
    event = f"(SELECT id FROM ledger_entry WHERE stream = (SELECT stream FROM cases_case WHERE number = '{number}'))"  # noqa: S608  # as above
    return [statement.format(case=case, event=event) for statement in statements]


def without(name: str) -> Callable[[Cut], Cut]:
    """All files with this in their name are gone."""

    def change(cut: Cut) -> Cut:
        left = {file: content for file, content in cut.left.items() if name not in file}
        assert len(left) < len(cut.left)
        return replace(cut, left=left)

    return change


def turned(name: str, at: int, *, each: int = 1_000_000) -> Callable[[Cut], Cut]:
    """A byte of every file with this in its name is another, and so is one `each` so many bytes after it."""

    def change(cut: Cut) -> Cut:
        left = dict(cut.left)
        for file in (file for file in cut.left if name in file):
            content = bytearray(left[file])
            for place in range(at, len(content), each):
                content[place] ^= 255
            left[file] = bytes(content)
        return replace(cut, left=left)

    return change


def another_truth(cut: Cut) -> Cut:
    """Others have read a checkpoint with another root."""
    origin, size, root, *rest = cut.published[-1].decode().split("\n")
    wrong = "A" * 43 + "="
    assert root != wrong
    return replace(cut, published=[*cut.published, "\n".join([origin, size, wrong, *rest]).encode()])


HARMED: dict[str, tuple[Callable[[Cut], Cut], str]] = {
    "no memory of what was signed": (without("signed.json"), "seal_memory"),
    "a tile is gone": (without("ledger/tile/0"), "seal_tiles"),
    "a tile is another": (turned("ledger/tile/0", 5), "seal_root"),
    "a PDF is gone": (without("files/"), "lost"),
    "a PDF is another": (turned("files/", 50), "lost"),
    "pages of the database": (turned("melayani.sqlite3", 4096, each=4096), "database"),
    "a second truth": (another_truth, "fork"),
}


def test_the_control_every_sort_of_damage_is_seen(tmp_path: Path) -> None:
    drive = driven(tmp_path, cases=40)
    whole = after_everything(list(cuts(drive, count=60, rng=Random(SEED), ways=[Way.EVERYTHING])))
    number = whole.acknowledged[2][0]
    missed = {}
    with asked(drive, tmp_path) as somebody:
        sound = somebody.about(whole)
        assert (sound["faults"], sound["refused"]) == ([], "")
        for name, (statements, sort) in SPOILED.items():
            answer = somebody.about(whole, spoil=spoiling(statements, number))
            if sort not in sorts(answer["faults"]):
                missed[name] = answer
        for name, (harm, sort) in HARMED.items():
            answer = somebody.about(harm(whole))
            if sort not in (*sorts(answer["faults"]), answer["refused"]):
                missed[name] = answer
    assert missed == {}


def sorts(faults: list[str]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults}


def after_everything(some: list[Cut]) -> Cut:
    """The last cut of all, with checkpoints published before it."""
    assert some[-1].published
    assert CHECKPOINT in some[-1].left
    return some[-1]
