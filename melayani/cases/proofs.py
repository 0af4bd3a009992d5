# SPDX-License-Identifier: EUPL-1.2
"""Which entries of the ledger belong to a case, for the proofs that anybody may ask for."""

from dataclasses import dataclass

from melayani.cases.models import Event
from melayani.cases.rules import Visibility


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
