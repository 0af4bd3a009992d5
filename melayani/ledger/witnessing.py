# SPDX-License-Identifier: EUPL-1.2
"""Being a witness: a checkpoint of a log is cosigned only if it continues the last one that was cosigned for it.

Source: C2SP tlog-witness (`add-checkpoint`), LEDGER "Witness". `read_request` and `check_continues` are pure; `Memory`
keeps for each log what was cosigned last, and makes checking and keeping one step on the disk before anybody hears of
it. Nothing here knows Django: a newsroom runs a witness without an instance.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.encodings import read_decimal, read_hash
from melayani.ledger.merkle import ProofRefused, verify_consistency
from melayani.ledger.note import NoteRefused, SignatureLine, split_note, verify_note
from melayani.ledger.vkeys import ED25519_NOTE, NoteKey, VerifierKey, VkeyRefused, parse_vkey

MOST_REQUEST_BYTES = 64 * 1024
MOST_PROOF_LINES = 63
# How long one request waits for others to let go of the memory.
LOCK_SECONDS = 10.0
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
STATUSES = {
    "witness_form": 400,
    "witness_old": 400,
    "witness_unsigned": 403,
    "witness_origin": 404,
    "witness_size": 409,
    "witness_proof": 422,
}


class WitnessRefused(Refused):
    """The checkpoint is not cosigned, or a witness cannot be set up so. `status` is what HTTP says to the log."""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return STATUSES[self.code]


@dataclass(frozen=True)
class Request:
    """What a log asks: that `checkpoint`, whose `text` it signed, be cosigned after that of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    text: str
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Seen:
    """What a witness cosigned last for a log: how many leaves under which root (32 bytes)."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Answer:
    """What the log hears."""

    status: int
    body: bytes
    content_type: str = TEXT


def logs_of(vkeys: Sequence[str]) -> dict[str, list[VerifierKey]]:
    """The keys of the logs to witness, by origin; several of one origin while a log changes its key.

    Raises `WitnessRefused` for a text that is no verifier key, or none that signs a log.
    """
    logs: dict[str, list[VerifierKey]] = {}
    for vkey in vkeys:
        try:
            key = parse_vkey(vkey)
        except VkeyRefused as refused:
            raise WitnessRefused(refused.code, refused.sentence) from refused
        if key.kind != ED25519_NOTE:
            raise WitnessRefused("witness_key", "Kunci ini bukan kunci buku besar.")
        logs.setdefault(key.name, []).append(key)
    return logs


def read_request(body: bytes, *, logs: Mapping[str, Sequence[VerifierKey]]) -> Request:
    """What is asked, signed by a log that is witnessed. Raises `WitnessRefused` with 400, 404, 403 or 422."""
    old, proof, note = _parts(body)
    try:
        text = split_note(note).text
    except NoteRefused as refused:
        raise _malformed() from refused
    # The name stands in the first line even where the rest cannot be true.
    keys = logs.get(text.partition("\n")[0])
    if not keys:
        raise WitnessRefused("witness_origin", "Saksi ini tidak menyaksikan buku besar itu.")
    try:
        verify_note(note, keys=keys)
    except NoteRefused as refused:
        raise WitnessRefused("witness_unsigned", "Titik periksa ini tidak ditandatangani buku besarnya.") from refused
    try:
        checkpoint = parse_checkpoint(text)
    except CheckpointRefused as refused:
        raise (_unproven() if refused.code == "checkpoint_empty" else _malformed()) from refused
    if old > checkpoint.size:
        raise WitnessRefused("witness_old", "Ukuran lama lebih besar daripada titik periksanya.")
    return Request(old=old, proof=proof, text=text, checkpoint=checkpoint)


def _parts(body: bytes) -> tuple[int, tuple[bytes, ...], bytes]:
    """Old size, proof and note of a body. Raises `WitnessRefused` (400) for any other form."""
    # The first empty line ends what is for the witness; the note has a later one.
    head, separator, note = body.partition(b"\n\n")
    if len(body) > MOST_REQUEST_BYTES or not separator or not head.isascii():
        raise _malformed()
    first, *lines = head.decode("ascii").split("\n")
    old = read_decimal(first.removeprefix("old ")) if first.startswith("old ") else None
    hashes = [read_hash(line) for line in lines]
    proof = tuple(sibling for sibling in hashes if sibling is not None)
    if old is None or len(proof) != len(hashes) or len(proof) > MOST_PROOF_LINES:
        raise _malformed()
    return old, proof, note


def check_continues(request: Request, *, seen: Seen | None) -> None:
    """Returns only if the checkpoint continues what was cosigned last (None = nothing yet).

    Raises `WitnessRefused`: 409 when the log starts from another size, 422 when the proof does not hold.
    """
    known = Seen(size=0, root=b"") if seen is None else seen
    if request.old != known.size:
        raise WitnessRefused("witness_size", "Terakhir disaksikan: %(size)s entri.", size=known.size)
    if known.size == 0:
        # Every tree continues the empty one, and there is nothing to prove. (Reading has checked the empty root.)
        if request.proof:
            raise _unproven()
        return
    tree = request.checkpoint
    try:
        verify_consistency(size1=known.size, root1=known.root, size2=tree.size, root2=tree.root, proof=request.proof)
    except ProofRefused as refused:
        raise _unproven() from refused


class Memory:
    """What was cosigned last for each log: a small database that several processes may share."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=LOCK_SECONDS, isolation_level=None)) as opened:
            # The folder is synced too when the journal goes: after a power cut nothing that was said is forgotten.
            opened.execute("PRAGMA synchronous=EXTRA")
            yield opened

    def begin(self) -> None:
        """There is a memory, of nothing, unless it was there."""
        with self._opened() as opened:
            opened.execute("CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER, root BLOB)")

    def seen(self, origin: str) -> Seen | None:
        """What was cosigned last for this log."""
        with self._opened() as opened:
            return _seen(opened, origin)

    def continue_with(self, request: Request) -> None:
        """The checkpoint is what was cosigned last, on the disk, if it continues what was there.

        Raises `WitnessRefused` as `check_continues`, and sqlite3.Error when the memory cannot be used; then nothing
        has changed.
        """
        tree = request.checkpoint
        with self._opened() as opened:
            # Checking and keeping are one step: nobody else looks or writes between the two.
            opened.execute("BEGIN IMMEDIATE")
            seen = _seen(opened, tree.origin)
            check_continues(request, seen=seen)
            if seen != Seen(size=tree.size, root=tree.root):
                opened.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (tree.origin, tree.size, tree.root))
            opened.execute("COMMIT")


