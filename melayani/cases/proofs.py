# SPDX-License-Identifier: EUPL-1.2
"""Which entries of the ledger belong to a case: for proofs that anybody may ask for, and for the citizen's receipt."""

from dataclasses import dataclass

from melayani.cases.models import Event
from melayani.cases.rules import Visibility
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import inclusion_proof
from melayani.ledger.note import split_note
from melayani.ledger.receipts import citizen_extra, format_receipt


@dataclass(frozen=True)
class SealedEntry:
    """An entry that is in the tree: its number there and the bytes of its leaf."""

    leaf_index: int
    leaf: bytes


def public_entry(*, number: str, sequence: int) -> SealedEntry | None:
    """The entry of act `sequence` (0 = the filing) of a public case; None when it is not there or not sealed yet.

    One query. A secret case is not there, whatever has happened to it.
    """
    found = (
        Event.objects.filter(
            case__number=number,
            case__visibility=Visibility.PUBLIC,
            sequence=sequence,
            entry__sealed=False,
            entry__leaf_index__isnull=False,
        )
        .values_list("entry__leaf_index", "entry__leaf")
        .first()
    )
    return None if found is None or found[0] is None else SealedEntry(leaf_index=found[0], leaf=bytes(found[1]))


def filing_receipt(*, number: str, files: LogFiles) -> bytes | None:
    """The receipt of the filing of a case, public or secret; None while it is not sealed. The face has checked the key.

    It opens the commitment: whoever has the file sees codes, place and times of the filing, and its texts as hashes.
    One query. After an erasure there is no salt and so no receipt; one that was given before stays valid.
    """
    event = Event.objects.select_related("entry").filter(case__number=number, sequence=0).first()
    note = files.published()
    if event is None or note is None or event.entry.leaf_index is None or event.entry.salt is None:
        return None
    index, size = event.entry.leaf_index, parse_checkpoint(split_note(note).text).size
    if index >= size:
        return None
    return format_receipt(
        extra=citizen_extra(
            leaf=bytes(event.entry.leaf), salt=bytes(event.entry.salt), event=event.data, kind=event.kind
        ),
        index=index,
        proof=inclusion_proof(index=index, size=size, hash_at=files.hashes(size).hash_at),
        checkpoint=note,
    )
