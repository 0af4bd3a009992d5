# SPDX-License-Identifier: EUPL-1.2
"""Cosignatures: the known answer of the specification, the time is part of what is signed, no changed bit passes."""

import base64
import struct
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from melayani.ledger import cosignatures as cosignatures_module
from melayani.ledger.cosignatures import cosign, cosigned_at, cosigned_message, has_cosigned
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, open_note, sign_note
from melayani.ledger.vkeys import ML_DSA_COSIGNATURE, VerifierKey, key_id
from tests.ledger.some_keys import LOG, WITNESSES, a_key, passed, turned_bits, variant

WITNESS = WITNESSES[0]
TEXT = "melayani.example/ledger\n5\n" + base64.b64encode(bytes(32)).decode() + "\n"
AT = 1_767_578_400
# The example of C2SP tlog-cosignature: a checkpoint text, and the time and message that its cosignature covers.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
EXAMPLE_LINE = (
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
)


def cosignature(at: int = AT, text: str = TEXT) -> bytes:
    return cosign(text=text.encode(), key=WITNESS, at=at)


def a_note(*signatures: bytes) -> bytes:
    lines = [SignatureLine(WITNESS.name, WITNESS.key_id, signature) for signature in signatures]
    return add_lines(sign_note(TEXT, keys=[LOG]), lines=lines)


def test_the_message_and_the_time_of_the_specification() -> None:
    assert cosigned_message(text=EXAMPLE.encode(), at=1_679_315_147) == (
        b"cosignature/v1\ntime 1679315147\n" + EXAMPLE.encode()
    )
    assert cosigned_at(base64.b64decode(EXAMPLE_LINE)[4:]) == 1_679_315_147


def test_the_bytes_are_time_and_signature() -> None:
    made = cosignature()
    assert made[:8] == struct.pack(">Q", AT)
    assert len(made) == 72
    assert WITNESS.verifier.has_signed(message=b"cosignature/v1\ntime 1767578400\n" + TEXT.encode(), signature=made[8:])
    assert WITNESS.vkey.split("+")[1] == key_id(name=WITNESS.name, kind=b"\x04", public=WITNESS.public_bytes).hex()


@given(st.integers(1, 2**63 - 1), st.text(max_size=50))
@settings(deadline=None, max_examples=40)
def test_what_is_cosigned_holds_at_its_time_and_for_its_text_only(at: int, text: str) -> None:
    made = cosignature(at=at, text=text)
    assert cosigned_at(made) == at
    assert has_cosigned(text=text.encode(), key=WITNESS.verifier, signature=made)
    assert not has_cosigned(text=text.encode() + b"x", key=WITNESS.verifier, signature=made)
    other_time = (at ^ 1).to_bytes(8, "big") + made[8:]
    assert not has_cosigned(text=text.encode(), key=WITNESS.verifier, signature=other_time)


@pytest.mark.parametrize("at", [0, -1, 2**63])
def test_a_time_that_cannot_be_is_not_signed(at: int) -> None:
    with pytest.raises(ValueError, match="time"):
        cosignature(at=at)


def test_a_log_key_does_not_cosign() -> None:
    with pytest.raises(ValueError, match="0x04"):
        cosign(text=TEXT.encode(), key=LOG, at=AT)


def forged(at: int, length: int = 72) -> bytes:
    """A cosignature whose Ed25519 part holds, with a time or length that must not be."""
    signature = WITNESS.private.sign(cosigned_message(text=TEXT.encode(), at=at))
    return (at.to_bytes(8, "big") + signature + bytes(72))[:length]


WRONG = [
    forged(0),
    forged(2**63),
    forged(2**64 - 1),
    forged(AT, 71),
    forged(AT, 73),
    forged(AT, 8),
    b"",
    WITNESS.private.sign(TEXT.encode()),
    bytes(8) + WITNESS.private.sign(TEXT.encode()),
    AT.to_bytes(8, "big") + WITNESS.private.sign(TEXT.encode()),
    AT.to_bytes(8, "little") + cosignature()[8:],
]


