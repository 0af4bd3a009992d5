# SPDX-License-Identifier: EUPL-1.2
"""Receipts: what they prove, in one spelling, within their size, and no changed bit or field that passes."""

import base64
import json
from dataclasses import replace
from itertools import islice
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ledger import receipts as receipts_module
from melayani.ledger.merkle import ProofRefused
from melayani.ledger.note import NoteRefused
from melayani.ledger.policy import PolicyRefused, policy_of_logs
from melayani.ledger.receipts import (
    Cosigned,
    Receipt,
    ReceiptRefused,
    citizen_extra,
    format_receipt,
    parse_receipt,
    public_extra,
    verify_receipt,
)
from tests.ledger.some_keys import ORIGIN, a_key, passed, turned_bits, variant
from tests.ledger.some_receipts import (
    ALL_THREE,
    AT,
    BAD_EXTRAS,
    BAD_FILES,
    BAD_LEAVES,
    EVENT,
    LOG_ONLY,
    REFUSALS,
    SALT,
    a_leaf,
    a_receipt,
    a_tree,
    bound_to_a_list,
    citizens,
    public,
    with_extra,
)

# What is proven


def test_a_public_proof_tells_that_the_leaf_is_there_and_nothing_more() -> None:
    proven = verify_receipt(public(), policy=ALL_THREE)
    assert (proven.log, proven.size, proven.index, proven.leaf) == (ORIGIN, 7, 4, a_leaf())
    assert proven.cosigned == tuple(Cosigned(witness=f"w{n}", at=AT) for n in range(3))
    assert (proven.quorum, proven.opened, proven.kind, proven.event) == ("g", False, "case.filed", None)
    assert set(json.loads(parse_receipt(public()).extra or b"")) == {"leaf"}


def test_a_citizens_receipt_opens_the_commitment() -> None:
    proven = verify_receipt(citizens(kind="case.answered"), policy=ALL_THREE)
    assert (proven.opened, proven.kind, proven.event) == (True, "case.answered", EVENT)
    assert set(json.loads(parse_receipt(citizens()).extra or b"")) == {"event", "leaf", "salt"}


def test_a_receipt_of_a_secret_case_opens_too_and_its_public_proof_tells_nothing() -> None:
    filed = verify_receipt(citizens(sealed=True), policy=ALL_THREE)
    assert (filed.opened, filed.kind, filed.event) == (True, "case.filed", EVENT)
    assert set(json.loads(parse_receipt(citizens(sealed=True)).extra or b"")) == {"event", "leaf", "salt"}
    later = verify_receipt(citizens(kind="case.answered", sealed=True), policy=ALL_THREE)
    assert (later.opened, later.kind) == (True, "case.answered")
    leaf = a_leaf(sealed=True)
    shown = verify_receipt(a_receipt(extra=public_extra(leaf=leaf), leaf=leaf), policy=ALL_THREE)
    assert (shown.opened, shown.kind, shown.event) == (False, "sealed", None)


def test_with_the_log_key_alone_no_witness_is_asked_for() -> None:
    proven = verify_receipt(public(witnesses=0), policy=LOG_ONLY)
    assert (proven.cosigned, proven.quorum) == ((), "none")
    assert verify_receipt(public(), policy=LOG_ONLY).cosigned == ()
    with pytest.raises(PolicyRefused):
        verify_receipt(public(witnesses=2), policy=ALL_THREE)


def test_another_log_is_not_believed() -> None:
    for key in (a_key(ORIGIN, seed="other"), a_key("other.example")):
        with pytest.raises(NoteRefused):
            verify_receipt(public(), policy=policy_of_logs([key.vkey]))


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (255, 256), (256, 257), (3, 1000)])
def test_receipts_of_other_trees(index: int, size: int) -> None:
    assert verify_receipt(citizens(index=index, size=size), policy=ALL_THREE).size == size


def test_sizes_with_a_million_leaves_and_three_cosignatures() -> None:
    """Twenty hashes is the longest way up in a tree of a million leaves."""
    parts = [parse_receipt(citizens()), parse_receipt(public())]
    sizes = [
        len(format_receipt(extra=part.extra, index=999_999, proof=[bytes(32)] * 20, checkpoint=part.checkpoint))
        for part in parts
    ]
    assert sizes[0] <= 3_000
    assert sizes[1] <= 2_000


# The form


