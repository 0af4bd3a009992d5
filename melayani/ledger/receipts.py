# SPDX-License-Identifier: EUPL-1.2
"""Receipts: files by which anybody checks, without us and without a network, that an entry is in the log. Pure.

Source: C2SP tlog-proof (lines of the file), LEDGER "Proofs and receipts" (what `extra` holds), RFC 9162 2.1.3.2. The
public proof holds the leaf only; the citizen's receipt also event and salt, which open the commitment in the leaf.
`extra` is signed by nobody: it counts only because its leaf, hashed, is in the signed tree.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from melayani.ground.canonical_json import Json, NotCanonical, canonical_json
from melayani.ground.errors import Refused
from melayani.ledger.cosignatures import cosigned_at
from melayani.ledger.encodings import read_base64, read_decimal, read_hash, write_base64
from melayani.ledger.merkle import MOST_PROOF_HASHES, leaf_hash, verify_inclusion
from melayani.ledger.note import MOST_NOTE_BYTES
from melayani.ledger.policy import Policy, check_policy
from melayani.ledger.rules import LEAF_VERSION, MOST_LEAF_BYTES, SALT_BYTES, commitment

HEADER = "c2sp.org/tlog-proof@v1"
MOST_EXTRA_BYTES = 64 * 1024
MOST_RECEIPT_BYTES = MOST_NOTE_BYTES + 2 * MOST_EXTRA_BYTES
SEALED = "sealed"
LEAF_FIELDS, SEALED_FIELDS = frozenset("cknstuv"), 3
# A sealed leaf does not tell its kind, and the commitment covers it. Receipts are about a filing unless they say more.
FILED = "case.filed"


class ReceiptRefused(Refused):
    """The file is no receipt of ours, is too large, or its event and salt do not open the commitment of its leaf."""


@dataclass(frozen=True)
class Receipt:
    """The parts of a proof file, none of them verified: `extra` None = without; `checkpoint` the whole note."""

    extra: bytes | None
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


@dataclass(frozen=True)
class Cosigned:
    """A witness of the policy, by its name there, and when it says to have seen the checkpoint (POSIX seconds)."""

    witness: str
    at: int


@dataclass(frozen=True)
class Proven:
    """What a receipt proves, after everything in it has held.

    The log `log` (the name of the key that signed) had `size` entries under `root`, and number `index` of them is
    `leaf`. The witnesses in `cosigned` saw that tree; `quorum` is what the policy asks for ("none": no witness at
    all). `opened`: event and salt of the file belong to the leaf; then `kind` and `event` say what was recorded. Else
    `event` is None and `kind` what the leaf tells ("sealed": nothing).
    """

    log: str
    size: int
    root: bytes
    index: int
    leaf: bytes
    cosigned: tuple[Cosigned, ...]
    quorum: str
    opened: bool
    kind: str
    event: Mapping[str, Json] | None


def public_extra(*, leaf: bytes) -> bytes:
    """The `extra` of a public proof: the leaf and nothing else."""
    return canonical_json({"leaf": write_base64(leaf)})


def citizen_extra(*, leaf: bytes, salt: bytes, event: Mapping[str, Json], kind: str) -> bytes:
    """The `extra` of a citizen's receipt. Free texts stand in `event` as hashes, as they were recorded.

    `kind` is written only where neither the leaf tells it nor the rule does: a later act of a secret case. Raises
    `ReceiptRefused` when event and salt do not open the leaf.
    """
    extra: dict[str, Json] = {"event": event, "leaf": write_base64(leaf), "salt": write_base64(salt)}
    if _read_leaf(leaf)["k"] == SEALED and kind != FILED:
        extra["kind"] = kind
    content = canonical_json(extra)
    _open_extra(content)
    return content


def format_receipt(*, extra: bytes | None, index: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The file. Raises `ReceiptRefused` when these parts would not be read again as they are."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {write_base64(extra)}")
    lines.append(f"index {index}")
    lines.extend(write_base64(sibling) for sibling in proof)
    receipt = "\n".join([*lines, "", ""]).encode() + checkpoint
    if parse_receipt(receipt) != Receipt(extra=extra, index=index, proof=tuple(proof), checkpoint=checkpoint):
        raise _malformed()
    return receipt


def parse_receipt(content: bytes) -> Receipt:
    """The parts of a proof file; nothing is verified. Raises `ReceiptRefused` for anything else or too much of it."""
    if not isinstance(content, bytes) or len(content) > MOST_RECEIPT_BYTES:
        raise _malformed()
    # The first empty line ends our part: what follows is the checkpoint, verbatim.
    head, separator, checkpoint = content.partition(b"\n\n")
    if not separator or not head.isascii():
        raise _malformed()
    lines = head.decode("ascii").split("\n")
    if lines.pop(0) != HEADER:
        raise _malformed()
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = read_base64(lines.pop(0).removeprefix("extra "))
        if extra is None or len(extra) > MOST_EXTRA_BYTES:
            raise _malformed()
    index, proof = _index_and_proof(lines)
    return Receipt(extra=extra, index=index, proof=proof, checkpoint=checkpoint)


def _index_and_proof(lines: Sequence[str]) -> tuple[int, tuple[bytes, ...]]:
    if not 1 <= len(lines) <= 1 + MOST_PROOF_HASHES or not lines[0].startswith("index "):
        raise _malformed()
    index = read_decimal(lines[0].removeprefix("index "))
    hashes = [read_hash(line) for line in lines[1:]]
    proof = tuple(sibling for sibling in hashes if sibling is not None)
    if index is None or len(proof) != len(hashes):
        raise _malformed()
    return index, proof


def verify_receipt(content: bytes, *, policy: Policy) -> Proven:
    """What the receipt proves to somebody who trusts the logs and witnesses of `policy`.

    Raises, at the first thing that does not hold: `ReceiptRefused` (form, leaf, commitment), `NoteRefused` and
    `CheckpointRefused` (signatures, checkpoint), `PolicyRefused` (quorum), `ProofRefused` (inclusion). All are
    `Refused`; nothing else is raised, whatever the content.
    """
    receipt = parse_receipt(content)
    if receipt.extra is None:
        raise ReceiptRefused("receipt_leaf", "Berkas ini tidak memuat catatan yang dapat diperiksa.")
    leaf, told_kind, event = _open_extra(receipt.extra)
    opened, cosigned = check_policy(receipt.checkpoint, policy=policy)
    tree = opened.checkpoint
    verify_inclusion(
        leaf_hash=leaf_hash(leaf), index=receipt.index, size=tree.size, proof=receipt.proof, root=tree.root
    )
    times = [cosigned_at(each.signature) or 0 for each in opened.cosignatures]
    return Proven(
        log=opened.log.name,
        size=tree.size,
        root=tree.root,
        index=receipt.index,
        leaf=leaf,
        cosigned=tuple(Cosigned(witness=name, at=at) for name, at in zip(cosigned, times, strict=True)),
        quorum=policy.quorum,
        opened=event is not None,
        kind=told_kind,
        event=event,
    )


def _open_extra(extra: bytes) -> tuple[bytes, str, Mapping[str, Json] | None]:
    """Leaf, kind and event of an `extra` whose commitment opens; without event and salt, what the leaf tells."""
    said = _canonical_object(extra)
    leaf = _bytes_of(said, "leaf")
    fields = _read_leaf(leaf)
    kind = str(fields["k"])
    if set(said) == {"leaf"}:
        return leaf, kind, None
    event, salt = said.get("event"), _bytes_of(said, "salt")
    if set(said) - {"kind"} != {"event", "leaf", "salt"} or not isinstance(event, Mapping):
        raise _malformed()
    given = said.get("kind", FILED if kind == SEALED else kind)
    if not isinstance(given, str) or (kind != SEALED and "kind" in said):
        raise _malformed()
    bound = _bytes_of(fields, "c")
    if len(salt) != SALT_BYTES or not hmac.compare_digest(commitment(salt=salt, kind=given, event=event), bound):
        raise ReceiptRefused("receipt_commitment", "Isi tanda terima ini bukan isi yang dicatat di buku besar.")
    return leaf, given, event


def _read_leaf(leaf: bytes) -> Mapping[str, Json]:
    """The fields of a leaf of Melayani, version 1: none but its own, and of a secret case no more than it may tell."""
    if len(leaf) > MOST_LEAF_BYTES or not leaf.isascii():
        raise _unknown_leaf()
    fields = _canonical_object(leaf)
    version = fields.get("v")
    if type(version) is not int or version != LEAF_VERSION or not isinstance(fields.get("k"), str):
        raise _unknown_leaf()
    # Of a sealed one only `c`, `k` and `v`: with a time or a unit beside them it would tell of a secret case.
    if not set(fields) <= LEAF_FIELDS or (fields["k"] == SEALED and len(fields) != SEALED_FIELDS):
        raise _unknown_leaf()
    if len(_bytes_of(fields, "c")) != SALT_BYTES:
        raise _unknown_leaf()
    return fields


def _canonical_object(content: bytes) -> Mapping[str, Json]:
    """The object that `content` spells in canonical JSON: any other spelling could hide a second meaning."""
    try:
        said = json.loads(content)
        if isinstance(said, dict) and canonical_json(said) == content:
            return said
    except (ValueError, RecursionError, NotCanonical) as error:
        raise _malformed() from error
    raise _malformed()


def _bytes_of(said: Mapping[str, Json], name: str) -> bytes:
    value = said.get(name)
    content = read_base64(value) if isinstance(value, str) else None
    if content is None:
        raise _malformed()
    return content


def _malformed() -> ReceiptRefused:
    return ReceiptRefused("receipt_form", "Berkas ini bukan tanda terima yang utuh.")


def _unknown_leaf() -> ReceiptRefused:
    return ReceiptRefused("receipt_leaf", "Catatan dalam berkas ini bukan catatan Melayani versi 1.")
