# SPDX-License-Identifier: EUPL-1.2
"""How the files of the log grow by new leaves: full tiles climb a level, the rightmost ones stay partial.

Source: C2SP tlog-tiles. What is written depends only on the entries and on the files that are there, so a growth that
was cut off is simply done again.
"""

from collections.abc import Iterator, Sequence

from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.tiles import ENTRIES, TILE_HEIGHT, TILE_WIDTH, Tile, build_bundle, read_bundle, tile_in
from melayani.ledger.tree import tree_root

HASH_BYTES = 32


def grown(files: LogFiles, *, old: int, entries: Sequence[bytes]) -> dict[Tile, bytes]:
    """The tiles and bundles to write when the log of `old` leaves gets `entries` more, in order; nothing is written.

    Raises `TilesRefused` when a partial tile of the old size is not there.
    """
    tiles: dict[Tile, bytes] = {}
    if not entries:
        return tiles
    before = old % TILE_WIDTH
    known: list[bytes] = []
    if before:
        content = files.read(tile_in(size=old, level=ENTRIES, index=old // TILE_WIDTH))
        known = read_bundle(content, width=before)
    for tile, some in _chunks(ENTRIES, old, [*known, *entries]):
        tiles[tile] = build_bundle(some)
    hashes, level, reached = [leaf_hash(entry) for entry in entries], 0, old
    while hashes:
        hashes = _one_level(files, tiles, level=level, reached=reached, hashes=hashes)
        level, reached = level + 1, reached >> TILE_HEIGHT
    return tiles


def _one_level(
    files: LogFiles, tiles: dict[Tile, bytes], *, level: int, reached: int, hashes: Sequence[bytes]
) -> list[bytes]:
    """The tiles of one level are among `tiles`; answers the hashes that this adds to the level above."""
    known = b""
    if reached % TILE_WIDTH:
        known = files.read(Tile(level=level, index=reached // TILE_WIDTH, width=reached % TILE_WIDTH))
    there = [known[at : at + HASH_BYTES] for at in range(0, len(known), HASH_BYTES)]
    above: list[bytes] = []
    for tile, some in _chunks(level, reached, [*there, *hashes]):
        tiles[tile] = b"".join(some)
        if tile.width == TILE_WIDTH:
            above.append(tree_root(some))
    return above


def _chunks(level: int, reached: int, items: Sequence[bytes]) -> Iterator[tuple[Tile, Sequence[bytes]]]:
    """The items from the tile on in which number `reached` lies, tile by tile."""
    index = reached // TILE_WIDTH
    for start in range(0, len(items), TILE_WIDTH):
        some = items[start : start + TILE_WIDTH]
        yield Tile(level=level, index=index + start // TILE_WIDTH, width=len(some)), some
