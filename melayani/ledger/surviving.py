# SPDX-License-Identifier: EUPL-1.2
"""What survived of a log: its last signed checkpoint and all the leaves under it, from files or from rows.

Source: LEDGER "Restore". Nothing is believed that the checkpoint does not cover: the leaves must make its root, and a
key of this log must have signed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import CheckpointRefused, open_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.models import Checkpoint, Entry, LostLeaf
from melayani.ledger.note import NoteRefused
from melayani.ledger.tiles import ENTRIES, TILE_WIDTH, TilesRefused, read_bundle, tile_in
from melayani.ledger.tree import tree_root
from melayani.ledger.vkeys import VerifierKey

# Whole bundles at a time, so that no partial one is written on the way.
WRITTEN_AT_ONCE = 256 * TILE_WIDTH


class NothingSurvived(Refused):
    """The log cannot be continued from here: files are missing, contradict each other, or another key signed them."""


@dataclass(frozen=True)
class Survived:
    """The last checkpoint of a log and its leaves, in order: they make its root."""

    signed: Signed
    leaves: Sequence[bytes]


def survived_files(folder: Path, *, keys: Sequence[VerifierKey], signed_at: int) -> Survived:
    """The log that lies in `folder` as its public files: our own folder, or what a monitor kept of it.

    `signed_at` (POSIX seconds) stands in where only the public checkpoint is left. Raises `NothingSurvived`.
    """
    files = LogFiles(folder)
    signed = _last_signed(files, keys=keys, signed_at=signed_at)
    leaves: list[bytes] = []
    for index in range(-(-signed.size // TILE_WIDTH)):
        bundle = tile_in(size=signed.size, level=ENTRIES, index=index)
        try:
            leaves.extend(read_bundle(files.read(bundle), width=bundle.width))
        except TilesRefused as error:
            raise NothingSurvived(
                "survived_bundle", "Berkas %(name)s dari buku besar hilang atau rusak.", name=bundle.path
            ) from error
    survived = _checked(signed, leaves)
    check_beginning(survived, *checkpoints_in(files, keys=keys, signed_at=signed_at))
    return survived


def survived_rows() -> Survived:
    """The log as the rows of the database hold it, for when only its files are gone. Raises `NothingSurvived`."""
    kept = Checkpoint.objects.order_by("-size").first()
    if kept is None:
        raise NothingSurvived("survived_none", "Basis data tidak memuat titik periksa.")
    signed = Signed(note=bytes(kept.note), size=kept.size, root=bytes(kept.root), signed_at=kept.signed_at)
    known = {index: bytes(leaf) for index, leaf in LostLeaf.objects.values_list("leaf_index", "leaf").iterator()}
    rows = Entry.objects.filter(leaf_index__isnull=False).values_list("leaf_index", "leaf")
    known |= {index: bytes(leaf) for index, leaf in rows.iterator() if index is not None}
    if len(known) != signed.size or any(index not in known for index in range(signed.size)):
        raise NothingSurvived("survived_rows", "Basis data tidak memuat semua catatan di bawah titik periksanya.")
    return _checked(signed, [known[index] for index in range(signed.size)])


def planted(survived: Survived, folder: Path) -> LogFiles:
    """`folder`, which must not be there, holds all files of the log; a crash leaves a folder that nobody reads."""
    files, leaves = LogFiles(folder), survived.leaves
    for start in range(0, len(leaves), WRITTEN_AT_ONCE):
        files.write(grown(files, old=start, entries=leaves[start : start + WRITTEN_AT_ONCE]))
    files.remember(survived.signed)
    files.publish(survived.signed.note)
    return files


def check_beginning(survived: Survived, *earlier: Signed) -> None:
    """Raises `NothingSurvived` unless the log begins with the tree of each of these earlier checkpoints."""
    for known in earlier:
        beginning = survived.leaves[: known.size]
        if len(beginning) != known.size or tree_root(leaf_hash(leaf) for leaf in beginning) != known.root:
            raise NothingSurvived("survived_fork", "Ada dua titik periksa yang saling bertentangan. Jangan teruskan.")


def _last_signed(files: LogFiles, *, keys: Sequence[VerifierKey], signed_at: int) -> Signed:
    """The larger of what was published and what was remembered."""
    found = checkpoints_in(files, keys=keys, signed_at=signed_at)
    if not found:
        raise NothingSurvived("survived_none", "Di sana tidak ada titik periksa buku besar.")
    return max(found, key=lambda each: each.size)


def checkpoints_in(files: LogFiles, *, keys: Sequence[VerifierKey], signed_at: int) -> list[Signed]:
    """What was remembered and what was published, as far as they are there, each signed by a key of this log."""
    try:
        remembered = files.signed()
    except TilesRefused as refused:
        raise NothingSurvived(refused.code, refused.sentence) from refused
    found = [opened(remembered.note, keys=keys, signed_at=remembered.signed_at)] if remembered else []
    published = files.published()
    if published is not None:
        found.append(opened(published, keys=keys, signed_at=remembered.signed_at if remembered else signed_at))
    return found


def opened(note: bytes, *, keys: Sequence[VerifierKey], signed_at: int) -> Signed:
    """The checkpoint of a note that a key of this log signed; else raises `NothingSurvived`."""
    try:
        checkpoint = open_checkpoint(note, logs=keys).checkpoint
    except (NoteRefused, CheckpointRefused) as error:
        raise NothingSurvived("survived_key", "Titik periksa itu tidak ditandatangani kunci buku besar ini.") from error
    return Signed(note=note, size=checkpoint.size, root=checkpoint.root, signed_at=signed_at)


def _checked(signed: Signed, leaves: Sequence[bytes]) -> Survived:
    if len(leaves) != signed.size or tree_root(leaf_hash(leaf) for leaf in leaves) != signed.root:
        raise NothingSurvived("survived_root", "Catatan yang tersisa bukan pohon dari titik periksa terakhir.")
    return Survived(signed=signed, leaves=leaves)
