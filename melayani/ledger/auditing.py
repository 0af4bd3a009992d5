# SPDX-License-Identifier: EUPL-1.2
"""Auditing the log, leaf by leaf: every leaf recomputed from its row. `audit_tree` does the same for the tree.

Source: LEDGER "Leaf of Melayani, version 1". What is compared comes from the caller, so that one reading of the tables
serves leaves and cases. Nothing here reads or writes. A million leaves are to take seconds: what is fast here is held
equal to the plain rules by tests.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from melayani.ground.canonical_json import Json, NotCanonical, canonical_json
from melayani.ground.errors import Refused
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.rules import COMMITMENT_LABEL, LEAF_VERSION, SALT_BYTES, commitment, leaf_bytes

_LABEL = COMMITMENT_LABEL.encode() + b"\n"
_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Difference:
    """What does not agree: the number of the case (empty: none), the sequence of the act (None: none), the column.

    A column without a case may be a file of the log (`tile/0/000`, `signed.json`) or `leaf 17`.
    """

    case: str
    event: int | None
    column: str


class EntryRow(NamedTuple):
    """A row of the ledger as it lies in the database; its first column is None when there is no such row."""

    id: int | None
    position: int | None
    leaf_index: int | None
    stream: bytes
    sequence: int
    kind: str
    unit_code: str
    sealed: bool
    recorded_at: int
    salt: bytes | None
    leaf: bytes
    leaf_hash: bytes


ENTRY_COLUMNS = EntryRow._fields


def canonical(data: Mapping[str, Json]) -> bytes:
    """As `canonical_json`, for an event out of a row, five times as fast where all of it is ASCII.

    Such a text is in NFC and sorts alike in every encoding. What canonical JSON does not know (a float) comes out as
    other bytes than were hashed, or raises `NotCanonical`.
    """
    text = _encoded(data)
    return text.encode() if text.isascii() else canonical_json(data)


def bound(*, salt: bytes, kind: str, data: Mapping[str, Json]) -> bytes:
    """As `rules.commitment`, quickly."""
    return hmac.digest(salt, _LABEL + kind.encode() + b"\n" + canonical(data), "sha256")


def hashed(salt: bytes, text: str) -> str:
    """As `rules.text_hash`, quickly."""
    return b64encode(hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).digest()).decode()


def leaf_differences(entry: EntryRow, *, data: Mapping[str, Json]) -> Iterator[str]:
    """The columns of the row (`data`: of its event) that its leaf does not bear out; none when all agree.

    Without a salt (erased) only what the leaf tells in clear can be compared.
    """
    if leaf_hash(entry.leaf) != entry.leaf_hash:
        yield "leaf_hash"
    if entry.salt is None:
        yield from _told_differences(entry, bound_to=None)
        return
    if len(entry.salt) != SALT_BYTES:
        yield "salt"
        return
    try:
        commits = bound(salt=entry.salt, kind=entry.kind, data=data)
        if _quick_leaf(entry, commits) != entry.leaf:
            slow = commitment(salt=entry.salt, kind=entry.kind, event=data)
            yield from _told_differences(entry, bound_to=slow)
    except (NotCanonical, ValueError, RecursionError):
        yield "data"


def _quick_leaf(entry: EntryRow, commits: bytes) -> bytes:
    """The leaf, written without a look at its parts: one that is not plain makes another leaf, never the same."""
    c = b64encode(commits).decode()
    if entry.sealed:
        return f'{{"c":"{c}","k":"sealed","v":{LEAF_VERSION}}}'.encode()
    unit = f'"u":"{entry.unit_code}",' if entry.unit_code else ""
    return (
        f'{{"c":"{c}","k":"{entry.kind}","n":{entry.sequence},"s":"{b64encode(entry.stream).decode()}",'
        f'"t":{entry.recorded_at},{unit}"v":{LEAF_VERSION}}}'
    ).encode()


def _told_differences(entry: EntryRow, *, bound_to: bytes | None) -> Iterator[str]:
    """Which columns make another leaf than the one that is there."""
    try:
        fields = json.loads(entry.leaf)
        told = {name: fields[name] for name in ("c", "k", "v")} | {name: fields.get(name) for name in ("n", "s", "t")}
        unit = fields.get("u", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        yield "leaf"
        return
    if (told["k"] == "sealed") != bool(entry.sealed):
        yield "sealed"
        return
    found = [] if bound_to is None or told["c"] == b64encode(bound_to).decode() else ["data"]
    if not entry.sealed:
        said = {"kind": told["k"] == entry.kind, "sequence": told["n"] == entry.sequence}
        said |= {"stream": told["s"] == b64encode(entry.stream).decode(), "recorded_at": told["t"] == entry.recorded_at}
        found += [name for name, same in {**said, "unit_code": unit == entry.unit_code}.items() if not same]
    yield from found
    if not found and not _exactly(entry, told["c"]):
        # All it says is right, but it is spelled in another way, or says more.
        yield "leaf"


def _exactly(entry: EntryRow, written: object) -> bool:
    """Whether the leaf is spelled as we spell it, around the commitment it has."""
    try:
        made = leaf_bytes(
            bound=bytes(32), kind=entry.kind, sequence=entry.sequence, stream=entry.stream,
            recorded_at=entry.recorded_at, unit_code=entry.unit_code, sealed=bool(entry.sealed),
        )  # fmt: skip
    except Refused:
        return False
    return made.replace(b64encode(bytes(32)), str(written).encode(), 1) == entry.leaf
