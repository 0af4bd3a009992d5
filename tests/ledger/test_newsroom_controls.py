# SPDX-License-Identifier: EUPL-1.2
"""Controls: without any one of its rules the verifier of newsrooms judges something otherwise than ours."""

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.ledger.newsroom import bad_files, differences, good_files, loaded
from tests.ledger.some_keys import turned_bits
from tests.ledger.some_receipts import public
from tests.ledger.test_newsroom_verifier import (
    BAD_POLICIES,
    misdecodes,
    misjudges_signatures,
    promise_differences,
    reads,
)


def seen(found: Iterator[object]) -> bool:
    """Whether something was found, or looking for it broke the verifier."""
    try:
        return next(found, None) is not None
    except Exception:  # whatever is raised is a broken verifier
        return True


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("or s >= L", ""),
        ("if y >= P or ", "if "),
        (" or (x == 0 and sign)", ""),
        ("(x * x - square) % P or (x == 0", "(x == 0"),
        ("if len(signature) != 64 or ", "if "),
        ("signature[:32] + public + message", "signature[:32] + message"),
        ("== signature[:32]\n", "!= b''\n"),
    ],
)
def test_control_an_ed25519_without_a_step_is_seen(step: str, instead: str) -> None:
    module = loaded(step, instead, fast=False)
    assert misjudges_signatures(module) or misdecodes(module)


BROKEN = [
    ('lines.pop(0) == PROOF_HEADER, "receipt_form")', 'lines.pop(0), "receipt_form")'),
    ("len(content) <= MOST_FILE and ", ""),
    (" and len(extra) <= MOST_EXTRA", ""),
    (" and len(hashes) <= 64", ""),
    ('need(extra is not None, "receipt_leaf")', "pass"),
    ('need(policy.met_by(set(cosigned)), "policy_quorum")', "pass"),
    ('need(in_tree(leaf, index, size or 0, proof, root or b""), "proof_refused")', "pass"),
    ("    if index >= size:\n        return False\n", ""),
    ('set(said) - {"kind"} == {"event", "leaf", "salt"} and ', ""),
    (" and isinstance(event, dict)", ""),
    ('(told == "sealed" or "kind" not in said)', "True"),
    ('need(hmac.new(salt, message, "sha256").digest() == bytes_of(fields, "c"), "receipt_commitment")', "pass"),
    (" and canonical(said).encode() == content", ""),
    ("len(leaf) <= MOST_LEAF and ", ""),
    (" and leaf.isascii()", ""),
    ('set(fields) <= set("cknstuv") and ', ""),
    (' and (told != "sealed" or len(fields) == 3)', ""),
    ('type(fields.get("v")) is int and ', ""),
    ("base64.b64encode(content).decode() == text and ", ""),
    ('need(signature_holds(key, f"{text}\\n".encode(), content[4:]), "note_signature")', "pass"),
    ("(key.name, key.id) == (name, content[:4])", "key.name == name"),
    ('need(below.count("\\n") <= MOST_LINES, "note_size")', "pass"),
    ('need(whole.encode() == note, "note_form")', "pass"),
    ("number <= LARGEST else None", "True else None"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_control_a_verifier_without_a_rule_is_seen(step: str, instead: str) -> None:
    module = loaded(step, instead)
    turned = islice(turned_bits(public(witnesses=2)), 0, None, 29)
    assert seen(differences(module, iter([*bad_files(), *good_files(), *turned])))


PROMISE_RULES = [
    (" and moments[0] < moments[1]", ""),
    ("[0-9:]{8}Z", "[0-9:]{8}.*Z"),
    ('raise Refused("promise_form") from error\n    need(read', "moments = [0, 1]\n    need(read"),
    ('key.name == lines[1] + "/promise" for', "True for"),
    ("and not lines[5] and is_name(lines[1])", ""),
]


@pytest.mark.parametrize(("step", "instead"), PROMISE_RULES)
def test_control_promises_without_a_rule_are_seen(step: str, instead: str) -> None:
    assert seen(promise_differences(loaded(step, instead)))


POLICY_RULES = [
    ("key[0] != kind", "False"),
    ("key.public != other.public", "True"),
    ("known - taken", "known"),
    (" and len(set(members)) == len(members)", ""),
    (" and 0 < least <= len(members)", ""),
    ("hexdigest()[:8] != written", "hexdigest() == written"),
    (" and not self.quorum:", ":"),
    ("word, *rest = [part for part in re.split(\"[ \\t]+\", line) if part]", "word, *rest = line.split()"),
    ('or letter == "\\x7f"', ""),
]  # fmt: skip


@pytest.mark.parametrize(("step", "instead"), POLICY_RULES)
def test_control_policies_without_a_rule_are_seen(step: str, instead: str) -> None:
    module = loaded(step, instead)
    assert seen(text for text in BAD_POLICIES if reads(module, text))
