# SPDX-License-Identifier: EUPL-1.2
"""The ways out when the signer refuses: the database takes up the log that survived, or a new log names the old one.

Source: LEDGER "Restore". An old backup knows less than was signed. What it lacks enters as leaves without rows
(`lost`), until size and root are those of the last checkpoint; only then may a further one be signed. Everything here
can be repeated after a crash. Nothing may write beside it: the service is stopped.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from melayani.ground.durable import write_private
from melayani.ground.errors import Refused
from melayani.ground.sealing import new_key
from melayani.ledger.actions import stamp_positions
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.encodings import write_base64
from melayani.ledger.keys import RETIRED_FILE, Purpose, check_origin, purpose_key, retired_lines
from melayani.ledger.log_files import Signed
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.models import Checkpoint, Entry, LostLeaf, Statement
from melayani.ledger.note import split_note
from melayani.ledger.statements import Spans, StatementKind, in_parts, record_statement, spans
from melayani.ledger.surviving import Survived, check_beginning

WRITTEN_AT_ONCE = 500


class RecoveryRefused(Refused):
    """Rows and log contradict each other, so that continuing would make a second truth."""


@dataclass(frozen=True)
class Recovered:
    """The log has `size` leaves; `found` rows were given their number in it anew, `lost` leaves are in no row."""

    size: int
    found: int
    lost: int


def adopt(survived: Survived, *, at: datetime) -> Recovered:
    """The database agrees with the log that survived: every leaf is that of a row, or a lost one.

    Which are lost is said in a statement, so that nobody can pass off a deleted act as one of them in silence. Raises
    `RecoveryRefused` when a row has a number that the log gave to another leaf, and `NothingSurvived` when the log does
    not begin with what the database knows to be signed; then nothing is changed.
    """
    # What the log has given a number was stamped before it: the same rows, in the same order of recording.
    while stamp_positions() > 0:
        pass
    with transaction.atomic():
        for kept in Checkpoint.objects.all():
            known_signed = Signed(bytes(kept.note), kept.size, bytes(kept.root), kept.signed_at)
            check_beginning(survived, known_signed)
        rows = {
            bytes(leaf): (row, index)
            for row, index, leaf in Entry.objects.values_list("id", "leaf_index", "leaf").iterator()
        }
        numbers: list[Entry] = []
        lost: list[LostLeaf] = []
        for index, leaf in enumerate(survived.leaves):
            row, known = rows.pop(leaf, (None, None))
            if row is None:
                lost.append(LostLeaf(leaf_index=index, leaf=leaf, leaf_hash=leaf_hash(leaf)))
            elif known is None:
                numbers.append(Entry(id=row, leaf_index=index))
            elif known != index:
                raise _contradicted()
        if any(index is not None for _, index in rows.values()):
            raise _contradicted()
        Entry.objects.bulk_update(numbers, ["leaf_index"], batch_size=WRITTEN_AT_ONCE)
        LostLeaf.objects.all().delete()
        LostLeaf.objects.bulk_create(lost, batch_size=WRITTEN_AT_ONCE)
        _state_lost([leaf.leaf_index for leaf in lost], survived=survived, at=at)
        signed = survived.signed
        Checkpoint.objects.all().delete()
        Checkpoint.objects.create(size=signed.size, root=signed.root, note=signed.note, signed_at=signed.signed_at)
    while stamp_positions() > 0:
        pass
    return Recovered(size=len(survived.leaves), found=len(numbers), lost=len(lost))


def _state_lost(indexes: Sequence[int], *, survived: Survived, at: datetime) -> None:
    """Statements name these leaves, unless earlier ones do."""
    told = Statement.objects.filter(entry__kind=StatementKind.LEAVES_LOST).values_list("data", flat=True)
    said = Spans(str(data.get("indexes", "")) for data in told)
    fresh = [index for index in indexes if index not in said]
    if not fresh:
        return
    origin = parse_checkpoint(split_note(survived.signed.note).text).origin
    for some in in_parts(spans(fresh)):
        record_statement(kind=StatementKind.LEAVES_LOST, data={"indexes": some}, origin=origin, at=at)


def _contradicted() -> RecoveryRefused:
    return RecoveryRefused("recover_rows", "Basis data memuat catatan yang bertentangan dengan buku besar itu.")


def begin_anew(*, origin: str, old_origin: str, old_vkey: str, at: datetime) -> int:
    """No row is in a tree any more, and a statement says which log this one follows; answers the id of its entry.

    It must be the first leaf of the new log (`sealing.seal` with `only`). The old checkpoint that it names is the last
    one that the database knows: of what came after nobody here knows.
    """
    with transaction.atomic():
        begun = Statement.objects.filter(entry__kind=StatementKind.LOG_OPENED, data__origin=origin).first()
        if begun is not None:
            return int(begun.pk)
        kept = Checkpoint.objects.order_by("-size").first()
        Entry.objects.filter(leaf_index__isnull=False).update(leaf_index=None)
        LostLeaf.objects.all().delete()
        Checkpoint.objects.all().delete()
        data: Mapping[str, str | int | None] = {
            "origin": origin,
            "old_origin": old_origin,
            "old_vkey": old_vkey,
            "old_size": kept.size if kept else None,
            "old_root": write_base64(bytes(kept.root)) if kept else None,
        }
        begun = record_statement(kind=StatementKind.LOG_OPENED, data=data, origin=origin, at=at)
    while stamp_positions() > 0:
        pass
    return int(begun.pk)


def opening_of(origin: str) -> int | None:
    """The id of the entry by which the log `origin` began, while it is not in the tree; else None."""
    opening = Statement.objects.filter(
        entry__kind=StatementKind.LOG_OPENED, data__origin=origin, entry__leaf_index__isnull=True
    ).first()
    return None if opening is None else int(opening.pk)


def take_new_origin(directory: Path, *, origin: str) -> None:
    """The keys in `directory` are those of a new log; the public halves of the old ones stay listed as retired.

    Raises `KeysRefused` when the origin cannot name a log. Done again after a crash it makes fresh keys once more.
    """
    check_origin(origin)
    ended = [f"{purpose} {purpose_key(directory, purpose).vkey}" for purpose in Purpose]
    lines = dict.fromkeys([*retired_lines(directory), *ended])
    write_private(directory / RETIRED_FILE, "".join(f"{line}\n" for line in lines).encode())
    for purpose in Purpose:
        (directory / purpose.next_file).unlink(missing_ok=True)
        write_private(directory / purpose.file, base64.b64encode(new_key()) + b"\n")
    # Last: while the old name stands here, all of this is still to be done.
    write_private(directory / "origin", origin.encode() + b"\n")


def set_aside(folder: Path) -> Path | None:
    """The folder of the log has made room under another name; None when there was none."""
    if not folder.exists():
        return None
    number = 1
    while (aside := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    folder.rename(aside)
    return aside
