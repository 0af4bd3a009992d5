# SPDX-License-Identifier: EUPL-1.2
"""The leaf, byte for byte, and what the commitment binds."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ledger.rules import LeafRefused, commitment, prepare_entry, text_hash

SALT = bytes(range(32))
STREAM = bytes(range(16))
EVENT = {"at": "2026-01-05T09:00:00+07:00", "unit": "35.07.dishub"}


def prepared(**changes: object) -> object:
    given = {
        "stream": STREAM, "sequence": 0, "kind": "case.filed", "event": EVENT, "salt": SALT,
        "recorded_at": 1767578400, "unit_code": "35.07.dishub", "sealed": False,
    }  # fmt: skip
    return prepare_entry(**{**given, **changes})  # type: ignore[arg-type]  # a table of keyword arguments


def test_the_leaf_of_a_public_act_byte_for_byte() -> None:
    entry = prepare_entry(
        stream=STREAM,
        sequence=3,
        kind="case.answered",
        event=EVENT,
        salt=SALT,
        recorded_at=1767578400,
        unit_code="35.07.dishub",
    )
    message = b"melayani/leaf/v1\ncase.answered\n" + json.dumps(EVENT, separators=(",", ":"), sort_keys=True).encode()
    bound = base64.b64encode(hmac.new(SALT, message, hashlib.sha256).digest()).decode()
    expected = (
        f'{{"c":"{bound}","k":"case.answered","n":3,"s":"AAECAwQFBgcICQoLDA0ODw==","t":1767578400,'
        f'"u":"35.07.dishub","v":1}}'
    ).encode()
    assert entry.leaf == expected
    assert entry.leaf_hash == hashlib.sha256(b"\x00" + expected).digest()


def test_the_leaf_of_a_secret_case_tells_nothing_but_the_commitment() -> None:
    entries = [
        prepare_entry(
            stream=STREAM, sequence=n, kind=kind, event=EVENT, salt=SALT, recorded_at=n, unit_code=unit, sealed=True
        )
        for n, kind, unit in ((0, "case.filed", "35.a"), (9, "case.closed_by_silence", ""))
    ]
    for entry in entries:
        assert set(json.loads(entry.leaf)) == {"c", "k", "v"}
        assert json.loads(entry.leaf)["k"] == "sealed"
    assert len({len(entry.leaf) for entry in entries}) == 1


def test_without_a_unit_there_is_no_u() -> None:
    entry = prepare_entry(stream=STREAM, sequence=0, kind="x", event={}, salt=SALT, recorded_at=1)
    assert "u" not in json.loads(entry.leaf)


@pytest.mark.parametrize(
    "changes",
    [{"stream": b"short"}, {"salt": b"short"}, {"unit_code": "x" * 600}, {"unit_code": "é"}, {"kind": "é"}],
)
def test_what_cannot_be_a_leaf_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(LeafRefused):
        prepared(**changes)


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_commitment_binds_salt_kind_and_every_letter(one: str, other: str) -> None:
    salted = commitment(salt=SALT, kind="k", event={"text": text_hash(salt=SALT, text=one)})
    again = commitment(salt=SALT, kind="k", event={"text": text_hash(salt=SALT, text=other)})
    assert (salted == again) == (one == other)
    assert commitment(salt=SALT, kind="k", event=EVENT) != commitment(salt=SALT, kind="l", event=EVENT)
    assert commitment(salt=SALT, kind="k", event=EVENT) != commitment(salt=SALT[::-1], kind="k", event=EVENT)
