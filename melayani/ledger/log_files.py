# SPDX-License-Identifier: EUPL-1.2
"""The public files of the log on disk: tiles, entry bundles, the checkpoint; and what was last signed.

Everything is written to a temporary file, synced, renamed, and the folder synced, so that a power cut leaves an old or
a new file and never half of one. A partial tile lies under its width, as others ask for it, until the full one is
there. `SIGNED` is our own memory of the last checkpoint, outside the database: a restored database cannot forget it.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from melayani.ground.durable import make_folder, sync_folder
from melayani.ledger.note import SignatureLine, add_lines, split_note
from melayani.ledger.tiles import TILE_WIDTH, Tile, TileHashes, TilesRefused

CHECKPOINT = "checkpoint"
COSIGNED = "cosigned"
KEYS = "keys"
SIGNED = "signed.json"
REFUSED = "refused"
WITNESSES = "witnesses.json"
PUBLISHING = ".publishing"
SEALING = ".sealing"
STATEMENTS = "statements"


@dataclass(frozen=True)
class Signed:
    """The last checkpoint that this log signed: the note, its size and root (32 bytes), and when (POSIX seconds)."""

    note: bytes
    size: int
    root: bytes
    signed_at: int


class LogFiles:
    """The folder of the log. Only the one who seals writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, tile: Tile) -> bytes:
        """The bytes of a tile or bundle; a partial one is cut from a wider one when it is gone.

        Raises `TilesRefused` when the log has not come so far.
        """
        for width in (tile.width, *self._wider(tile)):
            try:
                content = (self.folder / Tile(tile.level, tile.index, width).path).read_bytes()
            except OSError:
                continue
            return content if width == tile.width else cut(content, tile)
        raise TilesRefused("tile_absent", "Buku besar belum sampai di ubin ini.")

    def _wider(self, tile: Tile) -> Iterator[int]:
        """The widths from which a tile can be cut. Looked up only when its own file is not there."""
        yield TILE_WIDTH
        yield from sorted(width for width in self._partials(tile) if width > tile.width)
        # A full tile may have taken the place of all partial ones while we looked.
        yield TILE_WIDTH

    def _partials(self, tile: Tile) -> list[int]:
        folder = self._partial_folder(tile)
        try:
            return [int(file.name) for file in folder.iterdir() if file.name.isdecimal()]
        except OSError:
            return []

    def _partial_folder(self, tile: Tile) -> Path:
        return (self.folder / Tile(tile.level, tile.index, 1).path).parent

    def hashes(self, size: int) -> TileHashes:
        """The hashes of the first `size` leaves."""
        return TileHashes(size=size, fetch=self.read)

    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        """All of these are there and outlive a power cut."""
        self._write({tile.path: content for tile, content in tiles.items()})

    def forget_partial(self, tiles: Iterable[Tile]) -> None:
        """Narrower ones than these are gone. To be called when the wider ones are published."""
        for tile in tiles:
            folder = self._partial_folder(tile)
            for width in self._partials(tile):
                if width < tile.width:
                    (folder / str(width)).unlink()
            if tile.width == TILE_WIDTH and folder.is_dir():
                # What a crash left between writing and renaming.
                for draft in folder.glob(".*.new"):
                    draft.unlink()
                folder.rmdir()

    def published(self) -> bytes | None:
        """The checkpoint that everybody may read; None before the first one."""
        return self._bytes(CHECKPOINT)

    def publish(self, note: bytes) -> None:
        """Everybody reads this checkpoint from now on."""
        with self._publishing():
            self._write({CHECKPOINT: note})

    def add_cosignatures(self, lines: Iterable[SignatureLine], *, text: str) -> bool:
        """The published checkpoint bears these lines too, if it still is the one with this text; answers whether it is.

        The lines are not verified here. May be called beside the one who seals: a newer checkpoint stays.
        """
        with self._publishing():
            note = self.published()
            if note is None or split_note(note).text != text:
                return False
            longer = add_lines(note, lines=lines)
            if longer != note:
                self._write({CHECKPOINT: longer})
            return True

    def cosigned(self) -> bytes | None:
        """The newest checkpoint that enough witnesses have cosigned (`site/witness_rounds.py`); None without one."""
        return self._bytes(COSIGNED)

    def keep_cosigned(self, note: bytes | None) -> None:
        """This is the newest checkpoint that enough witnesses have cosigned; None: no such is known any more."""
        if note is None:
            (self.folder / COSIGNED).unlink(missing_ok=True)
        elif self.cosigned() != note:
            self._write({COSIGNED: note})

    @contextmanager
    def sealing(self) -> Iterator[bool]:
        """Whether nobody else seals this log meanwhile, in whatever process; does not wait."""
        make_folder(self.folder)
        with (self.folder / SEALING).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def _publishing(self) -> Iterator[None]:
        """One at a time changes the published checkpoint, in whatever thread or process."""
        make_folder(self.folder)
        with (self.folder / PUBLISHING).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def tell_witnesses(self, content: bytes | None) -> None:
        """Everybody reads this of the witnesses (`site/witness_rounds.py`); None: nobody is asked."""
        if content is None:
            (self.folder / WITNESSES).unlink(missing_ok=True)
        elif self._bytes(WITNESSES) != content:
            self._write({WITNESSES: content})

    def keys(self) -> bytes | None:
        """The verifier keys as everybody may read them; None before the first checkpoint."""
        return self._bytes(KEYS)

    def publish_keys(self, lines: bytes) -> None:
        """Everybody reads these verifier keys from now on."""
        if self.keys() != lines:
            self._write({KEYS: lines})

    def statement_proof(self, leaf_hash: bytes) -> bytes | None:
        """The proof of a statement of the log, by its leaf, as it was when that was new (`rotation.py`); None without.

        A number would not do: it can be given again after an old backup was put back.
        """
        return self._bytes(f"{STATEMENTS}/{leaf_hash.hex()}.tlog-proof")

    def keep_statement_proof(self, leaf_hash: bytes, content: bytes) -> None:
        """This proof of the statement is kept: later checkpoints may be signed by another key."""
        self._write({f"{STATEMENTS}/{leaf_hash.hex()}.tlog-proof": content})

    def signed(self) -> Signed | None:
        """What was last signed, as it stands outside the database; None before the first checkpoint.

        Raises `TilesRefused` when the file is damaged.
        """
        content = self._bytes(SIGNED)
        if content is None:
            return None
        try:
            said = json.loads(content)
            return Signed(
                note=said["note"].encode(),
                size=said["size"],
                root=bytes.fromhex(said["root"]),
                signed_at=said["signed_at"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TilesRefused("seal_memory", "Catatan titik periksa terakhir rusak.") from error

    def remember(self, signed: Signed) -> None:
        """This is what was last signed."""
        said = {
            "note": signed.note.decode(),
            "size": signed.size,
            "root": signed.root.hex(),
            "signed_at": signed.signed_at,
        }
        self._write({SIGNED: json.dumps(said).encode() + b"\n"})

    def refusal(self) -> str:
        """Why nothing is signed at present, as the code of the refusal; empty when all is well."""
        return (self._bytes(REFUSED) or b"").decode().strip()

    def tell_refusal(self, code: str) -> None:
        """Nothing is signed at present, for this reason; all is well again with an empty one."""
        if code == self.refusal():
            return
        if code:
            self._write({REFUSED: code.encode() + b"\n"})
        else:
            (self.folder / REFUSED).unlink(missing_ok=True)

    def _bytes(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, contents: Mapping[str, bytes]) -> None:
        """All files are synced before the first is renamed, and each folder once: syncing is what takes time."""
        drafts: list[tuple[Path, Path]] = []
        for name, content in contents.items():
            path = self.folder / name
            make_folder(path.parent)
            draft = path.with_name(f".{path.name}.new")
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            drafts.append((draft, path))
        for draft, path in drafts:
            draft.replace(path)
        for folder in {path.parent for _, path in drafts}:
            sync_folder(folder)


def cut(content: bytes, tile: Tile) -> bytes:
    """The first `tile.width` hashes or entries of a wider tile or bundle."""
    at = 0
    for _ in range(tile.width):
        at += 32 if tile.level >= 0 else 2 + int.from_bytes(content[at : at + 2], "big")
    if at > len(content):
        raise TilesRefused("tile_length", "Ubin buku besar ini tidak utuh.")
    return content[:at]
