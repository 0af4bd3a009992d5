# SPDX-License-Identifier: EUPL-1.2
"""Sealing: what was recorded enters the tree, and a checkpoint says so. One runner at a time; every step can be redone.

Order (LEDGER "Sealing"): extend the tree and write its files outside any transaction, sign, one short transaction that
keeps leaf indexes and checkpoint, remember the checkpoint outside the database, publish. A crash between any two steps
leaves files nobody has been told of, or a checkpoint that the next run remembers and publishes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import connection, transaction

from melayani.ground.clock import jakarta
from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import parse_checkpoint, sign_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import root_at
from melayani.ledger.models import Checkpoint, Entry
from melayani.ledger.note import NoteRefused, split_note
from melayani.ledger.tiles import TilesRefused, bundles_between, tiles_between
from melayani.ledger.vkeys import NoteKey

SEAL_LOCK = 0x4D454C53  # an arbitrary but fixed number for PostgreSQL's advisory lock ("MELS")
MOST_AT_ONCE = 20_000
# Entries of secret cases enter together at these times, WIB, so that the moment of an entry says nothing.
BATCH_TIMES = (time(6), time(18))
# An act is recorded with the moment when it began and may wait for the disk, or for other writers up to 20 seconds. A
# batch is taken when none of its acts can still be under way: one that came in late would enter alone, and so be told.
SETTLED_AFTER = timedelta(seconds=30)
CLOCK_SLACK_SECONDS = 2


class SealRefused(Refused):
    """Nothing may be signed now: it could contradict what was signed before. Acts go on; leaf indexes stop."""


@dataclass(frozen=True)
class Waiting:
    """An entry that may enter the tree: its row and the bytes of its leaf."""

    id: int
    leaf: bytes


def seal(
    *, files: LogFiles, keys: Sequence[NoteKey], at: datetime, most: int = MOST_AT_ONCE, only: int | None = None
) -> int:
    """What may enter the tree by now is in it, signed and published; answers how many entries entered.

    `keys` sign, the first one names the log. At most `most` public entries enter at once; a batch of secret ones always
    whole. With `only`, the id of an entry, nothing else enters: a new log begins with what it says of itself. Raises
    `SealRefused` when signing could make a second truth; then nothing is changed.
    """
    with files.sealing() as alone:
        if not alone:
            # Whoever was held up between reading and writing must not write over what another has published since.
            raise _twice()
        return _seal(files=files, keys=keys, at=at, most=most, only=only)


def _seal(*, files: LogFiles, keys: Sequence[NoteKey], at: datetime, most: int, only: int | None) -> int:
    """`seal`, alone."""
    last = _last(files, at=at, origin=keys[0].name)
    if last is None:
        # The empty tree comes first, so that the memory outside is there before there is anything to forget.
        last = _sign([], files=files, keys=keys, at=at, old=0)
    _finish(files, last)
    entering = _entering(at=at, most=most) if only is None else _entering_alone(only)
    if entering:
        _finish(files, _sign(entering, files=files, keys=keys, at=at, old=last.size))
        size = last.size + len(entering)
        files.forget_partial([*tiles_between(last.size, size), *bundles_between(last.size, size)])
    return len(entering)


def _sign(entering: Sequence[Waiting], *, files: LogFiles, keys: Sequence[NoteKey], at: datetime, old: int) -> Signed:
    """The tree of `old` leaves has the entering ones more: its files are there, the database keeps its checkpoint."""
    files.write(grown(files, old=old, entries=[entry.leaf for entry in entering]))
    size = old + len(entering)
    root = root_at(size=size, hash_at=files.hashes(size).hash_at)
    note = sign_checkpoint(origin=keys[0].name, size=size, root=root, keys=keys)
    signed = Signed(note=note, size=size, root=root, signed_at=int(at.timestamp()))
    _keep(entering, signed=signed, old=old)
    return signed


def _finish(files: LogFiles, last: Signed | None) -> None:
    """What the database keeps as the last checkpoint is remembered outside it, and everybody may read it."""
    if last is None:
        return
    outside = files.signed()
    if outside is None or outside.size < last.size:
        files.remember(last)
    if not _tells(files.published(), last.note):
        files.publish(last.note)


def _tells(published: bytes | None, note: bytes) -> bool:
    """Whether what everybody reads is this note, whoever has cosigned it since: such lines are added below it."""
    if published is None or not published.startswith(note):
        return False
    try:
        split_note(published)
    except NoteRefused:
        return False
    return True


def _last(files: LogFiles, *, at: datetime, origin: str) -> Signed | None:
    """The last checkpoint, after which a further one may be signed. Raises `SealRefused` when none may."""
    kept = Checkpoint.objects.order_by("-size").first()
    outside = files.signed()
    if kept is None:
        if outside is not None:
            raise _behind(outside.size, 0)
        return None
    last = Signed(note=bytes(kept.note), size=kept.size, root=bytes(kept.root), signed_at=kept.signed_at)
    _check_memory(files, last=last, outside=outside)
    if parse_checkpoint(split_note(last.note).text).origin != origin:
        raise SealRefused("seal_origin", "Kunci buku besar ini milik buku besar lain.")
    if at.timestamp() < last.signed_at - CLOCK_SLACK_SECONDS:
        raise SealRefused("seal_clock", "Jam mesin ini lebih lambat dari titik periksa terakhir. Betulkan jamnya.")
    return last


def _check_memory(files: LogFiles, *, last: Signed, outside: Signed | None) -> None:
    """What the database and the file outside it remember is one history, and the tiles are its tree."""
    if outside is None and last.size:
        raise SealRefused("seal_memory", "Catatan titik periksa terakhir di luar basis data hilang.")
    if outside is not None and outside.size > last.size:
        raise _behind(outside.size, last.size)
    for known in (outside, last):
        if known is None or not known.size:
            continue
        try:
            root = root_at(size=known.size, hash_at=files.hashes(known.size).hash_at)
        except TilesRefused as error:
            raise SealRefused("seal_tiles", "Berkas buku besar tidak lengkap.") from error
        if root != known.root:
            raise SealRefused("seal_root", "Berkas buku besar tidak sama dengan titik periksa terakhir.")


def _twice() -> SealRefused:
    return SealRefused("seal_twice", "Buku besar sedang disegel oleh proses lain.")


def _behind(signed: int, kept: int) -> SealRefused:
    return SealRefused(
        "seal_behind",
        "Basis data hanya memuat %(kept)s entri, padahal %(signed)s sudah ditandatangani. Ini cadangan lama.",
        kept=kept,
        signed=signed,
    )


def _entering(*, at: datetime, most: int) -> list[Waiting]:
    """What enters now: stamped public entries by position, then a due batch of secret ones in random order."""
    fresh = Entry.objects.filter(leaf_index__isnull=True, position__isnull=False)
    public = fresh.filter(sealed=False).order_by("position").values_list("id", "leaf")[:most]
    secret = fresh.filter(sealed=True, recorded_at__lt=int(batch_before(at - SETTLED_AFTER).timestamp())).values_list(
        "id", "leaf"
    )
    batch = list(secret)
    random.SystemRandom().shuffle(batch)
    return [Waiting(id=row, leaf=bytes(leaf)) for row, leaf in (*public, *batch)]


def _entering_alone(row: int) -> list[Waiting]:
    """This entry, unless it is in the tree already."""
    leaves = Entry.objects.filter(pk=row, leaf_index__isnull=True, position__isnull=False).values_list(
        "leaf", flat=True
    )
    return [Waiting(id=row, leaf=bytes(leaf)) for leaf in leaves]


def batch_before(at: datetime) -> datetime:
    """The last moment not after `at` when secret entries entered together."""
    today = jakarta(at)
    times = [datetime.combine(today.date() - timedelta(days=back), batch, today.tzinfo)
             for back in (0, 1) for batch in BATCH_TIMES]  # fmt: skip
    return max(moment for moment in times if moment <= today)


def batch_after(at: datetime) -> datetime:
    """The first moment after `at` when secret entries enter together."""
    today = jakarta(at)
    times = [datetime.combine(today.date() + timedelta(days=on), batch, today.tzinfo)
             for on in (0, 1) for batch in BATCH_TIMES]  # fmt: skip
    return min(moment for moment in times if moment > today)


def _keep(entering: Sequence[Waiting], *, signed: Signed, old: int) -> None:
    """Leaf indexes and checkpoint are in the database. Raises `SealRefused` when somebody else has sealed meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])
        kept = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        if kept != old:
            raise _twice()
        for start in range(0, len(entering), 500):
            some = entering[start : start + 500]
            values = ", ".join(["(%s, %s)"] * len(some))
            numbers = [n for index, entry in enumerate(some) for n in (entry.id, old + start + index)]
            cursor.execute(
                # Both databases name the columns of VALUES so.
                f"UPDATE ledger_entry SET leaf_index = numbered.column2 FROM (VALUES {values}) AS numbered "  # noqa: S608  # placeholders only
                "WHERE ledger_entry.id = numbered.column1 AND ledger_entry.leaf_index IS NULL",
                numbers,
            )
            if cursor.rowcount != len(some):
                raise _twice()
        Checkpoint.objects.exclude(size=signed.size).delete()
        Checkpoint.objects.update_or_create(
            size=signed.size, defaults={"root": signed.root, "note": signed.note, "signed_at": signed.signed_at}
        )
