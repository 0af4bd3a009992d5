# SPDX-License-Identifier: EUPL-1.2
"""Trying the change of the log key on copies in a folder of its own: nothing of the instance is touched.

What is tried is what `rotation.py` and the sealer do, down to the files; only the database stays out of it: the leaves
of the statements are made here, and enter a small log of their own.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import open_checkpoint, sign_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.keys import Purpose, log_key, make_next_key, read_origin, take_next_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import root_at
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra, verify_receipt
from melayani.ledger.rotation import RotationRefused, announced_key, announcement
from melayani.ledger.rules import new_salt, prepare_entry
from melayani.ledger.statements import StatementKind, log_stream
from melayani.ledger.vkeys import NoteKey


class _SmallLog:
    """A log of statements only, in a folder."""

    def __init__(self, folder: Path, *, origin: str, at: datetime) -> None:
        self.files = LogFiles(folder)
        self._origin = origin
        self._at = at
        self._size = 0

    def say(self, kind: StatementKind, data: dict[str, str], *, keys: Sequence[NoteKey]) -> bytes:
        """The statement enters, these keys sign; answers its receipt."""
        salt = new_salt()
        said = prepare_entry(
            stream=log_stream(self._origin), sequence=self._size, kind=kind, event=data, salt=salt,
            recorded_at=int(self._at.timestamp()),
        )  # fmt: skip
        self.files.write(grown(self.files, old=self._size, entries=[said.leaf]))
        self._size += 1
        root = root_at(size=self._size, hash_at=self.files.hashes(self._size).hash_at)
        self.files.publish(sign_checkpoint(origin=self._origin, size=self._size, root=root, keys=keys))
        extra = citizen_extra(leaf=said.leaf, salt=salt, event=data, kind=kind)
        proof = proof_file(extra=extra, index=self._size - 1, files=self.files)
        if proof is None:
            raise _failed("tanda terima tidak terbentuk")
        return proof


def drill(*, keys: Path, folder: Path, at: datetime) -> Iterator[str]:
    """Each step in words, once it has held. `keys` is a copy of the key folder, `folder` an empty one; both change.

    Raises `Refused` at the first step that does not hold.
    """
    log, old = _SmallLog(folder, origin=read_origin(keys), at=at), log_key(keys)
    new = make_next_key(keys, Purpose.LOG)
    yield "Kunci baru dibuat di samping kunci lama."
    data = announcement(purpose=Purpose.LOG, old=old.verifier, new=new.verifier)
    proof = log.say(StatementKind.KEY_ANNOUNCED, {name: str(value) for name, value in data.items()}, keys=[old])
    if announced_key(proof, log=old.verifier, old=old.verifier) != new.verifier:
        raise _failed("pengumuman tidak menyebut kunci baru")
    yield "Pengumuman kunci baru masuk buku besar, ditandatangani kunci lama saja."
    log.say(StatementKind.KEY_RETIRED, {"purpose": str(Purpose.LOG), "vkey": old.vkey}, keys=[old, new])
    for key in (old, new):
        open_checkpoint(log.files.published() or b"", logs=[key.verifier])
    yield "Selama masa peralihan titik periksa ditandatangani keduanya, dan masing-masing cukup."
    take_next_key(keys, Purpose.LOG)
    if log_key(keys).vkey != new.vkey:
        raise _failed("kunci baru tidak menggantikan kunci lama")
    last = log.say(StatementKind.KEY_RETIRED, {"purpose": str(Purpose.LOG), "vkey": old.vkey}, keys=[log_key(keys)])
    verify_receipt(last, policy=policy_of_logs([new.vkey]))
    yield "Setelah selesai hanya kunci baru yang menandatangani."
    try:
        verify_receipt(last, policy=policy_of_logs([old.vkey]))
    except Refused:
        yield "Kunci lama tidak lagi cukup untuk titik periksa baru."
    else:
        raise _failed("kunci lama masih menandatangani")
    verify_receipt(proof, policy=policy_of_logs([old.vkey]))
    yield "Tanda terima lama tetap sah menurut kunci lama."


def _failed(why: str) -> RotationRefused:
    return RotationRefused("rotation_drill", "Latihan gagal: %(why)s.", why=why)
