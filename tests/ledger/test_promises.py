# SPDX-License-Identifier: EUPL-1.2
"""Promises: five lines in one spelling, signed by the promise key of the log they name and by no other key."""

from functools import partial
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ledger import promises
from melayani.ledger.cosignatures import cosign
from melayani.ledger.note import NoteRefused, SignatureLine, sign_note
from melayani.ledger.promises import (
    Promise,
    PromiseRefused,
    format_promise,
    is_promise,
    parse_promise,
    sign_promise,
    verify_promise,
)
from melayani.ledger.vkeys import COSIGNATURE, NoteKey
from tests.ledger.some_keys import LOG, ORIGIN, a_key, passed, turned_bits, variant

KEY = a_key(f"{ORIGIN}/promise")
PROMISE = Promise(origin=ORIGIN, leaf_hash=bytes(range(32)), recorded_at=1_767_578_400, deadline=1_767_578_460)
TEXT = (
    "melayani/promise/v1\n"
    "melayani.example/ledger\n"
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "2026-01-05T02:00:00Z\n"
    "2026-01-05T02:01:00Z\n"
)


def signed(text: str = TEXT, *, key: NoteKey = KEY) -> bytes:
    return sign_note(text, keys=[key])


def cosigned() -> bytes:
    """The text with a cosignature of a witness that took the name of the promise key."""
    witness = a_key(KEY.name, kind=COSIGNATURE)
    line = SignatureLine(witness.name, witness.key_id, cosign(text=TEXT.encode(), key=witness, at=9))
    return f"{TEXT}\n{line}".encode()


def test_the_five_lines_exactly() -> None:
    assert format_promise(PROMISE) == TEXT
    assert parse_promise(TEXT) == PROMISE
    assert is_promise(signed())
    assert not is_promise(b"c2sp.org/tlog-proof@v1\n")


def test_the_same_promise_is_the_same_bytes_and_a_plain_note() -> None:
    note = sign_promise(PROMISE, key=KEY)
    assert note == sign_promise(PROMISE, key=KEY) == signed()
    assert len(note) < 400
    assert verify_promise(note, keys=[LOG.verifier, KEY.verifier]) == PROMISE


@given(st.integers(0, 2**37), st.integers(1, 10**7), st.binary(min_size=32, max_size=32))
@settings(deadline=None, max_examples=40)
def test_what_is_written_is_read(recorded_at: int, within: int, leaf_hash: bytes) -> None:
    promise = Promise(origin=ORIGIN, leaf_hash=leaf_hash, recorded_at=recorded_at, deadline=recorded_at + within)
    assert parse_promise(format_promise(promise)) == promise


def test_no_turned_bit_passes() -> None:
    read = partial(verify_promise, keys=[KEY.verifier])
    assert passed(read, turned_bits(signed()), refusals=(NoteRefused, PromiseRefused)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        Promise(origin="", leaf_hash=bytes(32), recorded_at=1, deadline=2),
        Promise(origin="a b", leaf_hash=bytes(32), recorded_at=1, deadline=2),
        Promise(origin=ORIGIN, leaf_hash=bytes(31), recorded_at=1, deadline=2),
        Promise(origin=ORIGIN, leaf_hash=bytes(32), recorded_at=2, deadline=2),
        Promise(origin=ORIGIN, leaf_hash=bytes(32), recorded_at=1, deadline=2**60),
    ],
)
def test_what_is_no_promise_is_not_signed(wrong: Promise) -> None:
    with pytest.raises(PromiseRefused):
        sign_promise(wrong, key=a_key(f"{wrong.origin}/promise"))


@pytest.mark.parametrize("key", [LOG, a_key("other.example/promise"), a_key(KEY.name, kind=COSIGNATURE)])
def test_no_other_key_signs_one(key: NoteKey) -> None:
    with pytest.raises(PromiseRefused):
        sign_promise(PROMISE, key=key)


def test_a_promise_nobody_trusted_signed() -> None:
    with pytest.raises(NoteRefused):
        verify_promise(signed(), keys=[a_key(KEY.name, seed="other").verifier])


# Each rule of the reader, the note that breaks only this rule, and what stands in the code instead: the controls.
GUARDS: dict[str, tuple[bytes, str, str]] = {
    "first line": (signed(TEXT.replace("/v1", "/v2")), "lines[0] != HEADER or ", ""),
    "five lines": (signed(TEXT + "\nmore\n"), "len(lines) != 6 or ", ""),
    "end of line": (b"", "or lines[5] or", "or"),
    "origin": (signed(TEXT.replace(ORIGIN, "a+b"), key=LOG), " or not is_key_name(lines[1])", ""),
    "time": (signed(TEXT.replace("02:01:00Z", "02:01:00+00:00")), " if _written_moment(seconds) == text else None", ""),
    "hash": (signed(TEXT.replace("Hh8=", "Hh9=")), "read_hash(lines[2])", "(lines[2] or None)"),
    "deadline after time": (signed(TEXT.replace("02:01:00", "02:00:00")), " or deadline <= recorded_at", ""),
    "the log's own promise key": (signed(key=LOG), "name == origin + KEY_SUFFIX and ", ""),
    "no witness": (cosigned(), " and kind == ED25519_NOTE", ""),
}
TRUSTED = [KEY.verifier, LOG.verifier, a_key(KEY.name, kind=COSIGNATURE).verifier]


def accepts(module: ModuleType, name: str, note: bytes) -> bool:
    try:
        if name == "end of line":
            module.parse_promise(TEXT + "more")
        elif name == "origin":
            module.parse_promise(TEXT.replace(ORIGIN, "a+b"))
        else:
            module.verify_promise(note, keys=TRUSTED)
    except (NoteRefused, vars(module)["PromiseRefused"]):
        return False
    return True


@pytest.mark.parametrize("name", GUARDS)
def test_each_rule_holds(name: str) -> None:
    assert not accepts(promises, name, GUARDS[name][0])


@pytest.mark.parametrize("name", GUARDS)
def test_control_without_the_rule_it_would_pass(name: str) -> None:
    note, step, instead = GUARDS[name]
    assert accepts(variant(promises, step, instead), name, note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n" * 5,
        TEXT[:-1],
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("02:00:00Z", "02:00:00.0Z"),
        TEXT.replace("2026-01-05T02:00:00Z", "2026-02-30T02:00:00Z"),
        TEXT.replace("2026-01-05T02:00:00Z", "2026-01-05 02:00:00Z"),
        TEXT.replace("2026-01-05T02:00:00Z", "2026-01-04T24:00:00Z"),
        TEXT.replace("2026-01-05T02:00:00Z", "0001-01-01T00:00:00"),
        TEXT.replace("2026-01-05T02:00:00Z", "9" * 5000),
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(PromiseRefused):
        parse_promise(text)