@pytest.mark.parametrize("signature", WRONG, ids=range(len(WRONG)))
def test_what_is_no_cosignature_spoils_the_note_of_a_trusted_witness(signature: bytes) -> None:
    assert not has_cosigned(text=TEXT.encode(), key=WITNESS.verifier, signature=signature)
    if signature:
        with pytest.raises(NoteRefused):
            open_note(a_note(signature), vkeys=[LOG.vkey, WITNESS.vkey])
        assert open_note(a_note(signature), vkeys=[LOG.vkey]).text == TEXT


def test_every_changed_bit_is_refused() -> None:
    changed = turned_bits(cosignature())
    assert not any(has_cosigned(text=TEXT.encode(), key=WITNESS.verifier, signature=each) for each in changed)
    lines = (a_note(each) for each in turned_bits(cosignature()))
    assert passed(lambda n: open_note(n, vkeys=[LOG.vkey, WITNESS.vkey]), lines, refusals=(NoteRefused,)) == []


def test_a_key_of_one_type_does_not_stand_for_the_other() -> None:
    as_log = VerifierKey(name=WITNESS.name, kind=b"\x01", public=WITNESS.public_bytes)
    assert not has_cosigned(text=TEXT.encode(), key=as_log, signature=cosignature())
    assert not has_cosigned(text=TEXT.encode(), key=a_key("other", kind=b"\x04").verifier, signature=cosignature())
    # The same Ed25519 key has another id for each type, so that a line of one is unknown to the other.
    assert as_log.key_id != WITNESS.key_id


def test_two_times_of_one_witness_count_once() -> None:
    verified = open_note(a_note(cosignature(), cosignature(at=AT + 60)), vkeys=[WITNESS.vkey]).verified
    assert verified == ((WITNESS.name, WITNESS.key_id),)


def test_lines_of_the_coming_type_pass_unharmed() -> None:
    name = "pq.example/w"
    line = SignatureLine(name, key_id(name=name, kind=ML_DSA_COSIGNATURE, public=bytes(1312)), bytes(8 + 2420))
    note = add_lines(a_note(cosignature()), lines=[line] * 2)
    assert str(line).encode() in note
    assert len(open_note(note, vkeys=[LOG.vkey, WITNESS.vkey]).verified) == 2
    many = [SignatureLine(f"pq{n}.example", bytes([0, 0, 0, n]), bytes(2428)) for n in range(16)]
    assert open_note(add_lines(note, lines=many), vkeys=[LOG.vkey]).text == TEXT


# Controls


def misread(module: ModuleType) -> bool:
    text, key = TEXT.encode(), WITNESS.verifier
    if not module.has_cosigned(text=text, key=key, signature=cosignature()):
        return True
    as_log = VerifierKey(name=WITNESS.name, kind=b"\x01", public=WITNESS.public_bytes)
    if module.has_cosigned(text=text, key=as_log, signature=cosignature()):
        return True
    try:
        return any(module.has_cosigned(text=text, key=key, signature=each) for each in WRONG)
    except Exception:  # whatever is raised is a broken variant
        return True


BROKEN = [
    ("return at if 0 < at <= LARGEST_NUMBER else None", "return at if at <= LARGEST_NUMBER else None"),
    ("return at if 0 < at <= LARGEST_NUMBER else None", "return at or None"),
    ("signature=signature[TIME_BYTES:]", "signature=signature[TIME_BYTES:-1]"),
    ("if at is None or key.kind != COSIGNATURE:", "if at is None:"),
    ('f"{HEADER}\\ntime {at}\\n".encode() + text', "text"),
    ('int.from_bytes(signature[:TIME_BYTES], "big")', 'int.from_bytes(signature[:TIME_BYTES], "little")'),
]


def test_the_whole_reader_misreads_nothing() -> None:
    assert not misread(cosignatures_module)


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_the_control_a_reader_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(cosignatures_module, step, instead))
