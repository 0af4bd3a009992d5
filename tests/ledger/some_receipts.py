# SPDX-License-Identifier: EUPL-1.2
"""Receipts that hold, and receipts that are wrong in one thing each, for the tests of the verifier."""

import base64
import json
from functools import cache

from melayani.ground.canonical_json import Json, canonical_json
from melayani.ledger.checkpoint import CheckpointRefused, sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.merkle import ProofRefused, leaf_hash
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, split_note
from melayani.ledger.policy import PolicyRefused, parse_policy, policy_of_logs
from melayani.ledger.receipts import ReceiptRefused, citizen_extra, format_receipt, public_extra
from melayani.ledger.rules import prepare_entry, text_hash
from melayani.ledger.tree import Tree
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES

SALT = bytes(range(32))
EVENT: dict[str, Json] = {
    "at": "2026-01-05T09:00:00+07:00", "channel": "WEB", "text": text_hash(salt=SALT, text="Jalan berlubang"),
    "topic": "infrastruktur", "unit": "35.07.dpupr", "visibility": "PUBLIC",
}  # fmt: skip
AT = 1_767_578_400
REFUSALS = (ReceiptRefused, NoteRefused, CheckpointRefused, PolicyRefused, ProofRefused)
ALL_THREE = parse_policy(
    f"log {LOG.vkey}\n".encode()
    + b"".join(f"witness w{n} {WITNESSES[n].vkey}\n".encode() for n in range(3))
    + b"group g all w0 w1 w2\nquorum g\n"
)
LOG_ONLY = policy_of_logs([LOG.vkey])


def a_leaf(kind: str = "case.filed", sealed: bool = False) -> bytes:
    return prepare_entry(
        stream=bytes(16),
        sequence=0,
        kind=kind,
        event=EVENT,
        salt=SALT,
        recorded_at=AT,
        unit_code="35.07.dpupr",
        sealed=sealed,
    ).leaf


@cache
def a_tree(leaf: bytes, index: int, size: int) -> Tree:
    return Tree(leaf_hash(leaf) if n == index else leaf_hash(str(n).encode()) for n in range(size))


def a_receipt(*, extra: bytes | None, leaf: bytes, index: int = 4, size: int = 7, witnesses: int = 3) -> bytes:
    tree = a_tree(leaf, index, size)
    note = sign_checkpoint(origin=ORIGIN, size=size, root=tree.root(), keys=[LOG])
    text = split_note(note).text.encode()
    lines = [SignatureLine(w.name, w.key_id, cosign(text=text, key=w, at=AT)) for w in WITNESSES[:witnesses]]
    return format_receipt(
        extra=extra, index=index, proof=tree.inclusion_proof(index=index), checkpoint=add_lines(note, lines=lines)
    )


def public(**changes: int) -> bytes:
    return a_receipt(extra=public_extra(leaf=a_leaf()), leaf=a_leaf(), **changes)


def citizens(kind: str = "case.filed", sealed: bool = False, **changes: int) -> bytes:
    leaf = a_leaf(kind, sealed)
    return a_receipt(extra=citizen_extra(leaf=leaf, salt=SALT, event=EVENT, kind=kind), leaf=leaf, **changes)


def in_file(before: str, after: str) -> bytes:
    return public().replace(before.encode(), after.encode(), 1)


