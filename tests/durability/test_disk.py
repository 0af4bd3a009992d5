# SPDX-License-Identifier: EUPL-1.2
"""The model of a disk: what was synced is there after every cut, and of everything else any part may be missing."""

from pathlib import Path
from random import Random

import pytest

from tests.durability import cutting
from tests.durability.disk import CREATED, EMPTIED, HEAD, Disk, Kind, Step, Way, parts, read_journal
from tests.durability.disk import Change as Written

pytestmark = [pytest.mark.prove, pytest.mark.once]
FOLDER, FILE = 1, 2
LONG = bytes(range(256)) * 16


def step(kind: Kind, name: str = "", *, file: int = FILE, at: int = 0, data: bytes = b"") -> Step:
    return Step(kind, tuple(name.split("\n")), file, at, data)


def synced(file: int, ticket: int = 7) -> list[Step]:
    return [step(Kind.SYNC_BEGINS, file=file, at=ticket), step(Kind.SYNC_ENDS, file=file, at=ticket)]


def opened(name: str, *, file: int = FILE, how: int = CREATED) -> list[Step]:
    return [step(Kind.OPEN, name, file=file, at=how)]


def played(beginning: Path, *steps: list[Step]) -> Disk:
    disk = Disk(beginning)
    disk.play(step(Kind.OPEN, "", file=FOLDER))
    for each in (one for some in steps for one in some):
        disk.play(each)
    return disk


def possible(disk: Disk, name: str) -> set[bytes | None]:
    """What the name may hold after a cut, by many tries of every way."""
    return {disk.after_cut(way, Random(n)).get(name) for way in Way for n in range(30)}


def test_what_is_synced_with_its_name_is_sure(tmp_path: Path) -> None:
    disk = played(
        tmp_path, opened("a"), [step(Kind.WRITE, data=LONG)], synced(FILE), synced(FOLDER, 8)
    )  # fmt: skip
    assert possible(disk, "a") == {LONG}


def test_a_file_without_a_synced_name_may_be_gone(tmp_path: Path) -> None:
    disk = played(tmp_path, opened("a"), [step(Kind.WRITE, data=LONG)], synced(FILE))
    assert possible(disk, "a") == {LONG, None}


def test_a_name_without_synced_bytes_may_be_empty_or_torn(tmp_path: Path) -> None:
    disk = played(tmp_path, opened("a"), synced(FOLDER), [step(Kind.WRITE, data=LONG)])
    found = possible(disk, "a")
    assert {b"", LONG} <= found
    assert any(content and LONG[:512] != content[:512] for content in found)
    assert None not in found


def test_a_write_during_a_sync_is_not_sure(tmp_path: Path) -> None:
    begins, ends = synced(FILE)
    disk = played(
        tmp_path, opened("a"), synced(FOLDER, 8), [begins, step(Kind.WRITE, data=b"late"), ends]
    )  # fmt: skip
    assert b"" in possible(disk, "a")


def test_of_two_writes_to_one_place_the_later_one_wins_or_is_lost(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"000")
    disk = played(
        tmp_path, opened("a", how=0), [step(Kind.WRITE, data=b"111"), step(Kind.WRITE, data=b"222")]
    )  # fmt: skip
    assert possible(disk, "a") == {b"000", b"111", b"222"}


def test_a_rename_without_sync_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    steps = [*opened("b"), step(Kind.WRITE, data=b"new"), *synced(FILE), step(Kind.RENAME, "b\na")]
    assert possible(played(tmp_path, steps), "a") == {b"old", b"new"}
    assert possible(played(tmp_path, steps, synced(FOLDER, 8)), "a") == {b"new"}


def test_a_file_in_a_folder_whose_name_is_lost_is_lost(tmp_path: Path) -> None:
    steps = [step(Kind.MAKE_FOLDER, "f"), *opened("f", file=3, how=0), *opened("f/a"), step(Kind.WRITE, data=b"x")]
    disk = played(tmp_path, steps, synced(FILE), synced(3, 8))
    assert possible(disk, "f/a") == {b"x", None}
    assert possible(played(tmp_path, steps, synced(FILE), synced(3, 8), synced(FOLDER, 9)), "f/a") == {b"x"}


def test_removed_and_emptied_files_may_be_there_as_before(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    assert possible(played(tmp_path, [step(Kind.UNLINK, "a")]), "a") == {b"old", None}
    assert possible(played(tmp_path, opened("a", how=EMPTIED)), "a") == {b"old", b""}


def test_a_file_with_the_number_of_a_removed_one_is_another(tmp_path: Path) -> None:
    disk = played(
        tmp_path, opened("a"), [step(Kind.WRITE, data=b"1"), step(Kind.UNLINK, "a")], opened("b"),
        [step(Kind.WRITE, data=b"2")],
    )  # fmt: skip
    assert disk.now() == {"b": b"2"}


def test_pieces_end_where_sectors_do() -> None:
    assert [(at, len(data or b"")) for at, data in parts(Written(1, 500, bytes(600)), 512)] == [
        (500, 12), (512, 512), (1024, 76),
    ]  # fmt: skip


def test_a_journal_that_was_cut_itself_is_read_to_its_last_whole_record(tmp_path: Path) -> None:
    whole = HEAD.pack(ord("W"), 0, FILE, 5, 3) + b"abc"
    (tmp_path / "journal").write_bytes(whole + HEAD.pack(ord("U"), 1, 0, 0, 0)[:10])
    assert read_journal(tmp_path / "journal") == [Step(Kind.WRITE, ("",), FILE, 5, b"abc")]


def test_without_a_compiler_it_is_said_loudly_or_fails_where_one_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "COMPILER", None)
    monkeypatch.setenv("MELAYANI_REQUIRE", "")
    with pytest.raises(pytest.skip.Exception, match="NO POWER CUTS"):
        cutting.watcher(tmp_path)
    monkeypatch.setenv("MELAYANI_REQUIRE", "postgres,compiler")
    with pytest.raises(pytest.fail.Exception, match="NO POWER CUTS"):
        cutting.watcher(tmp_path)
