# SPDX-License-Identifier: EUPL-1.2
"""Making the proof file of one leaf out of the files of the log, and comparing a signed tree with the one they hold."""

from enum import StrEnum

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import consistency_proof, inclusion_proof, root_at, verify_consistency
from melayani.ledger.note import split_note
from melayani.ledger.receipts import format_receipt
from melayani.ledger.vkeys import VerifierKey, VkeyRefused, parse_vkey

# How `/ledger/keys` begins the line of a key that signs checkpoints now.
LOG_LINE = "log "


class Compared(StrEnum):
    """How a tree that a checkpoint names stands to the one that is published here."""

    SAME = "same"  # the published tree begins with it
    OTHER = "other"  # the published tree has another root at its size: two truths
    SHORTER = "shorter"  # the published tree has not come so far: signed entries are gone
    ELSEWHERE = "elsewhere"  # it is of a log with another name
    DAMAGED = "damaged"  # our own files do not show what they should, so nothing can be said


def proof_file(*, extra: bytes, index: int, files: LogFiles) -> bytes | None:
    """The proof that leaf `index` is in the tree of the published checkpoint; None while that does not cover it.

    Raises `TilesRefused` when tiles are missing, `ReceiptRefused` when the parts contradict each other.
    """
    note = files.published()
    return None if note is None else _under(note, extra=extra, index=index, files=files)


def witnessed_proof(*, extra: bytes, index: int, files: LogFiles) -> bytes | None:
    """As `proof_file`, but under the newest checkpoint that enough witnesses have cosigned, where that covers the leaf.

    While it does not, the proof is under the published one: asked for again later, it has the witnesses.
    """
    note = _cosigned(files)
    content = None if note is None else _under(note, extra=extra, index=index, files=files)
    return content or proof_file(extra=extra, index=index, files=files)


def first_unwitnessed(files: LogFiles) -> int | None:
    """From which leaf index on `witnessed_proof` lacks witnesses; None when it lacks them of none that is published."""
    note, published = _cosigned(files), files.published()
    size = 0 if note is None else _tree(note).size
    return None if published is None or size == _tree(published).size else size


def compared(tree: Checkpoint, *, files: LogFiles) -> Compared:
    """How the tree of a checkpoint, signed by a key of this log, stands to the published one. Never raises.

    Nothing is held against the log on the word of a damaged tile: what our files say of the earlier size must itself
    be proven under the published root (RFC 9162 2.1.4.2).
    """
    try:
        note = files.published()
        if note is None:
            return Compared.DAMAGED
        latest = _tree(note)
        if tree.origin != latest.origin:
            return Compared.ELSEWHERE
        if tree.size > latest.size:
            return Compared.SHORTER
        hash_at = files.hashes(latest.size).hash_at
        root = root_at(size=tree.size, hash_at=hash_at)
        proof = consistency_proof(size1=tree.size, size2=latest.size, hash_at=hash_at)
        verify_consistency(size1=tree.size, root1=root, size2=latest.size, root2=latest.root, proof=proof)
    except (OSError, Refused):
        return Compared.DAMAGED
    return Compared.SAME if root == tree.root else Compared.OTHER


def _under(note: bytes, *, extra: bytes, index: int, files: LogFiles) -> bytes | None:
    size = _tree(note).size
    if index >= size:
        return None
    proof = inclusion_proof(index=index, size=size, hash_at=files.hashes(size).hash_at)
    return format_receipt(extra=extra, index=index, proof=proof, checkpoint=note)


def _cosigned(files: LogFiles) -> bytes | None:
    """The kept cosigned checkpoint, if a key that signs now signed it and the published tree begins with it.

    After a new log was begun or a key has ended, an older one would only raise doubts.
    """
    note = files.cosigned()
    if note is None:
        return None
    try:
        tree = open_checkpoint(note, logs=_signing(files)).checkpoint
    except Refused:
        return None
    return note if compared(tree, files=files) == Compared.SAME else None


def _signing(files: LogFiles) -> list[VerifierKey]:
    """The keys that sign checkpoints now, as they are published."""
    keys = []
    for line in (files.keys() or b"").decode("utf-8", "replace").splitlines():
        try:
            if line.startswith(LOG_LINE):
                keys.append(parse_vkey(line.removeprefix(LOG_LINE)))
        except VkeyRefused:
            continue
    return keys


def _tree(note: bytes) -> Checkpoint:
    return parse_checkpoint(split_note(note).text)