def test_the_file_line_by_line() -> None:
    lines = public(witnesses=0).decode().split("\n")
    tree = a_tree(a_leaf(), 4, 7)
    assert lines[:3] == [
        "c2sp.org/tlog-proof@v1",
        f"extra {base64.b64encode(public_extra(leaf=a_leaf())).decode()}",
        "index 4",
    ]
    assert lines[3:6] == [base64.b64encode(h).decode() for h in tree.inclusion_proof(index=4)]
    assert lines[6:9] == ["", ORIGIN, "7"]


@given(
    st.none() | st.binary(max_size=80),
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=64),
    st.binary(max_size=80),
)
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read(extra: bytes | None, index: int, proof: list[bytes], checkpoint: bytes) -> None:
    content = format_receipt(extra=extra, index=index, proof=proof, checkpoint=checkpoint)
    assert parse_receipt(content) == Receipt(extra=extra, index=index, proof=tuple(proof), checkpoint=checkpoint)


@pytest.mark.parametrize(("index", "proof"), [(-1, []), (2**63, []), (0, [b"short"]), (0, [bytes(32)] * 65)])
def test_what_cannot_be_a_receipt_is_not_written(index: int, proof: list[bytes]) -> None:
    with pytest.raises(ReceiptRefused):
        format_receipt(extra=None, index=index, proof=proof, checkpoint=b"")


@pytest.mark.parametrize("content", BAD_FILES, ids=range(len(BAD_FILES)))
def test_what_is_no_receipt_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        parse_receipt(content)
    with pytest.raises(ReceiptRefused):
        verify_receipt(content, policy=ALL_THREE)


@pytest.mark.parametrize("said", BAD_EXTRAS, ids=range(len(BAD_EXTRAS)))
def test_an_extra_that_says_something_else_is_refused(said: object) -> None:
    with pytest.raises(ReceiptRefused):
        verify_receipt(with_extra(said), policy=ALL_THREE)


@pytest.mark.parametrize("leaf", BAD_LEAVES, ids=range(len(BAD_LEAVES)))
def test_a_leaf_of_another_form_is_refused_though_it_is_in_the_tree(leaf: bytes) -> None:
    with pytest.raises(ReceiptRefused):
        verify_receipt(a_receipt(extra=public_extra(leaf=leaf), leaf=leaf), policy=ALL_THREE)


def test_without_extra_there_is_nothing_to_check() -> None:
    with pytest.raises(ReceiptRefused, match="tidak memuat"):
        verify_receipt(a_receipt(extra=None, leaf=a_leaf()), policy=ALL_THREE)


def test_an_extra_that_does_not_open_its_leaf_is_not_written() -> None:
    for salt, event, kind in ((bytes(32), EVENT, "case.filed"), (SALT, {}, "case.filed")):
        with pytest.raises(ReceiptRefused):
            citizen_extra(leaf=a_leaf(), salt=salt, event=event, kind=kind)
    with pytest.raises(ReceiptRefused):
        citizen_extra(leaf=a_leaf("case.answered", sealed=True), salt=SALT, event=EVENT, kind="case.filed")


# Nothing in it can be changed


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.prove), 17])
@pytest.mark.parametrize("content", [public(), citizens(sealed=True)], ids=["public", "citizen"])
def test_every_changed_bit_is_refused(content: bytes, step: int) -> None:
    """All of them in the long proof; here every 17th, which is in turn each bit of a byte and each second byte."""
    changed = islice(turned_bits(content), 0, None, step)
    assert passed(lambda c: verify_receipt(c, policy=ALL_THREE), changed, refusals=REFUSALS) == []


@pytest.mark.parametrize("other", ["proof", "index", "checkpoint", "extra"])
def test_parts_of_two_true_receipts_do_not_mix(other: str) -> None:
    one, two = (
        parse_receipt(public()),
        parse_receipt(a_receipt(extra=public_extra(leaf=a_leaf("k")), leaf=a_leaf("k"), index=5)),
    )
    mixed = replace(one, **{other: getattr(two, other)})
    with pytest.raises((ProofRefused, ReceiptRefused)):
        verify_receipt(format_receipt(**vars(mixed)), policy=ALL_THREE)


def test_a_proof_with_a_hash_left_out_added_or_moved_is_refused() -> None:
    part = parse_receipt(public())
    hashes = list(part.proof)
    for proof in (hashes[1:], hashes[:-1], hashes[::-1], [*hashes, bytes(32)], [bytes(32), *hashes], []):
        with pytest.raises(ProofRefused):
            verify_receipt(format_receipt(**{**vars(part), "proof": proof}), policy=ALL_THREE)


