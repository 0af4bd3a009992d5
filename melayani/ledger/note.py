# SPDX-License-Identifier: EUPL-1.2
"""Signed notes: a text, and lines by which keys stand for it. Pure.

Source: C2SP signed-note; the vectors of golang.org/x/mod/sumdb/note hold. A note is UTF-8: the text with its final
newline, an empty line (the last one of the note), then lines `— name base64(key id || signature)`. Lines of keys that
the reader does not trust are carried along and never looked into. Numbers, base64 and sizes are taken strictly.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from melayani.ground.errors import Refused
from melayani.ledger.cosignatures import has_cosigned
from melayani.ledger.encodings import read_base64, write_base64
from melayani.ledger.vkeys import (
    COSIGNATURE,
    KEY_ID_BYTES,
    NoteKey,
    VerifierKey,
    VkeyRefused,
    is_key_name,
    parse_vkey,
)

# Sixteen signatures must be accepted, and one of a coming post-quantum type takes about 3,300 letters.
MOST_NOTE_BYTES = 256 * 1024
MOST_SIGNATURES = 64
MOST_VKEYS = 256
_LINE_START = "\u2014 "


class NoteRefused(Refused):
    """The note is malformed or too large, a trusted key did not sign it as it says, or no trusted key signed it."""


@dataclass(frozen=True)
class SignatureLine:
    """One line below the text: who says to have signed, with which key, and the bytes of the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_LINE_START}{self.name} {write_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class UnverifiedNote:
    """A well-formed note in its parts. Nothing in it is proven: `text` must not be believed before it is verified."""

    text: str
    lines: tuple[SignatureLine, ...]


@dataclass(frozen=True)
class OpenedNote:
    """A text that trusted keys signed: `verified` holds name and key id (4 bytes) of each, in the order of the note."""

    text: str
    verified: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Verified:
    """One signature that holds: by this key, with these bytes."""

    key: VerifierKey
    signature: bytes


def open_note(text: bytes, *, vkeys: Sequence[str]) -> OpenedNote:
    """The text of the whole note `text`, signed by at least one of the keys; each key counts once.

    `vkeys` are verifier key strings: of types 0x01 (signs the text) and 0x04 (cosigns it). Lines of other keys are
    ignored, even with a known name or id. Raises `NoteRefused` for a malformed or too large note (256 KiB, 64
    signatures), for a verifier key that cannot be read, for a line that says to be of one of the keys and does not
    hold, and when none of the keys signed. Source: C2SP signed-note.
    """
    try:
        several = list(itertools.islice(vkeys, MOST_VKEYS + 1))
    except TypeError as error:
        raise NoteRefused("note_keys", "Kunci pemeriksa harus berupa daftar.") from error
    if len(several) > MOST_VKEYS:
        raise NoteRefused("note_keys", "Paling banyak %(most)s kunci pemeriksa.", most=MOST_VKEYS)
    try:
        keys = [parse_vkey(vkey) for vkey in several]
    except VkeyRefused as refused:
        raise NoteRefused(refused.code, refused.sentence) from refused
    opened, verified = verify_note(text, keys=keys)
    return OpenedNote(text=opened, verified=tuple((each.key.name, each.key.key_id) for each in verified))


def verify_note(note: bytes, *, keys: Iterable[VerifierKey]) -> tuple[str, tuple[Verified, ...]]:
    """The text and every signature of these keys on it, at least one. Raises `NoteRefused` as `open_note` does."""
    parts = split_note(note)
    trusted = _by_name_and_id(keys)
    signed = parts.text.encode("utf-8")
    verified: dict[tuple[str, bytes], Verified] = {}
    for line in parts.lines:
        key = trusted.get((line.name, line.key_id))
        if key is None:
            continue
        if not _holds(key, text=signed, signature=line.signature):
            raise NoteRefused("note_signature", "Tanda tangan %(name)s tidak cocok dengan isinya.", name=key.name)
        verified.setdefault((line.name, line.key_id), Verified(key=key, signature=line.signature))
    if not verified:
        raise NoteRefused("note_unsigned", "Tidak ada tanda tangan dari kunci yang dipercaya.")
    return parts.text, tuple(verified.values())


def _by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    trusted: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        known = trusted.setdefault((key.name, key.key_id), key)
        if known != key:
            raise NoteRefused("note_keys", "Dua kunci pemeriksa memiliki nama dan tanda yang sama.")
    return trusted


def _holds(key: VerifierKey, *, text: bytes, signature: bytes) -> bool:
    if key.kind == COSIGNATURE:
        return has_cosigned(text=text, key=key, signature=signature)
    return key.has_signed(message=text, signature=signature)


def split_note(note: bytes) -> UnverifiedNote:
    """The note in its parts, without believing any of it. Raises `NoteRefused` when it is malformed or too large."""
    if not isinstance(note, bytes):
        raise _malformed()
    if len(note) > MOST_NOTE_BYTES:
        raise NoteRefused("note_size", "Berkas ini terlalu besar untuk catatan bertanda tangan.")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed() from error
    if any(letter < " " and letter != "\n" for letter in set(whole)):
        raise _malformed()
    # The last empty line separates; the text keeps the newline before it.
    text, separator, below = whole.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise _malformed()
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteRefused("note_size", "Paling banyak %(most)s tanda tangan.", most=MOST_SIGNATURES)
    return UnverifiedNote(text=text + "\n", lines=tuple(_signature_line(line) for line in lines))


def _signature_line(line: str) -> SignatureLine:
    name, _, encoded = line.removeprefix(_LINE_START).partition(" ")
    content = read_base64(encoded)
    if not line.startswith(_LINE_START) or not is_key_name(name) or content is None or len(content) <= KEY_ID_BYTES:
        raise _malformed()
    return SignatureLine(name=name, key_id=content[:KEY_ID_BYTES], signature=content[KEY_ID_BYTES:])


def sign_note(text: str, *, keys: Sequence[NoteKey]) -> bytes:
    """The whole note over `text` (which ends in a newline), signed by each of `keys` (type 0x01) in order.

    Raises `NoteRefused` when the text, the names or their number cannot make a note that everybody reads.
    """
    signed = _text_bytes(text)
    lines = [SignatureLine(key.name, key.key_id, key.private.sign(signed)) for key in keys]
    if any(key.kind == COSIGNATURE for key in keys):
        raise NoteRefused("note_keys", "Kunci saksi tidak menandatangani catatan.")
    note = signed + b"\n" + "".join(str(line) for line in lines).encode()
    if split_note(note) != UnverifiedNote(text=text, lines=tuple(lines)):
        raise _malformed()
    return note


def add_lines(note: bytes, *, lines: Iterable[SignatureLine]) -> bytes:
    """The note with further signature lines below those it has; lines that it has already are not repeated.

    The lines are not verified here. Raises `NoteRefused` when the result is malformed or too large.
    """
    there = set(split_note(note).lines)
    more = [line for line in dict.fromkeys(lines) if line not in there]
    longer = note + "".join(str(line) for line in more).encode("utf-8", "replace")
    split_note(longer)
    return longer


def _text_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _malformed() from error


def _malformed() -> NoteRefused:
    return NoteRefused("note_form", "Berkas ini bukan catatan bertanda tangan yang utuh.")
