# SPDX-License-Identifier: EUPL-1.2
"""Typed text is made plain once, and limits say what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.plain_text import TextRefused, check_length, plain_line, plain_text, search_form


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  a \t b\r\nc  ", "a b\nc"),
        ("a\x00b\x07", "ab"),
        ("abc\u202edef\u2066", "abcdef"),
        ("e\u0301", "é"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("\ufeffhalo\u200b", "halo"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\ud800b", "ab"),
    ],
)
def test_known_texts(typed: str, plain: str) -> None:
    assert plain_text(typed) == plain


@given(st.text())
def test_plain_text_is_stable_and_safe(typed: str) -> None:
    plain = plain_text(typed)
    assert plain_text(plain) == plain
    assert not set(plain) & set("\x00\u202e\u200f\u2067\ufeff\x1b")
    assert "\n" not in plain_line(typed)
    plain.encode()


def test_limits_name_the_field_and_the_number() -> None:
    check_length("cukup", most=5, name="Nama")
    for text, message in (("", "Nama belum diisi."), ("panjang", "Paling banyak 5 huruf.")):
        with pytest.raises(TextRefused, match=message):
            check_length(text, most=5, name="Nama")
    with pytest.raises(TextRefused, match="paling sedikit 10 huruf"):
        check_length("pendek", most=50, least=10, name="Cerita")


@pytest.mark.parametrize(("typed", "form"), [("Kab. Malang", "kab malang"), ("  DÉSA-X ", "desa x"), ("", "")])
def test_search_form(typed: str, form: str) -> None:
    assert search_form(typed) == form
