# SPDX-License-Identifier: EUPL-1.2
"""A monitor: looks at a log from outside, remembers what it signed, and cries when it contradicts that.

Reads public files only, needs no database and no Django. Consistency is computed here out of the tiles; nothing is
believed because the log says so. With a folder to keep entry bundles in, the log can be given back after a disaster
(`melayani recover`), and what it says of itself is looked at too (`statement_watch.py`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from melayani.ground.durable import write_private
from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import (
    ProofRefused,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from melayani.ledger.note import MOST_NOTE_BYTES, split_note
from melayani.ledger.tiles import (
    MOST_ENTRY_BYTES,
    TILE_WIDTH,
    Tile,
    TileHashes,
    TilesRefused,
    bundles_between,
    read_bundle,
)
from melayani.ledger.vkeys import VerifierKey
from melayani.site.alarms import Alarm, MemoryBroken
from melayani.site.fetching import Server, Unreachable
from melayani.site.statement_watch import Watched, watch_statements

MOST_BUNDLE_BYTES = TILE_WIDTH * (MOST_ENTRY_BYTES + 2)
MOST_TILE_BYTES = TILE_WIDTH * 32
# So many bundles are held before they are written.
KEPT_AT_ONCE = 64


@dataclass(frozen=True)
class Seen:
    """What a look saw: the checkpoint, and how many leaves there were at the last look (None: this is the first).

    `kept` bundles were written, `statements` of the log were proven.
    """

    checkpoint: Checkpoint
    before: int | None
    kept: int = 0
    statements: int = 0


class Memory:
    """The last checkpoint that was seen, in a file for its owner alone: the whole note, so that it stays evidence."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def last(self, keys: Sequence[VerifierKey]) -> Checkpoint | None:
        """The checkpoint seen last; None before the first. Raises `MemoryBroken`."""
        try:
            note = json.loads(self.file.read_bytes())["note"].encode()
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MemoryBroken("memory_form", "Berkas ingatan %(name)s rusak.", name=self.file.name) from error
        try:
            return open_checkpoint(note, logs=keys).checkpoint
        except Refused as refused:
            raise MemoryBroken(
                "memory_key", "Berkas ingatan %(name)s bukan dari buku besar dengan kunci ini.", name=self.file.name
            ) from refused

    def keep(self, note: bytes) -> None:
        """This is what was seen last."""
        write_private(self.file, json.dumps({"note": note.decode()}).encode() + b"\n")
        self._unproven.unlink(missing_ok=True)

    def unproven(self, keys: Sequence[VerifierKey]) -> Checkpoint | None:
        """A checkpoint that was signed, and whose tiles could not be read; None when there is none."""
        try:
            return open_checkpoint(self._unproven.read_bytes(), logs=keys).checkpoint
        except (FileNotFoundError, Refused):
            return None

    def keep_unproven(self, note: bytes) -> None:
        """This was signed, and what follows must continue it too."""
        write_private(self._unproven, note)

    @property
    def _unproven(self) -> Path:
        return self.file.with_name(f"{self.file.name}.unproven")

    def keep_evidence(self, note: bytes) -> Path:
        """A note that contradicts what was seen lies beside the memory, under a name of its own."""
        path = self.file.with_name(f"{self.file.name}.{hashlib.sha256(note).hexdigest()[:16]}.bukti")
        write_private(path, note)
        return path


def look(
    server: Server, *, keys: Sequence[VerifierKey], memory: Memory, at: datetime, keep: Path | None = None
) -> Seen:
    """One look: the log continues what was seen before, and that is remembered.

    Raises `Alarm` when it does not, `Unreachable` when it cannot be read now, `MemoryBroken`. After an alarm the memory
    is as before.
    """
    last = memory.last(keys)
    note = server.get("ledger/checkpoint", most=MOST_NOTE_BYTES)
    try:
        seen = open_checkpoint(note, logs=keys).checkpoint
    except Refused as refused:
        raise Alarm("unsigned", "Titik periksa tidak sah: %(reason)s", reason=refused.message, note=note) from refused
    hashes = TileHashes(size=seen.size, fetch=lambda tile: _tile(server, tile))
    unproven = memory.unproven(keys)
    try:
        for known in (unproven, last):
            _check_continues(known, seen, hashes=hashes, note=note)
    except Unreachable:
        # A log that shows a signed tree and withholds its tiles has said it all the same.
        if unproven is None:
            memory.keep_unproven(note)
        raise
    try:
        kept, watched = 0, Watched()
        if keep is not None:
            files = LogFiles(keep)
            kept = _keep_bundles(server, seen, hashes=hashes, files=files, note=note, at=at)
            watched = watch_statements(server, seen, hashes=hashes, files=files, keys=keys)
    except Unreachable:
        # The tree is proven, whatever of its entries cannot be had now.
        memory.keep(note)
        raise
    memory.keep(note)
    if watched.larger:
        memory.keep_unproven(watched.larger)
    before = None if last is None else last.size
    return Seen(checkpoint=seen, before=before, kept=kept, statements=watched.proven)


