# SPDX-License-Identifier: EUPL-1.2
"""Decimals and base64: one spelling for each value."""

import base64
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ledger import encodings as encodings_module
from melayani.ledger.encodings import is_hash, is_number, read_base64, read_decimal, read_hash, write_base64
from tests.ledger.some_keys import variant

BAD_DECIMALS = [
    "", "00", "01", "+1", "-1", "-0", "1_0", " 1", "1 ", "1\n", "1.0", "1e3", "0x1", "\u0661", "1\u0661", "\uff11",
    "\u00b2",
    str(2**63), str(2**64), "9" * 20, "1" * 1_000_000,
]  # fmt: skip
BAD_BASE64 = [
    "A", "AA", "AAA", "AA=", "AA===", "AB==", "AAB=", "=", "====", "A===", "AA==\n", "AA ==", " AA==", "AA==AA==",
    "A\nAA",
    "-_==", "AAAA=", "\u00e4AAA", "AAA\ud800", "AAA\x00",
]  # fmt: skip
HASH = write_base64(bytes(range(32)))
BAD_HASHES = [
    "",
    write_base64(bytes(32) + b"x"),
    HASH[:-1],
    HASH + "=",
    HASH + "A",
    HASH[:-2] + "9=",
    write_base64(bytes(31)),
    write_base64(bytes(33)),
]


@given(st.integers(0, 2**63 - 1))
def test_decimals_round_trip(number: int) -> None:
    assert read_decimal(str(number)) == number


@given(st.binary(max_size=70))
def test_base64_round_trips(content: bytes) -> None:
    assert write_base64(content) == base64.standard_b64encode(content).decode()
    assert read_base64(write_base64(content)) == content
    assert read_hash(write_base64(content)) == (content if len(content) == 32 else None)


@given(st.text(alphabet="AB=/+-_9 \n", max_size=12))
def test_what_is_read_is_spelled_the_same(text: str) -> None:
    content = read_base64(text)
    assert content is None or write_base64(content) == text


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, -1, 2**63, b"1"])
def test_what_is_no_number(value: object) -> None:
    assert not is_number(value)
    assert is_number(0)
    assert is_number(2**63 - 1)


@pytest.mark.parametrize("value", [bytes(31), bytes(33), b"", bytearray(32), "x" * 32, None])
def test_what_is_no_hash(value: object) -> None:
    assert not is_hash(value)
    assert is_hash(bytes(32))


def misread(module: ModuleType) -> bool:
    """Whether a spelling that is none is read."""
    try:
        found = [
            *(module.read_decimal(text) for text in BAD_DECIMALS),
            *(module.read_base64(text) for text in BAD_BASE64),
            *(module.read_hash(text) for text in BAD_HASHES),
        ]
    except Exception:  # these functions never raise
        return True
    return any(each is not None for each in found)


def test_the_whole_module_misreads_nothing() -> None:
    assert not misread(encodings_module)


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ('re.compile(r"0|[1-9][0-9]{0,18}")', 're.compile(r"[0-9]{1,19}")'),
        ('re.compile(r"0|[1-9][0-9]{0,18}")', 're.compile(r"0|[1-9]\\d{0,18}")'),
        ("return number if number <= LARGEST_NUMBER else None", "return number"),
        ("return content if write_base64(content) == text else None", "return content"),
        ("except ValueError:", "except KeyError:"),
        ("return content if content is not None and len(content) == HASH_BYTES else None", "return content"),
    ],
)
def test_the_control_a_variant_without_a_rule_is_seen(step: str, instead: str) -> None:
    assert misread(variant(encodings_module, step, instead))
