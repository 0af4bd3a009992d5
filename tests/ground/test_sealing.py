# SPDX-License-Identifier: EUPL-1.2
"""Sealed text opens only under its key and for its field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.sealing import SealBroken, derived, new_key, open_sealed, seal


@given(st.binary(max_size=200))
def test_round_trip(text: bytes) -> None:
    key = new_key()
    sealed = seal(key=key, text=text, field="a")
    assert open_sealed(key=key, sealed=sealed, field="a") == text
    assert len(sealed) == len(text) + 28


def test_another_key_field_or_byte_does_not_open() -> None:
    key = new_key()
    sealed = seal(key=key, text=b"secret", field="a")
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong_key, wrong_sealed, field in (
        (new_key(), sealed, "a"),
        (key, sealed, "b"),
        (key, flipped, "a"),
        (key, sealed[:10], "a"),
        (key, b"", "a"),
    ):
        with pytest.raises(SealBroken):
            open_sealed(key=wrong_key, sealed=wrong_sealed, field=field)


def test_the_same_text_never_looks_the_same() -> None:
    key = new_key()
    assert seal(key=key, text=b"x", field="a") != seal(key=key, text=b"x", field="a")


def test_derived_bytes_are_apart_for_each_purpose() -> None:
    assert derived(secret=b"s", purpose="a", message=b"m") == derived(secret=b"s", purpose="a", message=b"m")
    assert derived(secret=b"s", purpose="a", message=b"m") != derived(secret=b"s", purpose="b", message=b"m")
    assert derived(secret=b"s", purpose="a", message=b"m") != derived(secret=b"t", purpose="a", message=b"m")
