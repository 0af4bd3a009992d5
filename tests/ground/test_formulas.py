# SPDX-License-Identifier: EUPL-1.2
"""No text that leaves for a spreadsheet begins like a formula; every other text stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.formulas import neutral

DANGEROUS = (
    "=1+1", "+62812", "-1", "@SUM(A1)", "|cmd", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "  =1",
    "\u200b=1", "\u202e=1", "\ufeff=HYPERLINK(1)", "\x00=1", "\t", "=", "\u00a0+1", "\u0301=1",
)  # fmt: skip
HARMLESS = ("", " ", "Lampu padam", "JT-7KQ4-MX2", "3 = 3", "a@b", "'=1", "😀", "1-2", "‘=1", "(=1)")


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_might_run_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_everything_else_stays(text: str) -> None:
    assert neutral(text) == text


@given(st.text())
def test_nothing_is_lost_and_nothing_begins_like_a_formula(text: str) -> None:
    safe = neutral(text)
    assert safe in (text, f"'{text}")
    assert safe.strip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    assert neutral(safe) == safe
