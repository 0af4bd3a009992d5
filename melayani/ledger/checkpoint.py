# SPDX-License-Identifier: EUPL-1.2
"""Checkpoints: the name of a log, its size and its root, signed by the log. Pure.

Source: C2SP tlog-checkpoint. Three lines (origin, size, root); we write no further ones, and keep those of others,
because signatures cover them. A checkpoint speaks for a log only if a key with the name of the origin signed it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from melayani.ground.errors import Refused
from melayani.ledger.encodings import is_hash, is_number, read_decimal, read_hash, write_base64
from melayani.ledger.merkle import EMPTY_ROOT
from melayani.ledger.note import MOST_NOTE_BYTES, Verified, sign_note, verify_note
from melayani.ledger.vkeys import COSIGNATURE, NoteKey, VerifierKey, is_key_name

MOST_EXTENSION_LINES = 64


class CheckpointRefused(Refused):
    """The text is no checkpoint, cannot be true (an empty tree with a root of its own), or its log did not sign it."""


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: `size` leaves under `root` (32 bytes). `extensions`: further lines, of others only."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint that its log signed. `log` is the key that did, `text` what it signed.

    `cosignatures` are those of the given witness keys that hold; whether they suffice is for the policy to say.
    """

    checkpoint: Checkpoint
    text: str
    log: VerifierKey
    cosignatures: tuple[Verified, ...]


def format_checkpoint(*, origin: str, size: int, root: bytes) -> str:
    """The three lines of our own checkpoint.

    Raises `CheckpointRefused` when the origin cannot name a log, or size and root cannot be those of a tree.
    """
    if not is_key_name(origin) or not is_number(size) or not is_hash(root):
        raise _malformed()
    _check_empty(size, root)
    return f"{origin}\n{size}\n{write_base64(root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that `text` (the text of a note, with its final newline) spells; nothing is verified.

    Raises `CheckpointRefused` for anything else: an empty line, a size with leading zeroes or beyond 2^63 - 1, a root
    that is not 32 bytes in strict base64, more than 64 further lines.
    """
    if not isinstance(text, str) or len(text) > MOST_NOTE_BYTES or not text.endswith("\n"):
        raise _malformed()
    lines = text[:-1].split("\n")
    if not 3 <= len(lines) <= 3 + MOST_EXTENSION_LINES or not all(lines):
        raise _malformed()
    origin, written_size, written_root, *extensions = lines
    size, root = read_decimal(written_size), read_hash(written_root)
    if size is None or root is None:
        raise _malformed()
    _check_empty(size, root)
    return Checkpoint(origin=origin, size=size, root=root, extensions=tuple(extensions))


def sign_checkpoint(*, origin: str, size: int, root: bytes, keys: Iterable[NoteKey]) -> bytes:
    """The whole note of our own checkpoint, signed by each key; during a rotation there are two of the same name.

    Raises `CheckpointRefused` unless every key bears the name of the origin, and as `format_checkpoint` does. Whether
    this checkpoint may be signed at all, after those signed before, is for the caller to check first.
    """
    signers = list(keys)
    if any(key.name != origin for key in signers):
        raise CheckpointRefused("checkpoint_key", "Kunci buku besar harus bernama sama dengan buku besarnya.")
    return sign_note(format_checkpoint(origin=origin, size=size, root=root), keys=signers)


def open_checkpoint(
    note: bytes, *, logs: Iterable[VerifierKey], witnesses: Iterable[VerifierKey] = ()
) -> OpenedCheckpoint:
    """The checkpoint of the note, signed by one of the keys `logs` that bears the name of its origin.

    Raises `NoteRefused` when the note is malformed or a signature of a given key does not hold, and
    `CheckpointRefused` when the text is no checkpoint or no such key signed it (a witness is not enough).
    """
    trusted = list(logs)
    text, verified = verify_note(note, keys=[*trusted, *witnesses])
    checkpoint = parse_checkpoint(text)
    signers = [each.key for each in verified if each.key in trusted and each.key.kind != COSIGNATURE]
    log = next((key for key in signers if key.name == checkpoint.origin), None)
    if log is None:
        raise CheckpointRefused("checkpoint_unsigned", "Titik periksa ini tidak ditandatangani oleh buku besarnya.")
    cosignatures = tuple(each for each in verified if each.key.kind == COSIGNATURE)
    return OpenedCheckpoint(checkpoint=checkpoint, text=text, log=log, cosignatures=cosignatures)


def _check_empty(size: int, root: bytes) -> None:
    if size == 0 and root != EMPTY_ROOT:
        raise CheckpointRefused("checkpoint_empty", "Buku besar yang kosong tidak memiliki akar lain.")


def _malformed() -> CheckpointRefused:
    return CheckpointRefused("checkpoint_form", "Teks ini bukan titik periksa buku besar.")
