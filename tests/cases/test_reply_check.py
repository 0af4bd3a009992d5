# SPDX-License-Identifier: EUPL-1.2
"""The gentle look at a reply: a table of letters as officers write them, and what each does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.cases.reply_check import Hint, hints
from melayani.cases.rules import ANSWER_OUTCOMES, Outcome
from melayani.ground.case_number import new_number
from tests.builders import ANSWER

H = Hint
SOLVED, NO, TWICE, GONE = Outcome.SOLVED, Outcome.EXPLAINED_NO, Outcome.DUPLICATE, Outcome.UNREACHABLE
ALL_SAID = "Jalan sudah ditambal regu UPT Pacet pada Senin 12 Januari. Bila retak lagi, buka kembali kasus ini."
TOLD = [
    # All four questions are answered.
    (ALL_SAID, SOLVED, set()),
    (ANSWER, SOLVED, set()),
    ("Lampu di tiang 14 akan kami ganti Rabu 14 Januari pukul 09.30 (regu timur).", SOLVED, set()),
    ("KTP ANDA SUDAH KAMI CETAK KEMARIN. SILAKAN AMBIL DI LOKET 3 KANTOR KECAMATAN.", SOLVED, set()),
    ("Sudah dibersihkan petugas tadi pagi pukul 7. Kalau tersumbat lagi hubungi kami.", SOLVED, set()),
    ("Pun didandani Pak Mandor wingi tanggal 12/1. Bila rusak lagi, silakan lapor.", SOLVED, set()),
    # One of them is missing.
    ("Lampu sudah kami ganti hari ini oleh regu timur.", SOLVED, {H.NEXT}),
    ("Lampu sudah kami ganti. Bila padam lagi, buka kembali kasus ini.", SOLVED, {H.WHEN}),
    ("Lampu menyala lagi sejak Senin. Bila padam lagi, silakan lapor.", SOLVED, {H.DONE, H.WHO}),
    ("Lampunya diganti Senin. Bila padam lagi, silakan lapor.", SOLVED, {H.WHO}),
    # Words that sound like an answer.
    ("Akan kami tindaklanjuti.", SOLVED, {H.EMPTY_WORDS, H.WHO, H.WHEN, H.NEXT}),
    ("Sudah kami teruskan kepada pihak terkait, mohon bersabar.", SOLVED, {H.EMPTY_WORDS, H.WHO, H.WHEN, H.NEXT}),
    ("Terima kasih atas laporannya. Segera diproses.", SOLVED, {H.EMPTY_WORDS, H.WHO, H.WHEN, H.NEXT}),
    ("Akan kami tindaklanjuti. Drainase kami keruk Kamis, bila hujan Jumat.", SOLVED, set()),
    ("Baik.", SOLVED, {H.DONE, H.WHO, H.WHEN, H.NEXT}),
    # Places and names that begin like a verb are none.
    ("Di dinas, di jalan, dia dari Dinas.", SOLVED, {H.DONE, H.WHEN, H.NEXT}),
    # What the outcome asks for.
    ("Belum dapat kami penuhi tahun ini. Silakan ajukan lagi Januari.", NO, {H.REASON}),
    ("Belum dapat kami penuhi tahun ini karena anggaran habis. Silakan ajukan lagi Januari.", NO, set()),
    ("Sama dengan kasus lain yang kami kerjakan Senin, silakan ikuti.", TWICE, {H.WHICH}),
    ("Sama dengan JT-0000-001 yang kami kerjakan Senin, silakan ikuti.", TWICE, {H.WHICH}),  # no number of ours
    ("Kami belum mendapat jawaban sejak Senin. Bila perlu, buka kembali.", GONE, {H.TRIED}),
    ("Kami menelepon Anda Senin dan Rabu. Bila perlu, buka kembali.", GONE, set()),
    # What a template left open.
    ("Lampu sudah diganti petugas pada …. Bila padam lagi, buka kembali kasus ini pada Senin.", SOLVED, {H.HOLES}),
    ("Kasus {nomor} sudah diganti petugas Senin. Bila padam lagi, lapor.", SOLVED, {H.HOLES}),
    # No outcome chosen yet: as for a solved one.
    (ALL_SAID, "", set()),
    # Nothing typed yet: nothing to say.
    ("", SOLVED, set()),
    (" \n ", SOLVED, set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "outcome", "missing"), TOLD)
def test_what_a_reply_does_not_say(text: str, outcome: str, missing: set[Hint]) -> None:
    assert set(hints(text, outcome=outcome)) == missing


def test_a_duplicate_that_is_named_is_found_however_it_is_written() -> None:
    number = new_number()
    for written in (number, number.lower(), number.replace("-", "")):
        assert hints(f"Sama dengan {written}, kami kerjakan Senin. Silakan ikuti.", outcome=TWICE) == ()


def test_hints_come_in_one_order_and_once() -> None:
    assert hints("Akan ditindaklanjuti …", outcome=NO) == (
        H.HOLES, H.EMPTY_WORDS, H.REASON, H.WHO, H.WHEN, H.NEXT,
    )  # fmt: skip


@given(st.text(max_size=600), st.sampled_from([*ANSWER_OUTCOMES, "", "?"]))
def test_any_text_is_looked_at_without_trouble(text: str, outcome: str) -> None:
    found = hints(text, outcome=outcome)
    assert len(found) == len(set(found)) <= len(Hint)


def test_a_very_long_text_takes_no_time() -> None:
    """Words without end must not make the patterns turn back and back."""
    for text in ("a" * 20_000, "di" * 10_000, "kami " * 4_000, "akan " * 4_000, "1" * 20_000, "di " * 6_000):
        hints(text, outcome=SOLVED)