EXTRA_LINE = public().decode().split("\n")[1]
BAD_FILES = [
    b"",
    b"\n\n",
    b"c2sp.org/tlog-proof@v1",
    b"\xff\xfe",
    in_file("@v1", "@v2"),
    in_file("c2sp", " c2sp"),
    in_file("@v1\n", "@v1\r\n"),
    in_file("@v1\n", "@v1\n\n"),
    in_file(EXTRA_LINE, f"{EXTRA_LINE}\n{EXTRA_LINE}"),
    in_file(EXTRA_LINE, EXTRA_LINE + " "),
    in_file(EXTRA_LINE, EXTRA_LINE.replace("extra ", "extra  ")),
    in_file(EXTRA_LINE, EXTRA_LINE.replace("extra ", "Extra ")),
    in_file(f"{EXTRA_LINE}\nindex 4", f"index 4\n{EXTRA_LINE}"),
    in_file(EXTRA_LINE, f"extra {'A' * 100_000}"),
    *(
        in_file("index 4", f"index {wrong}")
        for wrong in ("04", "+4", "-4", "4 ", "4.0", "", "\u0664", "9" * 5000, str(2**63))
    ),
    in_file("index 4\n", ""),
    in_file("index 4\n", "index 4\nindex 4\n"),
    in_file("index 4\n", "index 4\nAAAA\n"),
    in_file("index 4\n", "index 4\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 65),
    public() + b"x" * 1_000_000,
    public().replace(b"\n\n", b"\n", 1),
]


def with_extra(said: object, leaf: bytes | None = None) -> bytes:
    """A receipt that holds in everything but its `extra`, which is `said` as it stands (bytes) or in canonical JSON."""
    extra = said if isinstance(said, bytes) else canonical_json(said)  # type: ignore[arg-type]  # wrong on purpose
    return a_receipt(extra=extra, leaf=leaf or a_leaf())


LEAF = base64.b64encode(a_leaf()).decode()
GOOD: dict[str, Json] = {"event": EVENT, "leaf": LEAF, "salt": base64.b64encode(SALT).decode()}
BAD_EXTRAS: list[object] = [
    {},
    [],
    "leaf",
    None,
    {"leaf": None},
    {"leaf": 7},
    {"leaf": LEAF[:-1]},
    {"leaf": LEAF, "more": 1},
    {"leaf": LEAF, "salt": GOOD["salt"]},
    {"leaf": LEAF, "event": EVENT},
    {"event": EVENT, "salt": GOOD["salt"]},
    {**GOOD, "kind": "case.filed"},
    {**GOOD, "more": 1},
    {**GOOD, "event": None},
    {**GOOD, "event": []},
    {**GOOD, "event": {}},
    {**GOOD, "event": {**EVENT, "unit": "35.07.dishub"}},
    {**GOOD, "event": {**EVENT, "more": True}},
    {**GOOD, "salt": base64.b64encode(bytes(32)).decode()},
    {**GOOD, "salt": base64.b64encode(SALT[:31]).decode()},
    {**GOOD, "salt": base64.b64encode(SALT + b"\x00").decode()},
    {**GOOD, "salt": None},
    b"",
    b"{",
    b"\xff",
    b'{"leaf": "' + LEAF.encode() + b'"}',
    b'{"leaf":"' + LEAF.encode() + b'","leaf":"' + LEAF.encode() + b'"}',
    canonical_json(GOOD).replace(b'"event":{', b'"event":{"x":1.5,'),
    canonical_json(GOOD).replace(b'"event":{', b'"event":{"x":NaN,'),
    canonical_json(GOOD).replace(b'"event":{', b'"event":{"x":' + b"9" * 5_000 + b","),
    canonical_json(GOOD).replace(b'"event":{', b'"event":{"x":"\\ud800",'),
    b"[" * 60_000,
    b'{"event":' * 6_000,
    canonical_json({"leaf": LEAF}).decode().encode("utf-16"),
]


def other_leaf(**changes: object) -> bytes:
    fields = {**json.loads(a_leaf()), **changes}
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed_with(**more: object) -> bytes:
    """The leaf of a secret case, saying more than it may."""
    fields = {**json.loads(a_leaf(sealed=True)), **more}
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


BAD_LEAVES = [
    b"", b"x", b"[]", other_leaf(v=2), other_leaf(v=True), other_leaf(v=1.0), other_leaf(k=None), other_leaf(c="AAAA"),
    other_leaf(c=None), other_leaf(u="x" * 600), json.dumps(json.loads(a_leaf())).encode(), other_leaf(zz=1),
    other_leaf(u="Jalan Kécubung"), other_leaf(k="sealed"), sealed_with(t=AT), sealed_with(u="35.07.dpupr"),
]  # fmt: skip


def bound_to_a_list() -> bytes:
    """A receipt whose commitment opens, to something that is no event."""
    event: list[Json] = []
    leaf = prepare_entry(stream=bytes(16), sequence=0, kind="k", event=event, salt=SALT, recorded_at=AT).leaf  # type: ignore[arg-type]  # wrong on purpose
    return with_extra({"event": event, "leaf": base64.b64encode(leaf).decode(), "salt": GOOD["salt"]}, leaf)
