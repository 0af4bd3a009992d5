# SPDX-License-Identifier: EUPL-1.2
"""Proof files of what the log says of itself: what they prove, and those that lie in the folder of a log. Pure.

Source: LEDGER "Keys". A statement is opened in its proof, salt and all. The announcement of a key of the log must be
proven under the key that it follows, by whoever trusts no other; such a proof cannot be made again when that key is
gone, so it is kept for ever (`rotation.py`), in backups too.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.keys import Purpose
from melayani.ledger.log_files import STATEMENTS, LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.policy import NONE, Policy
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, Receipt, parse_receipt, verify_receipt
from melayani.ledger.statement_rules import StatementKind, log_stream
from melayani.ledger.vkeys import VerifierKey, VkeyRefused, parse_vkey

# Where an event about a key names one.
NAMING = ("old", "new", "vkey")
PROOF_NAME = re.compile(r"([0-9a-f]{64})\.tlog-proof")


class StatementRefused(Refused):
    """The proof holds, and is about something else than a statement of the log itself."""


@dataclass(frozen=True)
class ProvenStatement:
    """A statement after everything in its proof has held: leaf number `index` in the tree of `size` leaves with `root`.

    `checkpoint` is the note that says so, of the log `origin`.
    """

    origin: str
    index: int
    leaf: bytes
    kind: str
    event: Mapping[str, Json]
    size: int
    root: bytes
    checkpoint: bytes


def proven_statement(content: bytes, *, keys: Sequence[VerifierKey]) -> ProvenStatement:
    """What a proof file says in the name of the log.

    The announcement of a log key must be signed by the old key that it names, any other statement by one of `keys`.
    That the leaf is in the log which the caller knows is for the caller to see: anybody can sign a log of their own.
    Raises `StatementRefused`, and what `verify_receipt` raises when the proof does not hold; all are `Refused`.
    """
    receipt = parse_receipt(content)
    old = _old_log_key(_event_in(receipt))
    logs = tuple(dict.fromkeys(keys)) if old is None else (old,)
    proven = verify_receipt(content, policy=Policy(logs=logs, witnesses={}, groups={}, quorum=NONE))
    own = json.loads(proven.leaf).get("s") == write_base64(log_stream(proven.log))
    if not own or proven.event is None or proven.kind not in set(StatementKind):
        raise StatementRefused("statement_other", "Berkas ini bukan pernyataan buku besar.")
    return ProvenStatement(
        origin=proven.log,
        index=proven.index,
        leaf=proven.leaf,
        kind=proven.kind,
        event=proven.event,
        size=proven.size,
        root=proven.root,
        checkpoint=receipt.checkpoint,
    )


def _event_in(receipt: Receipt) -> Mapping[str, Json]:
    """The event of a proof, not verified yet: if the leaf binds another one, the proof will not hold."""
    try:
        said = json.loads(receipt.extra or b"")
    except (ValueError, RecursionError):
        return {}
    event = said.get("event") if isinstance(said, dict) else None
    return event if isinstance(event, dict) else {}


def _old_log_key(event: Mapping[str, Json]) -> VerifierKey | None:
    """The log key that the event calls the old one; None where it calls none so."""
    return parse_vkey(str(event["old"])) if event.get("purpose") == Purpose.LOG and "old" in event else None


def log_keys_in(event: Mapping[str, Json]) -> Iterator[VerifierKey]:
    """The keys of the log that the event of a statement names."""
    for name in NAMING if event.get("purpose") == Purpose.LOG else ():
        with suppress(VkeyRefused):
            yield parse_vkey(str(event.get(name)))


def named_in(content: bytes) -> list[VerifierKey]:
    """The keys of the log that the event in a proof names, none of it verified."""
    try:
        return list(log_keys_in(_event_in(parse_receipt(content))))
    except Refused:
        return []


def is_proof_of(content: bytes, *, leaf: bytes, keys: Sequence[VerifierKey]) -> bool:
    """Whether the file proves the statement that is this leaf."""
    try:
        return proven_statement(content, keys=keys).leaf == leaf
    except Refused:
        return False


def proof_paths(folder: Path) -> list[Path]:
    """The proofs of statements that are kept in the folder of a log, by name; not looked into."""
    kept = folder / STATEMENTS
    if not kept.is_dir():
        return []
    return sorted(path for path in kept.iterdir() if PROOF_NAME.fullmatch(path.name) and path.is_file())


def kept_proofs(files: LogFiles) -> dict[bytes, bytes]:
    """The same by the hash of the leaf; what is too large to be a proof is left out."""
    sizes = {path: path.stat().st_size for path in proof_paths(files.folder)}
    return {
        bytes.fromhex(path.name.partition(".")[0]): path.read_bytes()
        for path, size in sizes.items()
        if size <= MOST_RECEIPT_BYTES
    }


def announcements_of(files: LogFiles, *, leaves: Sequence[bytes], keys: Sequence[VerifierKey]) -> dict[bytes, bytes]:
    """The kept proofs that announce a key in the tree with these `leaves`, by leaf hash; others may be changed files.

    `keys` are those of the log, of now and of earlier.
    """
    found = {}
    for digest, content in kept_proofs(files).items():
        try:
            said = proven_statement(content, keys=keys)
        except Refused:
            continue
        in_tree = said.index < len(leaves) and leaves[said.index] == said.leaf
        if in_tree and said.kind == StatementKind.KEY_ANNOUNCED and leaf_hash(said.leaf) == digest:
            found[digest] = content
    return found