def _seen(opened: sqlite3.Connection, origin: str) -> Seen | None:
    row = opened.execute("SELECT size, root FROM seen WHERE origin = ?", (origin,)).fetchone()
    return None if row is None else Seen(size=row[0], root=row[1])


def add_checkpoint(
    body: bytes, *, logs: Mapping[str, Sequence[VerifierKey]], memory: Memory, key: NoteKey, at: int
) -> Answer:
    """The answer to a request: a cosignature by `key` at `at` (POSIX seconds), once the memory holds the checkpoint.

    Raises sqlite3.Error when the memory cannot be used.
    """
    try:
        request = read_request(body, logs=logs)
        memory.continue_with(request)
    except WitnessRefused as refused:
        if refused.code == "witness_size":
            return Answer(refused.status, f"{refused.values['size']}\n".encode(), SIZE)
        return Answer(refused.status, f"{refused.message}\n".encode())
    line = SignatureLine(key.name, key.key_id, cosign(text=request.text.encode(), key=key, at=at))
    return Answer(200, str(line).encode())


def open_memory(file: Path, *, fresh: bool) -> Memory:
    """The memory in `file`. Only with a `fresh` key is one made: a known witness that forgot would cosign two truths.

    Raises `WitnessRefused` when a known witness has lost it, or it is damaged.
    """
    if fresh:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    elif not file.exists():
        raise _forgotten()
    memory = Memory(file)
    try:
        memory.begin() if fresh else memory.seen("")
    except sqlite3.DatabaseError as error:
        raise _forgotten() from error
    return memory


def _forgotten() -> WitnessRefused:
    return WitnessRefused(
        "witness_memory",
        "Ingatan saksi ini hilang atau rusak. Kembalikan berkasnya, atau buat saksi dengan kunci baru.",
    )


def _malformed() -> WitnessRefused:
    return WitnessRefused("witness_form", "Permintaan kepada saksi tidak terbaca.")


def _unproven() -> WitnessRefused:
    return WitnessRefused("witness_proof", "Titik periksa ini tidak terbukti melanjutkan yang terakhir disaksikan.")