def _tile(server: Server, tile: Tile) -> bytes:
    return server.get(f"ledger/{tile.path}", most=MOST_TILE_BYTES)


def _check_continues(last: Checkpoint | None, seen: Checkpoint, *, hashes: TileHashes, note: bytes) -> None:
    """The tree that is signed now is the one that its tiles make, and begins with the one seen before."""
    if last is not None:
        if seen.origin != last.origin:
            raise Alarm("origin", "Ini buku besar lain: %(name)s.", name=seen.origin, note=note)
        if seen.size < last.size:
            raise Alarm(
                "shrunk",
                "Buku besar menyusut: dahulu %(before)s catatan, sekarang %(now)s.",
                before=last.size,
                now=seen.size,
                note=note,
            )
        if seen.size == last.size and seen.root != last.root:
            raise Alarm("forked", "Dua akar berbeda ditandatangani untuk %(size)s catatan.", size=seen.size, note=note)
    try:
        if root_at(size=seen.size, hash_at=hashes.hash_at) != seen.root:
            raise Alarm("tiles", "Ubin buku besar tidak menghasilkan akar yang ditandatangani.", note=note)
        if last is not None and 0 < last.size < seen.size:
            proof = consistency_proof(size1=last.size, size2=seen.size, hash_at=hashes.hash_at)
            verify_consistency(size1=last.size, root1=last.root, size2=seen.size, root2=seen.root, proof=proof)
    except TilesRefused as refused:
        raise Alarm("tiles", "Ubin buku besar rusak: %(reason)s", reason=refused.message, note=note) from refused
    except ProofRefused as refused:
        raise Alarm(
            "inconsistent", "Buku besar tidak melanjutkan yang pernah ditandatangani: isinya diubah.", note=note
        ) from refused


def _keep_bundles(
    server: Server, seen: Checkpoint, *, hashes: TileHashes, files: LogFiles, note: bytes, at: datetime
) -> int:
    """The entries since the last look lie in the folder, each proven; answers how many bundles were written.

    What lies there is believed up to the checkpoint beside it: both were written in this order.
    """
    known = files.signed()
    if known is not None and parse_checkpoint(split_note(known.note).text).origin != seen.origin:
        raise MemoryBroken("keep_other", "Folder simpanan berisi buku besar lain. Sebutkan folder baru.")
    old = 0 if known is None else min(known.size, seen.size)
    tiles = bundles_between(old, seen.size)
    for start in range(0, len(tiles), KEPT_AT_ONCE):
        some = tiles[start : start + KEPT_AT_ONCE]
        files.write({tile: _bundle(server, tile, seen, hashes=hashes, note=note) for tile in some})
    files.remember(Signed(note=note, size=seen.size, root=seen.root, signed_at=int(at.timestamp())))
    files.publish(note)
    files.forget_partial(tiles)
    return len(tiles)


def _bundle(server: Server, tile: Tile, seen: Checkpoint, *, hashes: TileHashes, note: bytes) -> bytes:
    """The bytes of a bundle whose entries are those of the signed tree."""
    content = server.get(f"ledger/{tile.path}", most=MOST_BUNDLE_BYTES)
    first = tile.index * TILE_WIDTH
    try:
        leaves = [leaf_hash(entry) for entry in read_bundle(content, width=tile.width)]
        for place, leaf in enumerate(leaves):
            if hashes.hash_at(0, first + place) != leaf:
                raise Alarm("entries", "Isi %(name)s tidak cocok dengan pohonnya.", name=tile.path, note=note)
        # The way up from one leaf passes over all others of its tile, so it binds them all.
        proof = inclusion_proof(index=first, size=seen.size, hash_at=hashes.hash_at)
        verify_inclusion(leaf_hash=leaves[0], index=first, size=seen.size, proof=proof, root=seen.root)
    except (TilesRefused, ProofRefused) as refused:
        raise Alarm("entries", "Isi %(name)s tidak cocok dengan pohonnya.", name=tile.path, note=note) from refused
    return content
