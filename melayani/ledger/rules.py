# SPDX-License-Identifier: EUPL-1.2
"""The leaf of Melayani, version 1: what exactly is hashed for every act. Pure.

Source: LEDGER "Leaf of Melayani, version 1"; hashing per RFC 6962 2.1.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from melayani.ground.canonical_json import Json, canonical_json
from melayani.ground.errors import Refused
from melayani.ledger.merkle import leaf_hash

LEAF_VERSION = 1
MOST_LEAF_BYTES = 512
SALT_BYTES = 32
STREAM_BYTES = 16
COMMITMENT_LABEL = "melayani/leaf/v1"


class LeafRefused(Refused):
    """The leaf cannot be written: too long, not ASCII, or a stream or salt of the wrong length."""


@dataclass(frozen=True)
class PreparedEntry:
    """An entry ready to be stored, without its two numbers. `leaf` are the final bytes; `leaf_hash` is 32 bytes."""

    stream: bytes
    sequence: int
    kind: str
    unit_code: str
    sealed: bool
    recorded_at: int
    salt: bytes
    leaf: bytes
    leaf_hash: bytes


def new_salt() -> bytes:
    """32 fresh random bytes."""
    return os.urandom(SALT_BYTES)


def new_stream() -> bytes:
    """16 fresh random bytes: the id of one stream of entries."""
    return os.urandom(STREAM_BYTES)


def text_hash(*, salt: bytes, text: str) -> str:
    """How a free text stands in an event: base64 of SHA-256(salt || UTF-8 of the text)."""
    return base64.b64encode(hashlib.sha256(salt + text.encode()).digest()).decode()


def commitment(*, salt: bytes, kind: str, event: Mapping[str, Json]) -> bytes:
    """32 bytes that bind `kind` and `event` without telling them: HMAC-SHA-256 keyed by the salt."""
    message = f"{COMMITMENT_LABEL}\n{kind}\n".encode() + canonical_json(event)
    return hmac.new(salt, message, hashlib.sha256).digest()


def leaf_bytes(
    *, bound: bytes, kind: str, sequence: int, stream: bytes, recorded_at: int, unit_code: str, sealed: bool
) -> bytes:
    """The exact bytes of a leaf around the commitment `bound`; of a sealed one nothing else is told.

    `recorded_at` in POSIX seconds. Raises `LeafRefused` when the result is not ASCII or longer than 512 bytes.
    """
    c = base64.b64encode(bound).decode()
    if sealed:
        return canonical_json({"c": c, "k": "sealed", "v": LEAF_VERSION})
    if len(stream) != STREAM_BYTES:
        raise LeafRefused("stream_length", "A stream id has 16 bytes.")
    fields: dict[str, Json] = {
        "c": c,
        "k": kind,
        "n": sequence,
        "s": base64.b64encode(stream).decode(),
        "t": recorded_at,
        "v": LEAF_VERSION,
    }
    if unit_code:
        fields["u"] = unit_code
    leaf = canonical_json(fields)
    if len(leaf) > MOST_LEAF_BYTES or not leaf.isascii():
        raise LeafRefused("leaf_form", "A leaf is ASCII and has at most 512 bytes.")
    return leaf


def prepare_entry(
    *,
    stream: bytes,
    sequence: int,
    kind: str,
    event: Mapping[str, Json],
    salt: bytes,
    recorded_at: int,
    unit_code: str = "",
    sealed: bool = False,
) -> PreparedEntry:
    """The entry for one act, ready to store. `event` already holds its free texts as `text_hash` with the same salt."""
    if len(salt) != SALT_BYTES:
        raise LeafRefused("salt_length", "A salt has 32 bytes.")
    leaf = leaf_bytes(
        bound=commitment(salt=salt, kind=kind, event=event),
        kind=kind,
        sequence=sequence,
        stream=stream,
        recorded_at=recorded_at,
        unit_code=unit_code,
        sealed=sealed,
    )
    return PreparedEntry(
        stream=stream,
        sequence=sequence,
        kind=kind,
        unit_code=unit_code,
        sealed=sealed,
        recorded_at=recorded_at,
        salt=salt,
        leaf=leaf,
        leaf_hash=leaf_hash(leaf),
    )
