# SPDX-License-Identifier: EUPL-1.2
"""Which entries of the ledger belong to a case: for proofs that anybody may ask for, and for the citizen's receipts.

A receipt of the citizen holds the salt, and with the salt short texts in an event can be found by trying: a telephone
number within hours. So it opens only acts that say something to the citizen and hold nothing of anybody else.
Of the rest that the citizen is told of, the receipt proves that the act was recorded, and its content stays sealed.
"""

from dataclasses import dataclass

from melayani.cases.models import Event
from melayani.cases.rules import OFFICERS_ONLY, ActorKind, EventKind, Visibility
from melayani.ground.errors import Refused
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.proving import first_unwitnessed, witnessed_proof
from melayani.ledger.receipts import citizen_extra, public_extra

# Opened to the citizen: own acts, letters and decisions addressed to the citizen, and what the clock of the case did.
# In acts of officers stands the number of the officer's account, which is no name; it is the price of being able to
# prove the letter itself. Never here: notes among officers; who joined and how to reach them; who read the identity,
# came or went, and what was shown to the public (the account would be all that opening them adds); the messages of
# other systems. A new kind of act stays sealed until somebody has thought about it.
OPENED = frozenset(
    {
        EventKind.FILED,
        EventKind.REPLIED,
        EventKind.CONFIRMED,
        EventKind.REOPENED,
        EventKind.WITHDRAWN,
        EventKind.FILES_ADDED,
        EventKind.ASSIGNED,
        EventKind.ASKED,
        EventKind.PROGRESS,
        EventKind.ANSWERED,
        EventKind.REFERRED,
        EventKind.REJECTED,
        EventKind.RESUMED,
        EventKind.PROMISE_MOVED,
        EventKind.SILENCE,
    }
)


class ReceiptAbsent(Refused):
    """There is no receipt of this act: not yet, no more, or the citizen is not told of such an act."""


@dataclass(frozen=True)
class SealedEntry:
    """An entry that is in the tree: its number there and the bytes of its leaf."""

    leaf_index: int
    leaf: bytes


@dataclass(frozen=True)
class FilingEntry:
    """The entry of a filing, for the sheet of its citizen: `leaf_index` None = not in the tree yet."""

    leaf_hash: bytes
    leaf_index: int | None
    sealed: bool


def public_entry(*, number: str, sequence: int) -> SealedEntry | None:
    """The entry of act `sequence` (0 = the filing) of a public case; None when it is not there or not sealed yet.

    One query. A secret case is not there, whatever has happened to it; nor is what only officers are told of, though
    its leaf is in the public bundles like every other.
    """
    found = (
        Event.objects.filter(
            case__number=number,
            case__visibility=Visibility.PUBLIC,
            sequence=sequence,
            entry__sealed=False,
            entry__leaf_index__isnull=False,
        )
        .exclude(kind__in=OFFICERS_ONLY)
        .values_list("entry__leaf_index", "entry__leaf")
        .first()
    )
    return None if found is None or found[0] is None else SealedEntry(leaf_index=found[0], leaf=bytes(found[1]))


def filing_entry(*, number: str) -> FilingEntry | None:
    """Where the filing of a case, public or secret, stands in the ledger. One query. The face has checked the key."""
    found = (
        Event.objects.filter(case__number=number, sequence=0)
        .values_list("entry__leaf_hash", "entry__leaf_index", "entry__sealed")
        .first()
    )
    return None if found is None else FilingEntry(leaf_hash=bytes(found[0]), leaf_index=found[1], sealed=found[2])


def opens_to_citizen(*, kind: str, by: str) -> bool:
    """Whether the receipt of an act of this kind, done by `by` (`ActorKind`), shows the citizen what was recorded."""
    return kind in OPENED and by != ActorKind.PARTY


def act_receipt(*, number: str, sequence: int, files: LogFiles) -> bytes:
    """The receipt of act `sequence` (0 = the filing) of a case, public or secret. The face has checked the key.

    Where `opens_to_citizen`, it opens the commitment: whoever has the file sees codes, places and times of the act, and
    its texts as hashes. Else it proves the sealed leaf. One query. Raises `ReceiptAbsent` with the code `act_unknown`
    (also for what only officers know of), `act_not_sealed` or `act_in_batch` (not in the log yet), or `act_erased`
    (the salt is destroyed; receipts given before stay valid), and `ReceiptRefused` or `TilesRefused` when rows and log
    contradict each other.
    """
    event = Event.objects.select_related("entry").filter(case__number=number, sequence=sequence).first()
    if event is None or event.kind in OFFICERS_ONLY:
        raise ReceiptAbsent("act_unknown", "Tindakan ini tidak ada pada kasus Anda.")
    entry = event.entry
    extra = _extra(event)
    content = None if entry.leaf_index is None else witnessed_proof(extra=extra, index=entry.leaf_index, files=files)
    if content is None:
        raise _not_yet(entry)
    return content


def awaits_witnesses(*, number: str, files: LogFiles) -> bool:
    """Whether the receipt of an act of the case that is in the log still lacks the witnesses that the log asks for.

    To be asked only of a log that has witnesses. At most one query, none while they have seen everything. Raises
    `Refused` when the checkpoint cannot be read.
    """
    first = first_unwitnessed(files)
    if first is None:
        return False
    acts = Event.objects.filter(case__number=number, entry__leaf_index__gte=first)
    return acts.exclude(kind__in=OFFICERS_ONLY).exists()


def _extra(event: Event) -> bytes:
    """What the receipt tells beside the proof: the whole event with its salt, or the leaf alone."""
    entry = event.entry
    if not opens_to_citizen(kind=event.kind, by=str(event.data.get("by", ""))):
        return public_extra(leaf=bytes(entry.leaf))
    if entry.salt is None:
        raise ReceiptAbsent(
            "act_erased",
            "Isi kasus ini sudah dihapus, jadi tanda terimanya tidak dapat dibuat lagi. Yang lama berlaku.",
        )
    return citizen_extra(leaf=bytes(entry.leaf), salt=bytes(entry.salt), event=event.data, kind=event.kind)


def _not_yet(entry: Entry) -> ReceiptAbsent:
    if entry.sealed:
        return ReceiptAbsent(
            "act_in_batch",
            "Kasus rahasia disegel bersama-sama pukul 06.00 dan 18.00 WIB. Unduh tanda terimanya sesudah itu.",
        )
    return ReceiptAbsent(
        "act_not_sealed",
        "Catatan ini belum disegel di buku besar. Biasanya kurang dari satu menit; coba lagi sebentar lagi.",
    )
