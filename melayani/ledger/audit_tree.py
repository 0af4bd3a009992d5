# SPDX-License-Identifier: EUPL-1.2
"""Auditing the log as a tree: its files against the rows and each other, and the checkpoints held together.

Source: LEDGER "Tiles" and "Sealing". Of each leaf there are three witnesses: its row, its bundle, and its hash in the
tile. The one that two others contradict is named; where all agree on a lie, the signed root does not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint, open_checkpoint
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import folded, leaf_hash, root_at
from melayani.ledger.tiles import ENTRIES, TILE_WIDTH, Tile, TilesRefused, read_bundle, read_tile, tile_in
from melayani.ledger.tree import Frontier, tree_root
from melayani.ledger.vkeys import VerifierKey, parse_vkey

# The names under which differences of the log itself are told: our row, our memory, what is published, the keys.
KEPT_SIZE, KEPT_ROOT, KEPT_NOTE, KEPT_AT = (f"checkpoint.{column}" for column in ("size", "root", "note", "signed_at"))
MEMORY, PUBLISHED, KEYS, ROOT = "signed.json", "checkpoint", "keys", "root"


@dataclass
class _Level:
    """The hashes of a level that have not filled a tile yet, and how many tiles are full."""

    full: int = 0
    hashes: list[bytes] = field(default_factory=list)


class TreeAudit:
    """The tree of `size` leaves from its files, beside the rows that say which leaf is which.

    `wrong_files` are paths of tiles and bundles that do not agree with the others, `wrong_rows` are indexes whose row
    says another leaf, `no_rows` and `twice` indexes that no row, or more than one, has. `root` is that of the leaves.
    """

    def __init__(self, *, files: LogFiles, size: int) -> None:
        self.wrong_files: list[str] = []
        self.wrong_rows: list[int] = []
        self.no_rows: list[int] = []
        self.twice: list[int] = []
        self.root = tree_root(())
        self._files, self._size = files, size
        self._levels: dict[int, _Level] = {}

    def read(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Everything is compared. `rows`: index and leaf, by index; those beyond the tree are not looked at."""
        full = Frontier()
        rest: list[bytes] = []
        waiting = iter(rows)
        ahead = next(waiting, None)
        for number in range(-(-self._size // TILE_WIDTH)):
            known: dict[int, bytes] = {}
            end = min((number + 1) * TILE_WIDTH, self._size)
            while ahead is not None and ahead[0] < end:
                if ahead[0] in known or ahead[0] < number * TILE_WIDTH:
                    self.twice.append(ahead[0])
                known[ahead[0]] = ahead[1]
                ahead = next(waiting, None)
            rest = self._tile(number, known)
            if len(rest) == TILE_WIDTH:
                full.append(tree_root(rest))
                rest = []
        self._finish_levels()
        last = Frontier()
        last.extend(rest)
        self.root = folded([*full.peaks, *last.peaks])

    def _tile(self, number: int, known: Mapping[int, bytes]) -> list[bytes]:
        """The hashes of the leaves below tile `number`: those on which two of row, bundle and tile agree."""
        tile, bundle = (tile_in(size=self._size, level=level, index=number) for level in (0, ENTRIES))
        told, entries = self._hashes(tile), self._entries(bundle)
        hashes: list[bytes] = []
        wrong_tile = wrong_bundle = False
        for place in range(tile.width):
            index = number * TILE_WIDTH + place
            by_row = known.get(index)
            if by_row is None:
                self.no_rows.append(index)
            by_bundle = entries[place] if entries else None
            row_hash = None if by_row is None else leaf_hash(by_row)
            bundle_hash = row_hash if by_bundle == by_row and by_row is not None else _hash_or_none(by_bundle)
            tile_hash = told[place] if told else None
            agreed = _agreed(row_hash, bundle_hash, tile_hash)
            if row_hash is not None and row_hash != agreed:
                self.wrong_rows.append(index)
            wrong_bundle = wrong_bundle or bundle_hash != agreed
            wrong_tile = wrong_tile or tile_hash != agreed
            hashes.append(agreed)
        self.wrong_files += [each.path for each, wrong in ((tile, wrong_tile), (bundle, wrong_bundle)) if wrong]
        if tile.width == TILE_WIDTH:
            self._climb(1, tree_root(hashes))
        return hashes

    def _hashes(self, tile: Tile) -> list[bytes]:
        try:
            return read_tile(self._files.read(tile), tile=tile)
        except TilesRefused:
            return []

    def _entries(self, bundle: Tile) -> list[bytes]:
        try:
            return read_bundle(self._files.read(bundle), width=bundle.width)
        except TilesRefused:
            return []

    def _climb(self, level: int, root: bytes) -> None:
        """A complete subtree of 256^level leaves is done; its root belongs into a tile of this level."""
        edge = self._levels.setdefault(level, _Level())
        edge.hashes.append(root)
        if len(edge.hashes) == TILE_WIDTH:
            self._compare(Tile(level=level, index=edge.full), edge.hashes)
            self._levels[level] = _Level(full=edge.full + 1)
            self._climb(level + 1, tree_root(edge.hashes))

    def _finish_levels(self) -> None:
        for level, edge in self._levels.items():
            if edge.hashes:
                self._compare(Tile(level=level, index=edge.full, width=len(edge.hashes)), edge.hashes)

    def _compare(self, tile: Tile, hashes: Sequence[bytes]) -> None:
        if self._hashes(tile) != list(hashes):
            self.wrong_files.append(tile.path)


def _hash_or_none(entry: bytes | None) -> bytes | None:
    return None if entry is None else leaf_hash(entry)


def _agreed(row: bytes | None, bundle: bytes | None, tile: bytes | None) -> bytes:
    """The hash on which two of three agree; where none do, what is public counts."""
    if row is not None and row in (bundle, tile):
        return row
    return tile or bundle or row or bytes(32)


@dataclass(frozen=True)
class Outside:
    """What is remembered of the log outside the database: our memory (None: none, or `damaged`), what is published."""

    memory: Signed | None
    damaged: bool
    published: bytes | None
    keys: tuple[VerifierKey, ...]


def read_outside(files: LogFiles) -> Outside:
    """What the files of the log say at this moment. Read before the database, they can only be behind it."""
    memory, damaged = None, False
    try:
        memory = files.signed()
    except TilesRefused:
        damaged = True
    return Outside(memory=memory, damaged=damaged, published=files.published(), keys=log_keys(files.keys() or b""))


def log_keys(lines: bytes) -> tuple[VerifierKey, ...]:
    """The keys of the lines `log VKEY`; lines of other purposes, and what cannot be read, are left out."""
    keys = []
    for line in lines.decode(errors="replace").splitlines():
        purpose, _, vkey = line.partition(" ")
        try:
            keys += [parse_vkey(vkey)] if purpose == "log" else []
        except Refused:
            continue
    return tuple(keys)


def checkpoint_differences(
    *, kept: Signed | None, outside: Outside, root: bytes, files: LogFiles, keys: Sequence[VerifierKey]
) -> Iterator[str]:
    """What of the checkpoints does not agree. `root` is that of the leaves that `kept`, our row, covers."""
    if kept is None:
        if outside.memory is not None or outside.published is not None or outside.damaged:
            yield KEPT_SIZE
        return
    if not keys:
        yield KEYS
        return
    said = _opened(kept.note, keys)
    if said is None:
        yield KEPT_NOTE
    elif (said.size, said.root) != (kept.size, kept.root):
        yield KEPT_SIZE if said.size != kept.size else KEPT_ROOT
    if root != kept.root:
        yield ROOT
    yield from _memory_differences(kept, outside, files=files, keys=keys)
    yield from _published_differences(kept, outside.published, files=files, keys=keys)


def _memory_differences(
    kept: Signed, outside: Outside, *, files: LogFiles, keys: Sequence[VerifierKey]
) -> Iterator[str]:
    memory = outside.memory
    if memory is None:
        if kept.size or outside.damaged:
            yield MEMORY
        return
    said = _opened(memory.note, keys)
    if said is None or (said.size, said.root) != (memory.size, memory.root):
        yield MEMORY
    elif memory.size > kept.size:
        # The database is older than what was signed.
        yield KEPT_SIZE
    elif memory.size < kept.size:
        if _root_then(files, memory.size) != memory.root:
            yield MEMORY
    elif memory.note != kept.note:
        yield KEPT_NOTE
    elif memory.signed_at != kept.signed_at:
        yield KEPT_AT


def _published_differences(
    kept: Signed, published: bytes | None, *, files: LogFiles, keys: Sequence[VerifierKey]
) -> Iterator[str]:
    if published is None:
        return
    public = _opened(published, keys)
    # Witnesses' lines are added below the note; else it is the same.
    if public is None or (public.size == kept.size and not published.startswith(kept.note)):
        yield PUBLISHED
    elif public.size > kept.size:
        yield KEPT_SIZE
    elif _root_then(files, public.size) != public.root:
        yield PUBLISHED


def _opened(note: bytes, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    try:
        return open_checkpoint(note, logs=keys).checkpoint
    except Refused:
        return None


def _root_then(files: LogFiles, size: int) -> bytes | None:
    """The root of the first `size` leaves, by the tiles."""
    try:
        return root_at(size=size, hash_at=files.hashes(size).hash_at)
    except Refused:
        return None


def stale(files: LogFiles, *, size: int, keys: Sequence[VerifierKey]) -> list[str]:
    """Which of memory and published checkpoint are still behind a database that knows `size` leaves as signed."""
    outside = read_outside(files)
    public = None if outside.published is None else _opened(outside.published, keys)
    behind = [MEMORY] if outside.memory is not None and outside.memory.size < size else []
    return behind + ([PUBLISHED] if outside.published is None or (public is not None and public.size < size) else [])