@given(st.binary(max_size=120), st.integers(0, len(public())))
@settings(deadline=None, max_examples=80)
def test_noise_is_refused_and_nothing_else_is_raised(noise: bytes, at: int) -> None:
    for content in (noise, public()[:at] + noise + public()[at:], public()[:at] + noise):
        try:
            proven = verify_receipt(content, policy=ALL_THREE)
        except REFUSALS:
            continue
        assert proven.leaf == a_leaf()


@pytest.mark.parametrize("wrong", [None, "text", 7])
def test_what_is_no_file_is_refused(wrong: object) -> None:
    with pytest.raises(ReceiptRefused):
        verify_receipt(wrong, policy=ALL_THREE)  # type: ignore[arg-type]  # what a careless caller may pass


# Controls


def misread(module: ModuleType) -> bool:
    """Whether this verifier believes a wrong receipt, or does not believe a right one."""
    elsewhere = parse_receipt(a_receipt(extra=public_extra(leaf=a_leaf("k")), leaf=a_leaf("k"), index=5))
    moved = replace(parse_receipt(public()), proof=elsewhere.proof)
    wrong = [
        *(with_extra(said) for said in BAD_EXTRAS),
        *(a_receipt(extra=public_extra(leaf=leaf), leaf=leaf) for leaf in BAD_LEAVES),
        format_receipt(**vars(moved)),
        public(witnesses=2),
        a_receipt(extra=None, leaf=a_leaf()),
        bound_to_a_list(),
    ]
    refusals = (*REFUSALS, module.ReceiptRefused)
    right = {public(): False, citizens(): True, citizens(sealed=True): True, citizens("case.answered", True): True}
    try:
        if any(module.verify_receipt(content, policy=ALL_THREE).opened != opened for content, opened in right.items()):
            return True
        believed = passed(
            lambda content: module.verify_receipt(content, policy=ALL_THREE), iter(wrong), refusals=refusals
        )
        return bool(believed or passed(module.parse_receipt, iter(BAD_FILES), refusals=refusals))
    except Exception:  # whatever else is raised is a broken verifier
        return True


BROKEN = [
    ("if lines.pop(0) != HEADER:", "if not lines.pop(0):"),
    ("len(content) > MOST_RECEIPT_BYTES", "False"),
    ("or len(extra) > MOST_EXTRA_BYTES", ""),
    ("not 1 <= len(lines) <= 1 + MOST_PROOF_HASHES", "not lines"),
    ("read_decimal(lines[0].removeprefix(\"index \"))", "int(lines[0].removeprefix(\"index \"))"),
    ("if index is None or len(proof) != len(hashes):", "if index is None:"),
    ("if receipt.extra is None:", "if False:"),
    ("opened, cosigned = check_policy(receipt.checkpoint, policy=policy)",
     "from melayani.ledger.policy import policy_of_logs\n"
     "    opened, cosigned = check_policy(receipt.checkpoint, policy=policy_of_logs([policy.logs[0].vkey]))"),
    ("verify_inclusion(\n        leaf_hash", "dict(\n        leaf_hash"),
    ("set(said) - {\"kind\"} != {\"event\", \"leaf\", \"salt\"} or ", ""),
    ("or not isinstance(event, Mapping)", "or event is None"),
    ("or (kind != SEALED and \"kind\" in said)", ""),
    ("not hmac.compare_digest(commitment(salt=salt, kind=given, event=event), bound)", "False"),
    ("and canonical_json(said) == content", ""),
    ("isinstance(said, dict) and ", ""),
    ("(ValueError, RecursionError, NotCanonical)", "(ValueError, NotCanonical)"),
    ("(ValueError, RecursionError, NotCanonical)", "(ValueError, RecursionError)"),
    ("type(version) is not int or ", ""),
    ("len(leaf) > MOST_LEAF_BYTES or ", ""),
    (" or not leaf.isascii()", ""),
    ("not set(fields) <= LEAF_FIELDS or ", ""),
    (" or (fields[\"k\"] == SEALED and len(fields) != SEALED_FIELDS)", ""),
    ("if len(_bytes_of(fields, \"c\")) != SALT_BYTES:", "if False:"),
    ("FILED if kind == SEALED else kind", "kind"),
]  # fmt: skip


def test_the_whole_verifier_misreads_nothing() -> None:
    assert not misread(receipts_module)


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_verifier_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(receipts_module, step, instead))
