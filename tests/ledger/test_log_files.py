# SPDX-License-Identifier: EUPL-1.2
"""The files of the log: how they grow, that a partial tile is served until the full one is there, and durability."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ledger import growing
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import leaf_hash, root_at
from melayani.ledger.tiles import ENTRIES, Tile, TilesRefused, bundles_between, read_bundle, tile_in, tiles_between
from melayani.ledger.tree import Tree
from tests.ledger.some_keys import variant


def entry(number: int) -> bytes:
    return f"entry {number}".encode()


def grow(files: LogFiles, *, old: int, new: int) -> dict[Tile, bytes]:
    tiles = grown(files, old=old, entries=[entry(number) for number in range(old, new)])
    files.write(tiles)
    files.forget_partial(tiles)
    return tiles


def root_of(size: int) -> bytes:
    return Tree([leaf_hash(entry(number)) for number in range(size)]).root()


@pytest.mark.parametrize(
    "sizes",
    [(1,), (255, 256, 257), (256, 512), (1, 2, 3, 300, 301, 513), (255 + 256, 1000), (65_535, 65_536, 65_537)],
    ids=str,
)
def test_the_tree_is_that_of_its_leaves_after_every_growth(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    files, old = LogFiles(tmp_path), 0
    for size in sizes:
        tiles = grow(files, old=old, new=size)
        assert set(tiles) == {*tiles_between(old, size), *bundles_between(old, size)}
        assert root_at(size=size, hash_at=files.hashes(size).hash_at) == root_of(size)
        old = size
    bundle = tile_in(size=old, level=ENTRIES, index=(old - 1) // 256)
    assert read_bundle(files.read(bundle), width=bundle.width)[-1] == entry(old - 1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=600), min_size=1, max_size=6))
def test_however_it_grows(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    files, size = LogFiles(tmp_path_factory.mktemp("log")), 0
    for step in steps:
        grow(files, old=size, new=size + step)
        size += step
    assert root_at(size=size, hash_at=files.hashes(size).hash_at) == root_of(size)
    # Every file that is there belongs to the present size: nothing narrower is left lying.
    there = {str(path.relative_to(files.folder)) for path in files.folder.rglob("*") if path.is_file()}
    assert there == {tile.path for tile in (*tiles_between(0, size), *bundles_between(0, size))}


def test_control_a_growth_that_forgets_the_partial_tile_has_another_root(tmp_path: Path) -> None:
    broken = variant(growing, "[*there, *hashes]", "[*hashes]")
    files = LogFiles(tmp_path)
    grow(files, old=0, new=3)
    files.write(broken.grown(files, old=3, entries=[entry(n) for n in range(3, 300)]))
    with pytest.raises(TilesRefused):
        root_at(size=300, hash_at=files.hashes(300).hash_at)


def test_a_growth_that_was_cut_off_is_done_again_with_other_entries(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    grow(files, old=0, new=250)
    files.write(grown(files, old=250, entries=[b"never told to anybody"] * 20))
    grow(files, old=250, new=280)
    assert root_at(size=280, hash_at=files.hashes(280).hash_at) == root_of(280)


def test_partial_tiles_of_earlier_sizes_are_cut_from_what_is_there(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    grow(files, old=0, new=7)
    narrow, narrow_bundle = Tile(0, 0, 7), Tile(ENTRIES, 0, 7)
    before = files.read(narrow), files.read(narrow_bundle)
    for old, new in ((7, 100), (100, 400)):
        grow(files, old=old, new=new)
        assert not (tmp_path / narrow.path).exists()
        assert (files.read(narrow), files.read(narrow_bundle)) == before
    with pytest.raises(TilesRefused):
        files.read(Tile(0, 1, 200))
    with pytest.raises(TilesRefused):
        files.read(Tile(3, 0, 1))


def test_every_file_and_folder_is_synced_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contents first, then names, then the folders: in this order a power cut leaves old or new."""
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        done.append("folder" if name.is_dir() else "file")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(self, target)

    files = LogFiles(tmp_path)
    (tmp_path / "tile/0").mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    files.write({Tile(0, 0): b"x" * 8192, Tile(0, 1): b"y" * 8192})
    assert done == ["file", "file", "rename", "rename", "folder"]


def test_what_was_signed_is_remembered_word_for_word(tmp_path: Path) -> None:
    files = LogFiles(tmp_path / "log")
    assert (files.signed(), files.published(), files.keys(), files.refusal()) == (None, None, None, "")
    signed = Signed(note="o\n1\nx\n\n— o eA==\n".encode(), size=1, root=bytes(32), signed_at=5)
    files.remember(signed)
    files.publish(signed.note)
    files.publish_keys(b"log x\n")
    assert (files.signed(), files.published(), files.keys()) == (signed, signed.note, b"log x\n")
    files.tell_refusal("seal_clock")
    assert LogFiles(tmp_path / "log").refusal() == "seal_clock"
    files.tell_refusal("")
    assert files.refusal() == ""
