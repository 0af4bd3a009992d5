# SPDX-License-Identifier: EUPL-1.2
"""Tiles and entry bundles: the tree as files that never change, their paths, and reading hashes out of them. Pure.

Source: C2SP tlog-tiles. A tile of level L holds up to 256 joined hashes, each the root of a complete subtree of 256^L
leaves; only the rightmost of a level is partial. A bundle holds the entries below a tile of level 0, each after its
length as uint16, big-endian. Where the files lie, and how they get there durably, is for others to say.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from melayani.ground.errors import Refused
from melayani.ledger.encodings import HASH_BYTES, is_number, read_decimal
from melayani.ledger.merkle import HashAt
from melayani.ledger.tree import next_level

TILE_HEIGHT = 8
TILE_WIDTH = 256
# The level by which `Tile` names a bundle of entries instead of hashes.
ENTRIES = -1
MOST_LEVEL = 63
MOST_ENTRY_BYTES = 2**16 - 1
# 256 tiles with all their inner hashes take 4 MB.
KEPT_TILES = 256
_LENGTH_BYTES = 2
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


class TilesRefused(Refused):
    """The path names no tile, or a tile or bundle has not the form or length that its name says."""


@dataclass(frozen=True, order=True)
class Tile:
    """The name of a tile: `level` (`ENTRIES` for a bundle), `index` in the level, `width` in hashes (1 to 256)."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the prefix of the log: `tile/0/x001/x234/067`, and `.p/W` for a partial one."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> Tile:
    """The tile that `path` names. Raises `TilesRefused` unless it is spelled exactly as `Tile.path` spells it."""
    found = _PATH.fullmatch(path) if isinstance(path, str) and len(path) <= 80 else None
    if found is None:
        raise TilesRefused("tile_path", "Alamat ini bukan alamat ubin buku besar.")
    index = int(found[2].replace("x", "").replace("/", ""))
    level = ENTRIES if found[1] == "entries" else read_decimal(found[1])
    width = TILE_WIDTH if found[3] is None else read_decimal(found[3])
    known = level is not None and level <= MOST_LEVEL and width is not None and is_number(index)
    tile = Tile(level=level or 0, index=index, width=width or 0) if known else None
    # One tile, one path: leading zero groups, `.p/256` and `.p/0` are other spellings.
    if tile is None or tile.path != path or not 1 <= tile.width <= TILE_WIDTH:
        raise TilesRefused("tile_path", "Alamat ini bukan alamat ubin buku besar.")
    return tile


def tiles_between(old: int, new: int) -> list[Tile]:
    """The tiles to write when a tree grows from `old` to `new` leaves, level by level from the leaves up.

    Full tiles that were there before are not among them; the rightmost of a level, in the width of the new size, is.
    A later size makes partial tiles of earlier ones useless, not wrong.
    """
    tiles: list[Tile] = []
    for level in range(MOST_LEVEL + 1):
        below, reached = old >> (TILE_HEIGHT * level), new >> (TILE_HEIGHT * level)
        if reached == below:
            break
        tiles.extend(_tiles_of_level(level, below, reached))
    return tiles


def bundles_between(old: int, new: int) -> list[Tile]:
    """The entry bundles to write when a log grows from `old` to `new` entries; as `tiles_between`."""
    return list(_tiles_of_level(ENTRIES, old, new))


def _tiles_of_level(level: int, old: int, new: int) -> Iterator[Tile]:
    if new <= old:
        return
    for index in range(old // TILE_WIDTH, new // TILE_WIDTH):
        yield Tile(level=level, index=index)
    if new % TILE_WIDTH:
        yield Tile(level=level, index=new // TILE_WIDTH, width=new % TILE_WIDTH)


def tile_in(*, size: int, level: int, index: int) -> Tile:
    """Tile `index` of `level` as wide as it is in a tree of `size` leaves. Raises `TilesRefused` if it is not there."""
    width = min((size >> (TILE_HEIGHT * max(level, 0))) - index * TILE_WIDTH, TILE_WIDTH)
    if width < 1:
        raise TilesRefused("tile_absent", "Buku besar belum sampai di ubin ini.")
    return Tile(level=level, index=index, width=width)


def build_tile(tile: Tile, *, hash_at: HashAt) -> bytes:
    """The bytes of a tile of hashes, `width` times 32, from the roots of complete subtrees."""
    first, level = tile.index * TILE_WIDTH, tile.level * TILE_HEIGHT
    return b"".join([hash_at(level, index) for index in range(first, first + tile.width)])


def read_tile(content: bytes, *, tile: Tile) -> list[bytes]:
    """The hashes of a tile. Raises `TilesRefused` when the length is not that of its width."""
    _check_length(content, tile)
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def build_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle of 1 to 256 entries. Raises `TilesRefused` for more, or an entry over 65,535 bytes."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(entry) > MOST_ENTRY_BYTES for entry in entries):
        raise TilesRefused("bundle_form", "Berkas catatan buku besar ini tidak utuh.")
    return b"".join([len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries])


def read_bundle(content: bytes, *, width: int) -> list[bytes]:
    """The `width` entries of a bundle. Raises `TilesRefused` when it holds fewer or more, or ends within one."""
    entries: list[bytes] = []
    at = 0
    while at < len(content) and len(entries) < width:
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "big")
        entries.append(content[start:at])
    if at != len(content) or len(entries) != width:
        raise TilesRefused("bundle_form", "Berkas catatan buku besar ini tidak utuh.")
    return entries


class TileHashes:
    """The hashes of a tree of `size` leaves, read through its tiles: `hash_at` is what proofs ask for.

    `fetch` gives the bytes of a tile. A tile is hashed up once when it is first needed and kept with its inner hashes
    (the last `KEPT_TILES` of them), so that proofs over known tiles only cut slices. Tiles are believed as they are:
    a proof made from wrong ones does not verify.
    """

    def __init__(self, *, size: int, fetch: Callable[[Tile], bytes], kept: int = KEPT_TILES) -> None:
        self.size = size
        self._fetch = fetch
        self._kept = kept
        self._tiles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def hash_at(self, level: int, index: int) -> bytes:
        """The root of the complete subtree `index` of 2^level leaves. Raises `TilesRefused` when it is not there."""
        tile_level, inner = divmod(level, TILE_HEIGHT)
        tile_index = index >> (TILE_HEIGHT - inner)
        levels = self._tiles.get((tile_level, tile_index))
        if levels is None:
            levels = self._read(tile_level, tile_index)
        start = (index - (tile_index << (TILE_HEIGHT - inner))) * HASH_BYTES
        found = levels[inner][start : start + HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise TilesRefused("tile_absent", "Buku besar belum sampai di ubin ini.")
        return found

    def _read(self, level: int, index: int) -> list[bytes]:
        tile = tile_in(size=self.size, level=level, index=index)
        content = self._fetch(tile)
        _check_length(content, tile)
        levels = [content]
        for _ in range(1, TILE_HEIGHT):
            levels.append(next_level(levels[-1]))
        self._tiles[level, index] = levels
        if len(self._tiles) > self._kept:
            self._tiles.popitem(last=False)
        return levels


def _check_length(content: bytes, tile: Tile) -> None:
    if len(content) != tile.width * HASH_BYTES:
        raise TilesRefused("tile_length", "Ubin buku besar ini tidak utuh.")
