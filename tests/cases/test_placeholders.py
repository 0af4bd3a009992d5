# SPDX-License-Identifier: EUPL-1.2
"""Placeholders: known ones are filled in, unknown ones refused, and a value is never read as a placeholder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.cases.placeholders import KNOWN, PlaceholderRefused, check_placeholders, filled, unknown_placeholders

UNKNOWN = [
    ("Kasus {nomor} di {tempat}.", ()),
    ("Kasus {nomer} di {Tempat}, {}.", ("nomer", "Tempat", "")),
    ("{nomer} dan {nomer}", ("nomer",)),
    ("{ nomor }", (" nomor ",)),
    ("{{nomor}}", ()),  # the inner one is meant
    ("Kurung { sendiri } bukan.", (" sendiri ",)),
    ("Satu { saja, satu } saja", (" saja, satu ",)),
    ("{ tidak ditutup", ()),
    ("{nomor\n}", ()),
    ("{" + "x" * 41 + "}", ()),  # too long to be meant
    ("{nomor}" * 50, ()),
]


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN)
def test_which_names_are_unknown(text: str, unknown: tuple[str, ...]) -> None:
    assert unknown_placeholders(text) == unknown
    if unknown:
        with pytest.raises(PlaceholderRefused, match="tidak dikenal"):
            check_placeholders(text)
    else:
        check_placeholders(text)


def test_every_known_one_is_filled_in() -> None:
    values = {name: f"<{name}>" for name in KNOWN}
    text = " ".join(f"{{{name}}}" for name in sorted(KNOWN))
    assert filled(text, values) == " ".join(f"<{name}>" for name in sorted(KNOWN))


def test_a_value_is_not_read_again() -> None:
    """A title may hold anything: what a citizen wrote in braces stays what it is."""
    assert filled("{judul}, {nomor}", {"judul": "{nomor} {petugas}", "nomor": "JT"}) == "{nomor} {petugas}, JT"


@given(st.text(max_size=200))
def test_text_without_placeholders_stays_as_it_is(text: str) -> None:
    assert filled(text, {}) == text
