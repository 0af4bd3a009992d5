# SPDX-License-Identifier: EUPL-1.2
"""Tiles: known answers, one path for one tile, nothing missing or doubled as a tree grows, proofs out of tiles."""

import random
from collections import Counter
from functools import cache
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from melayani.ground.errors import Refused
from melayani.ledger import tiles as tiles_module
from melayani.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion
from melayani.ledger.tiles import (
    ENTRIES,
    Tile,
    TileHashes,
    TilesRefused,
    build_bundle,
    build_tile,
    bundles_between,
    parse_tile_path,
    read_bundle,
    read_tile,
    tile_in,
    tiles_between,
)
from melayani.ledger.tree import Tree, tree_root
from tests.ledger.some_keys import variant

SIZE = 70_000


@cache
def big() -> Tree:
    return Tree(leaf_hash(str(n).encode()) for n in range(SIZE))


def fetch(tile: Tile) -> bytes:
    return build_tile(tile, hash_at=big().hash_at)


# Known answers


def test_the_known_answer_for_a_size_of_seventy_thousand() -> None:
    tiles = tiles_between(0, SIZE)
    assert Counter((tile.level, tile.width) for tile in tiles) == {
        (0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1,
    }  # fmt: skip
    assert len(bundles_between(0, SIZE)) == 274
    assert tiles_between(0, 256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert tiles_between(0, 0) == []
    assert len(fetch(Tile(0, 0))) == 8_192


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(3, 1_000, 7), "tile/3/x001/000.p/7"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(ENTRIES, 123_456_789), "tile/entries/x123/x456/789"),
        (Tile(63, 999, 255), "tile/63/999.p/255"),
        (Tile(0, 2**63 - 1), "tile/0/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_known_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_tile_path(path) == tile


BAD_PATHS = [
    "", "tile", "tile/0", "tile/0/", "tile/0/1", "tile/0/01", "tile/0/0001", "tile/00/001", "tile/64/001",
    "tile/-1/001",
    "tile/0/x000/001", "tile/0/x000/x001/000", "tile/0/001/x002", "tile/0/001/002", "tile/0/x001", "tile/0/x001/x002",
    "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/001.p/", "tile/0/001.p", "tile/0/001.p/1/",
    "/tile/0/001",
    "tile/0/001/", "tile/0/001\n", "tile/0/\u0660\u0660\u0661", "tile/data/001", "tile/0/../0/001", "tile/0/x001//002",
    "tile/8/0/001", "tile/0/x010/x223/x372/x036/x854/x775/808", "tile/0/" + "x001/" * 10_000_000 + "001", "tile/99/001",
    "tile/entries/x000/000", "tile/ENTRIES/001", "tile/0/001.p/999", "tile/0/001.p/0256", "tile/0/001.P/5",
    "tile/0/X001/002",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS, ids=range(len(BAD_PATHS)))
def test_what_is_no_path_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(TilesRefused):
        parse_tile_path(path)


@given(st.integers(ENTRIES, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
@settings(max_examples=60)
def test_paths_round_trip(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_tile_path(tile.path) == tile


@given(st.text(alphabet="tile/entris0123456789xp.", max_size=30).map("tile/".__add__))
def test_a_path_that_is_read_is_spelled_the_same(path: str) -> None:
    try:
        tile = parse_tile_path(path)
    except TilesRefused:
        return
    assert tile.path == path


# Growing

EDGES = sorted(
    {0, *(256**k + d for k in (1, 2) for d in (-1, 0, 1)), *(2**k + d for k in range(1, 17) for d in (-1, 0, 1)), SIZE}
)


@given(st.integers(0, SIZE), st.integers(0, SIZE))
@example(255, 256)
@example(256, 257)
@example(65_535, 65_536)
@example(65_536, 65_537)
@settings(deadline=None, max_examples=60)
def test_growing_in_two_steps_leaves_nothing_out(one: int, other: int) -> None:
    old, new = sorted((one, other))
    for between in (tiles_between, bundles_between):
        whole, first, then = between(0, new), between(0, old), between(old, new)
        # Every tile of the new size is written by the step that reaches it, or was full before.
        assert set(whole) <= set(first) | set(then)
        assert set(then) <= set(whole)
        assert not set(then) & {tile for tile in first if tile.width == 256}
        assert len(then) == len(set(then))
        assert (then == []) == (old == new)


@pytest.mark.parametrize("size", EDGES)
def test_the_tiles_of_a_size_are_exactly_those_it_has(size: int) -> None:
    tiles = tiles_between(0, size)
    for level in range(4):
        assert sum(tile.width for tile in tiles if tile.level == level) == size >> 8 * level
    assert all(tile == tile_in(size=size, level=tile.level, index=tile.index) for tile in tiles)
    for level in (ENTRIES, 0, 1, 2):
        with pytest.raises(TilesRefused):
            tile_in(size=size, level=level, index=((size >> 8 * max(level, 0)) + 255) // 256)


# Hashes through tiles


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, SIZE])
def test_proofs_out_of_tiles_are_those_of_the_tree(size: int) -> None:
    hashes = TileHashes(size=size, fetch=fetch)
    root = big().root(size)
    chosen = random.Random(size)
    for index in {0, size - 1, size // 2, *(chosen.randrange(size) for _ in range(5))}:
        proof = inclusion_proof(index=index, size=size, hash_at=hashes.hash_at)
        assert proof == big().inclusion_proof(index=index, size=size)
        verify_inclusion(leaf_hash=hashes.hash_at(0, index), index=index, size=size, proof=proof, root=root)
        old = consistency_proof(size1=index + 1, size2=size, hash_at=hashes.hash_at)
        verify_consistency(size1=index + 1, root1=big().root(index + 1), size2=size, root2=root, proof=old)


def test_a_tile_is_fetched_once_and_few_are_kept() -> None:
    fetched: list[Tile] = []

    def counted(tile: Tile) -> bytes:
        fetched.append(tile)
        return fetch(tile)

    hashes = TileHashes(size=SIZE, fetch=counted, kept=2)
    for _ in range(3):
        inclusion_proof(index=5, size=200, hash_at=hashes.hash_at)
    assert fetched == [Tile(0, 0)]
    for index in (0, 256, 512, 0):
        hashes.hash_at(0, index)
    assert fetched == [Tile(0, 0), Tile(0, 1), Tile(0, 2), Tile(0, 0)]
    assert len(hashes._tiles) == 2


@pytest.mark.parametrize(("level", "index"), [(0, SIZE), (1, SIZE // 2), (8, 273), (16, 1), (17, 0), (24, 0), (7, 546)])
def test_a_hash_that_is_not_there_is_refused(level: int, index: int) -> None:
    with pytest.raises(TilesRefused):
        TileHashes(size=SIZE, fetch=fetch).hash_at(level, index)


def test_a_tile_of_another_length_is_refused() -> None:
    for content in (b"", bytes(31), fetch(Tile(0, 0))[:-1], fetch(Tile(0, 0)) + b"x", fetch(Tile(0, 0))[32:]):
        with pytest.raises(TilesRefused):
            read_tile(content, tile=Tile(0, 0))
        with pytest.raises(TilesRefused):
            TileHashes(size=SIZE, fetch={Tile(0, 0): content}.__getitem__).hash_at(0, 0)
    assert tree_root(read_tile(fetch(Tile(0, 3)), tile=Tile(0, 3))) == read_tile(fetch(Tile(1, 0)), tile=Tile(1, 0))[3]


# Bundles


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
@example([b""])
@example([b"x" * 65_535])
@settings(deadline=None, max_examples=40)
def test_bundles_round_trip_and_keep_their_length(entries: list[bytes]) -> None:
    bundle = build_bundle(entries)
    assert read_bundle(bundle, width=len(entries)) == entries
    for wrong in (bundle[:-1], bundle + b"\x00", bundle + b"\x00\x00", b"", b"\x00"):
        if wrong != bundle:
            with pytest.raises(TilesRefused):
                read_bundle(wrong, width=len(entries))
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(TilesRefused):
            read_bundle(bundle, width=width)


def test_a_known_bundle() -> None:
    assert build_bundle([b"ab", b"", b"c" * 258]) == b"\x00\x02ab\x00\x00\x01\x02" + b"c" * 258


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"x" * 65_536]])
def test_what_is_no_bundle_is_not_written(entries: list[bytes]) -> None:
    with pytest.raises(TilesRefused):
        build_bundle(entries)


# Controls


def misread(module: ModuleType) -> bool:
    """Whether this variant reads a wrong path or bundle, or loses a tile."""
    try:
        for path in BAD_PATHS:
            try:
                module.parse_tile_path(path)
            except Refused:
                continue
            return True
        for content, width in ((b"\x00\x02a", 1), (b"\x00\x01ab", 1), (b"\x00\x01a", 2), (b"\x00\x01a\x00\x01b", 1)):
            try:
                module.read_bundle(content, width=width)
            except Refused:
                continue
            return True
        for old, new in ((0, SIZE), (255, 256), (256, 512), (300, 301), (65_535, 65_537)):
            written = {(t.level, t.index, t.width) for t in module.tiles_between(old, new)}
            if written != {(t.level, t.index, t.width) for t in tiles_between(old, new)}:
                return True
        hashes = module.TileHashes(size=SIZE, fetch=fetch)
        return bool(inclusion_proof(index=300, size=SIZE, hash_at=hashes.hash_at) != big().inclusion_proof(index=300))
    except Exception:  # whatever else is raised is a broken variant
        return True


BROKEN = [
    ("or tile.path != path", "or False"),
    ("level <= MOST_LEVEL and", "True and"),
    ("or not 1 <= tile.width <= TILE_WIDTH:", ":"),
    ("if at != len(content) or len(entries) != width:", "if len(entries) != width:"),
    ("if at != len(content) or len(entries) != width:", "if at != len(content):"),
    ("if reached == below:", "if level == 1:"),
    ("range(old // TILE_WIDTH, new // TILE_WIDTH)", "range(-(-old // TILE_WIDTH), new // TILE_WIDTH)"),
    ("if new % TILE_WIDTH:", "if False:"),
    ("levels[inner][start", "levels[0][start"),
    ("tile_index = index >> (TILE_HEIGHT - inner)", "tile_index = index >> TILE_HEIGHT"),
]


def test_the_whole_room_misreads_nothing() -> None:
    assert not misread(tiles_module)


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_variant_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(tiles_module, step, instead))
