# SPDX-License-Identifier: EUPL-1.2
"""Cosignatures of witnesses, version 1: "at this time, this was the largest consistent tree of the log I saw". Pure.

Source: C2SP tlog-cosignature, Ed25519 (type 0x04). The bytes of a cosignature are the POSIX time as uint64, big-endian,
then the 64 bytes of the signature. Lines of the coming ML-DSA type 0x06 belong to keys nobody here trusts yet: notes
carry them along unread (`note.py`).
"""

from melayani.ledger.encodings import LARGEST_NUMBER
from melayani.ledger.vkeys import COSIGNATURE, SIGNATURE_BYTES, NoteKey, VerifierKey

HEADER = "cosignature/v1"
TIME_BYTES = 8


def cosigned_message(*, text: bytes, at: int) -> bytes:
    """What a witness signs: header line, time line (`at` in POSIX seconds), then the whole text of the checkpoint."""
    return f"{HEADER}\ntime {at}\n".encode() + text


def cosign(*, text: bytes, key: NoteKey, at: int) -> bytes:
    """The 72 bytes of a cosignature by `key` over the checkpoint `text` (with its final newline), `at` POSIX seconds.

    Raises `ValueError` for a key of another type and for a time that cannot be: both are bugs of the caller.
    """
    if key.kind != COSIGNATURE:
        raise ValueError("only a key of type 0x04 cosigns")
    if not 0 < at <= LARGEST_NUMBER:
        raise ValueError("the time of a cosignature is from 1 to 2^63 - 1")
    return at.to_bytes(TIME_BYTES, "big") + key.private.sign(cosigned_message(text=text, at=at))


def cosigned_at(signature: bytes) -> int | None:
    """The time in POSIX seconds that these bytes of a cosignature name; None when they cannot be one."""
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES:
        return None
    at = int.from_bytes(signature[:TIME_BYTES], "big")
    return at if 0 < at <= LARGEST_NUMBER else None


def has_cosigned(*, text: bytes, key: VerifierKey, signature: bytes) -> bool:
    """Whether these are the bytes of a cosignature by `key` (type 0x04) over the checkpoint `text`. Never raises."""
    at = cosigned_at(signature)
    if at is None or key.kind != COSIGNATURE:
        return False
    return key.has_signed(message=cosigned_message(text=text, at=at), signature=signature[TIME_BYTES:])
