# SPDX-License-Identifier: EUPL-1.2
"""Promises: that an entry which is recorded will be in the log by a deadline, signed before it is there. Pure.

Source: LEDGER "Promise". A signed note (C2SP signed-note) by the promise key, which is named `<origin>/promise`; its
text has five lines: `melayani/promise/v1`, origin, leaf hash in base64, when the entry was recorded, the deadline.
Times are RFC 3339 in UTC, whole seconds, with `Z`. Whoever holds a promise whose deadline has passed, and a checkpoint
of later whose tree lacks the leaf, holds evidence against the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from melayani.ground.errors import Refused
from melayani.ledger.encodings import is_hash, read_hash, write_base64
from melayani.ledger.note import sign_note, verify_note
from melayani.ledger.vkeys import ED25519_NOTE, NoteKey, VerifierKey, is_key_name

HEADER = "melayani/promise/v1"
KEY_SUFFIX = "/promise"
# How long after recording, or after the batch of a secret entry, it may take at most until the entry is in the log.
SECONDS = 60


class PromiseRefused(Refused):
    """The text is no promise, or the key that signed it is not the promise key of the log it names."""


@dataclass(frozen=True)
class Promise:
    """The log `origin` will hold the leaf with this hash (32 bytes) by `deadline`; times in POSIX seconds."""

    origin: str
    leaf_hash: bytes
    recorded_at: int
    deadline: int


def sign_promise(promise: Promise, *, key: NoteKey) -> bytes:
    """The note of the promise. The same promise and key give the same bytes (Ed25519 is deterministic, RFC 8032).

    Raises `PromiseRefused` when the parts are none of a promise, or the key is not named `<origin>/promise`.
    """
    if not _may_promise(key.name, key.kind, origin=promise.origin):
        raise _wrong_key()
    return sign_note(format_promise(promise), keys=[key])


def verify_promise(note: bytes, *, keys: Iterable[VerifierKey]) -> Promise:
    """What the note promises, signed by one of `keys` that is the promise key of the log named in it.

    Raises `NoteRefused` when the note is malformed, a signature of a given key does not hold, or none is there, and
    `PromiseRefused` when its text is no promise or the key that signed is another log's. Whether the promise was kept
    is not looked at here: that needs the log.
    """
    text, verified = verify_note(note, keys=keys)
    promise = parse_promise(text)
    if not any(_may_promise(each.key.name, each.key.kind, origin=promise.origin) for each in verified):
        raise _wrong_key()
    return promise


def is_promise(content: bytes) -> bool:
    """Whether the file says to be a promise, so that it is to be read as one; nothing is verified."""
    return content.startswith(HEADER.encode() + b"\n")


def format_promise(promise: Promise) -> str:
    """The five lines. Raises `PromiseRefused` when they would not be read again as they are."""
    if not is_hash(promise.leaf_hash):
        raise _malformed()
    lines = (
        HEADER,
        promise.origin,
        write_base64(promise.leaf_hash),
        _written_moment(promise.recorded_at),
        _written_moment(promise.deadline),
    )
    text = "".join(line + "\n" for line in lines)
    if parse_promise(text) != promise:
        raise _malformed()
    return text


def parse_promise(text: str) -> Promise:
    """The promise that `text` (the text of a note, with its final newline) spells; nothing is verified.

    Raises `PromiseRefused` for anything else: more or fewer lines, another first line, an origin that can name no log,
    a hash that is not 32 bytes in strict base64, another spelling of a time, a deadline not after the time.
    """
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != HEADER or lines[5] or not is_key_name(lines[1]):
        raise _malformed()
    leaf_hash, recorded_at, deadline = read_hash(lines[2]), _read_moment(lines[3]), _read_moment(lines[4])
    if leaf_hash is None or recorded_at is None or deadline is None or deadline <= recorded_at:
        raise _malformed()
    return Promise(origin=lines[1], leaf_hash=leaf_hash, recorded_at=recorded_at, deadline=deadline)


def _may_promise(name: str, kind: bytes, *, origin: str) -> bool:
    """Whether a key of this name and type speaks for promises of this log: the log key and witnesses do not."""
    return name == origin + KEY_SUFFIX and kind == ED25519_NOTE


def _written_moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError) as error:
        raise _malformed() from error


def _read_moment(text: str) -> int | None:
    """POSIX seconds of the moment; None for any other spelling and for days that do not exist."""
    try:
        seconds = int(datetime.fromisoformat(text).timestamp())
    except (OverflowError, OSError, ValueError):
        return None
    return seconds if _written_moment(seconds) == text else None


def _malformed() -> PromiseRefused:
    return PromiseRefused("promise_form", "Berkas ini bukan janji buku besar yang utuh.")


def _wrong_key() -> PromiseRefused:
    return PromiseRefused("promise_key", "Janji ini tidak ditandatangani dengan kunci janji buku besarnya.")
