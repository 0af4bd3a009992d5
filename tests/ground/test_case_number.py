# SPDX-License-Identifier: EUPL-1.2
"""Numbers and keys: round trips, typed forms, and what the check letter catches (with a broken one as control)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground import case_number
from melayani.ground.case_number import ALPHABET, check_letter, key_from_bytes, new_number, read_key, read_number

bodies = st.text(alphabet=ALPHABET, min_size=6, max_size=6)


def undetected(letter_of: object) -> int:
    """How many single wrong letters and swaps of neighbours of some numbers a check letter misses."""
    assert callable(letter_of)
    missed = 0
    for body in ("7KQ4MX", "000000", "ZZZZZZ", "A1B2C3"):
        check = letter_of(body)
        for place in range(6):
            for letter in ALPHABET:
                wrong = body[:place] + letter + body[place + 1 :]
                missed += wrong != body and letter_of(wrong) == check
        for place in range(5):
            swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
            missed += swapped != body and letter_of(swapped) == check
    return missed


def test_the_check_letter_catches_every_wrong_letter_and_swap() -> None:
    assert undetected(check_letter) == 0


def test_control_a_plain_sum_misses_swaps() -> None:
    assert undetected(lambda body: ALPHABET[sum(ALPHABET.index(c) for c in body) % 32]) > 0


@given(bodies)
def test_a_written_number_is_read_in_every_typed_form(body: str) -> None:
    number = case_number.written_number(body + check_letter(body))
    bare = number.replace("-", "")
    for typed in (number, number.lower(), bare, bare[2:], f"  {number} ", number.replace("-", " ")):
        assert read_number(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "JT", "JT-0000-001", "JT-7KQ4-MXU", "x" * 10_000, "JT-\u0660\u0660\u0660\u0660-000", "\x00"]
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


def test_letters_people_confuse_are_read() -> None:
    number = case_number.written_number("0110AA" + check_letter("0110AA"))
    assert read_number(number.replace("0", "O").replace("1", "l")) == number


def test_numbers_are_not_sequential() -> None:
    made = {new_number() for _ in range(200)}
    assert len(made) == 200
    assert len({number[3:7] for number in made}) > 150


@given(st.binary(min_size=13, max_size=32))
def test_keys_are_read_back_and_hold_a_hundred_bits(secret: bytes) -> None:
    key = key_from_bytes(secret)
    assert len(key) == 24
    assert read_key(key.lower().replace("-", "")) == key
    other = bytes([secret[0] ^ 1]) + secret[1:]
    assert key_from_bytes(other) != key


@pytest.mark.parametrize("typed", ["", "A" * 19, "A" * 21, "U" * 20, "A" * 5000])
def test_what_is_no_key_is_none(typed: str) -> None:
    assert read_key(typed) is None
