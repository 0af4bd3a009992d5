# SPDX-License-Identifier: EUPL-1.2
"""Verifier keys: what makes one unusable, and controls for each rule. Known answers stand in test_note.py."""

from types import ModuleType

import pytest

from melayani.ground.errors import Refused
from melayani.ledger import vkeys as vkeys_module
from melayani.ledger.encodings import write_base64
from melayani.ledger.vkeys import VerifierKey, key_id, parse_vkey
from tests.ledger.some_keys import LOG, WITNESSES, a_key, variant

PUBLIC = LOG.public_bytes
NAME = "a.example"


def spelled(*, name: str = NAME, kind: bytes = b"\x01", public: bytes = PUBLIC, shown: bytes | None = None) -> str:
    shown = key_id(name=name, kind=kind, public=public) if shown is None else shown
    return f"{name}+{shown.hex()}+{write_base64(kind + public)}"


BAD = [
    spelled(name=""),
    spelled(name="a b"),
    spelled(name="a\nb"),
    spelled(name="x" * 256),
    spelled(shown=bytes(4)),
    spelled(kind=b"\x02"),
    spelled(kind=b"\x06", public=bytes(1312)),
    spelled(public=PUBLIC[:31]),
    spelled(public=PUBLIC + b"\x00"),
    spelled(public=b""),
    spelled().replace(key_id(name=NAME, kind=b"\x01", public=PUBLIC).hex(), "0"),
    spelled() + " ",
    "+" + spelled(),
    "x" * 5_000 + spelled(),
]


def test_good_ones() -> None:
    for key in (LOG, WITNESSES[0], a_key("ü.example/log")):
        assert parse_vkey(key.vkey) == key.verifier
    assert parse_vkey(spelled()) == VerifierKey(name=NAME, kind=b"\x01", public=PUBLIC)


def test_a_signature_of_any_form_is_true_or_false() -> None:
    message = b"message"
    signature = LOG.private.sign(message)
    assert LOG.verifier.has_signed(message=message, signature=signature)
    for wrong in (b"", signature[:63], signature + b"\x00", bytes(64), b"\xff" * 64):
        assert not LOG.verifier.has_signed(message=message, signature=wrong)
    # Keys that are no points of the curve, or of small order, verify nothing.
    for public in (b"\xff" * 32, b"\x02" + bytes(31)):
        assert not VerifierKey(name="a", kind=b"\x01", public=public).has_signed(message=message, signature=signature)


def misread(module: ModuleType) -> bool:
    for vkey in BAD:
        try:
            module.parse_vkey(vkey)
        except Refused:
            continue
        except Exception:  # whatever else is raised is a broken variant
            return True
        return True
    try:
        key = module.parse_vkey(LOG.vkey)
    except Refused:
        return True
    return bool(key.has_signed(message=b"m", signature=bytes(64)) or key.vkey != LOG.vkey)


def test_the_whole_module_misreads_nothing() -> None:
    assert not misread(vkeys_module)


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("if not is_key_name(name) or _KEY_ID.fullmatch(written_id) is None or not key:", "if not key:"),
        ("if written_id != key_id(name=name, kind=kind, public=public).hex():", "if False:"),
        (" or len(public) != PUBLIC_KEY_BYTES:", ":"),
        ("if kind not in {ED25519_NOTE, COSIGNATURE} or", "if"),
        ('if not name or len(name) > MOST_NAME_BYTES or "+" in name:', 'if "+" in name:'),
        ('if any(letter < " " or letter == "\\x7f" or letter.isspace() for letter in name):', "if False:"),
        ("hashlib.sha256(name.encode", "hashlib.sha224(name.encode"),
        ("ValueError):\n            return False", "ValueError):\n            return True"),
    ],
)  # fmt: skip
def test_the_control_a_variant_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(vkeys_module, step, instead))
