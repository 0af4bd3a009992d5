# SPDX-License-Identifier: EUPL-1.2
"""What is hidden, what stays, and that a weaker pattern is noticed. All numbers and names here are invented."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground import masking
from melayani.ground.masking import ACCOUNT, EMAIL, NIK, NPWP, NUMBER, PHONE, PLATE, masked_text

HIDDEN = [
    ("NIK saya 3507131234560001.", f"NIK saya {NIK}."),
    ("nik 3507 1312 3456 0001 atas nama saya", f"nik {NIK} atas nama saya"),
    ("KK 350713-123456-0001", f"KK {NIK}"),
    ("hubungi 081234567890", f"hubungi {PHONE}"),
    ("WA 0812-3456-7890 ya", f"WA {PHONE} ya"),
    ("wa 0812 3456 789", f"wa {PHONE}"),
    ("telepon +62 812 3456 7890", f"telepon {PHONE}"),
    ("telepon 6281234567890", f"telepon {PHONE}"),
    ("kantor (0341) 123456", f"kantor {PHONE}"),
    ("kantor 031-8281234 pagi", f"kantor {PHONE} pagi"),
    ("kantor 0341 395 777", f"kantor {PHONE}"),
    ("surel sari.w+lapor@contoh.co.id, terima kasih", f"surel {EMAIL}, terima kasih"),
    ("NPWP 01.234.567.8-901.000", f"NPWP {NPWP}"),
    ("yaitu 01.234.567.8-901.000 milik toko", f"yaitu {NPWP} milik toko"),
    ("npwp: 012345678901000", f"npwp: {NPWP}"),
    ("transfer ke rekening 1234567890 a.n. dia", f"transfer ke rekening {ACCOUNT} a.n. dia"),
    ("no. rek BRI 0123-01-012345-53-1", f"no. rek BRI {ACCOUNT}"),
    ("Bank Jatim nomor 0012345678", f"Bank Jatim nomor {ACCOUNT}"),
    ("truk N 1234 AB ngebut", f"truk {PLATE} ngebut"),
    ("motor n1234ab", f"motor {PLATE}"),
    ("mobil L 5 XY", f"mobil {PLATE}"),
    ("pelat AG-8123-VB", f"pelat {PLATE}"),
    ("nomor pelanggan 512345678901", f"nomor pelanggan {NUMBER}"),
]
SHOWN = [
    "Lampu di RT 05 RW 02 padam sejak 3 malam.",
    "RT 3 RW 2",
    "Tiang nomor 14, km 12+300, lebar 2 m, tinggi 120 cm.",
    "Biaya Rp 1.500.000.000 tahun 2024-2025",
    "diminta Rp 25.000.000 lewat BRI Rp 15.000.000",
    "05-01-2026 09.00 sampai 2026-01-05 10:30",
    "Nomor kasus JT-7KQ4-MX2",
    "SK 188/123/KPTS/2024 tanggal 5 Januari 2026",
    "Kode pos 65163, titik -7.98123, 112.63041",
    "jalan a 1200 meter, gang b 300 m dan b 3 hari",
    "Buka 08.00-16.00 WIB, antre 08.00 sampai 12.00",
    "Bansos 600000 untuk 12500 orang",
    "Mitsubishi L300 dan Isuzu",
]


@pytest.mark.parametrize(("text", "masked"), HIDDEN)
def test_what_points_to_a_person_is_hidden(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@pytest.mark.parametrize("text", SHOWN)
def test_what_tells_about_the_matter_stays(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize("step", range(len(masking._STEPS)))
def test_control_every_pattern_is_needed(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any one of the patterns the table above fails: none is idle and the table tries them all."""
    monkeypatch.setattr(masking, "_STEPS", masking._STEPS[:step] + masking._STEPS[step + 1 :])
    assert any(masked_text(text) != masked for text, masked in HIDDEN)


@given(st.text(alphabet="0123456789 .-+()@abnlwxr,RpKM\n", max_size=80))
def test_masking_again_changes_nothing(text: str) -> None:
    once = masked_text(text)
    assert masked_text(once) == once


@given(
    st.text(alphabet="abc ,.\n", max_size=20),
    st.integers(10**15, 10**16 - 1),
    st.text(alphabet="abc ,.\n", max_size=20),
)
def test_no_sixteen_digits_survive(before: str, nik: int, after: str) -> None:
    assert not re.search(r"\d{9}", masked_text(f"{before}{nik}{after}"))


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "No"), exclude_characters="@"), max_size=200))
def test_a_text_without_digits_and_addresses_stays(text: str) -> None:
    assert masked_text(text) == text
