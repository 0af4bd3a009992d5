# SPDX-License-Identifier: EUPL-1.2
"""Making the proof file of one leaf out of the published files of the log."""

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import inclusion_proof
from melayani.ledger.note import split_note
from melayani.ledger.receipts import format_receipt


def proof_file(*, extra: bytes, index: int, files: LogFiles) -> bytes | None:
    """The proof that leaf `index` is in the tree of the published checkpoint; None while that does not cover it.

    Raises `TilesRefused` when tiles are missing, `ReceiptRefused` when the parts contradict each other.
    """
    note = files.published()
    if note is None:
        return None
    size = parse_checkpoint(split_note(note).text).size
    if index >= size:
        return None
    proof = inclusion_proof(index=index, size=size, hash_at=files.hashes(size).hash_at)
    return format_receipt(extra=extra, index=index, proof=proof, checkpoint=note)
