# SPDX-License-Identifier: EUPL-1.2
"""A list as CSV and XLSX: begun at once, real dates and numbers, nothing that runs, nothing personal, and recorded."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_export
from melayani.cases.models import Case
from melayani.cases.rules import Identity, Stage, Visibility
from melayani.desk import exports
from melayani.government.models import AdministrativeAct, Officer
from tests.builders import a_case
from tests.conftest import MONDAY
from tests.desk.visiting import bambang, browser, dewi, joko, ratih, yusuf

pytestmark = pytest.mark.django_db
FORMULAS = ("=1+1", "+62812", "-2+3", "@SUM(A1:A9)", "\t=1", "＝HYPERLINK(A1)", "  =cmd|' /C calc'!A0")
BEGINS = tuple("=+-@\t\r＝＋－＠")


def sent(client: Client, form: str, which: str = "unit", query: str = "") -> bytes:
    """The file."""
    response = client.post(f"/meja/daftar/{which}/unduh{query}", {"bentuk": form})
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]  # it is streamed


def csv_rows(client: Client, which: str = "unit", query: str = "") -> list[list[str]]:
    """The lines of the CSV, the head first."""
    content = sent(client, "csv", which, query)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def xlsx_rows(client: Client, which: str = "unit", query: str = "") -> list[list[Any]]:
    """The lines of the first sheet, the head first."""
    book = openpyxl.load_workbook(io.BytesIO(sent(client, "xlsx", which, query)))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def cell(rows: list[list[Any]], name: str, line: int = 1) -> Any:
    """The value under a heading."""
    return rows[line][rows[0].index(name)]


def test_both_forms_say_the_same_with_real_dates_and_numbers() -> None:
    answered = a_case(stage=Stage.ANSWERED, at=MONDAY - timedelta(days=60))
    Case.objects.filter(pk=answered.pk).update(title='Lampu padam; gelap, "sekali"', joined=3)
    client = browser(ratih())
    lines, cells = csv_rows(client, "dijawab"), xlsx_rows(client, "dijawab")
    assert lines[0] == cells[0]
    assert len(lines) == len(cells) == 2
    for rows in (lines, cells):
        assert cell(rows, "Nomor") == answered.number
        assert cell(rows, "Judul") == 'Lampu padam; gelap, "sekali"'
        assert cell(rows, "Petugas") == "Ratih"
        assert cell(rows, "Keadaan") == "Dijawab"
        assert cell(rows, "Sifat") == "Publik"
    assert cell(lines, "Disampaikan") == "2025-11-06 09:00"
    assert cell(cells, "Disampaikan") == datetime(2025, 11, 6, 9, 0)  # noqa: DTZ001  # spreadsheets know no zones
    assert cell(cells, "Janji").hour == 23
    assert cell(cells, "Jam berhenti sejak") is None
    assert (cell(lines, "Warga lain yang ikut"), cell(cells, "Warga lain yang ikut")) == ("3", 3)
    assert cell(cells, "Hari sampai dijawab (atau sampai unduhan ini)") == 0
    assert cell(cells, "Janji pernah terlewat") == "tidak"


def test_what_is_late_now_is_said_so() -> None:
    late = a_case(at=MONDAY - timedelta(days=60))
    rows = xlsx_rows(browser(ratih()))
    assert cell(rows, "Janji pernah terlewat") == "ya"
    assert cell(rows, "Hari lewat janji") == (MONDAY.date() - late.due_at.date()).days
    assert cell(rows, "Hari sampai dijawab (atau sampai unduhan ini)") == 60


def dangerous(client: Client) -> list[object]:
    """The texts in both forms that a spreadsheet might run."""
    for number, formula in enumerate(FORMULAS):
        case = a_case()
        Case.objects.filter(pk=case.pk).update(title=formula, unit_name=formula, place_name=f"{formula}, Kec. {number}")
    Officer.objects.filter(username="ratih").update(name="=1+1")
    Case.objects.update(officer=ratih())
    values = [value for rows in (csv_rows(client), xlsx_rows(client)) for row in rows for value in row]
    return [value for value in values if isinstance(value, str) and value.strip().startswith(BEGINS)]


def test_no_cell_begins_like_a_formula() -> None:
    assert dangerous(browser(ratih())) == []


def test_no_part_of_a_cell_begins_like_a_formula_where_semicolons_split_lines() -> None:
    """Control: the mark before the whole cell alone would leave the part after the semicolon to run."""
    Case.objects.filter(pk=a_case().pk).update(title="Jalan rusak;=HYPERLINK(A1)")
    text = browser(ratih()).post("/meja/daftar/unit/unduh", {"bentuk": "csv"}).getvalue().decode()
    assert "Jalan rusak;'=HYPERLINK(A1)" in text
    assert "rusak;=" not in text


def test_control_a_careless_writer_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "neutral", str)
    assert len(dangerous(browser(ratih()))) >= 2 * len(FORMULAS)


def unpacked(content: bytes) -> bytes:
    """Everything in a workbook."""
    book = zipfile.ZipFile(io.BytesIO(content))
    return b"".join(book.read(name) for name in book.namelist())


def test_in_the_workbook_a_formula_is_text_even_unmarked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "neutral", str)
    Case.objects.filter(pk=a_case().pk).update(title="=1+1")
    parts = unpacked(sent(browser(ratih()), "xlsx"))
    assert b"=1+1" in parts
    assert b"<f>" not in parts


def test_nothing_personal_leaves() -> None:
    a_case(
        identity=Identity.NAMED, name="Sari Kenari", email="sari@contoh.example", phone="081234567890",
        text="Kenari kuning hilang di depan rumah saya, gang Cempaka.",
    )  # fmt: skip
    a_case(visibility=Visibility.SECRET, text="Cempaka rahasia sekali di kantor itu.")
    for form in ("csv", "xlsx"):
        content = sent(browser(ratih()), form)
        told = content if form == "csv" else unpacked(content)
        for canary in (b"Kenari", b"contoh.example", b"0812", b"Cempaka"):
            assert canary not in told


def test_the_name_of_the_file_and_what_it_may_be() -> None:
    response = browser(ratih()).post("/meja/daftar/unit/unduh?petugas=ratih", {"bentuk": "csv"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="kasus-unit-2026-01-05.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store, private"
    response = browser(ratih()).post("/meja/daftar/unit/unduh", {"bentuk": "xlsx"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="kasus-unit-2026-01-05.xlsx"'
    assert response.headers["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_the_filter_of_the_address_holds_and_the_second_sheet_says_so() -> None:
    secret = a_case(visibility=Visibility.SECRET)
    a_case()
    client = browser(ratih())
    assert [row[0] for row in csv_rows(client, query="?sifat=rahasia")[1:]] == [secret.number]
    book = openpyxl.load_workbook(io.BytesIO(sent(client, "xlsx", query="?sifat=rahasia")))
    facts = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert facts["Saringan"] == "Sifat: Rahasia"
    assert facts["Banyaknya"] == 1
    assert facts["Lengkap?"] == "Semua kasus di daftar ini."


def test_more_than_fits_is_said_in_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_export, "MOST_EXPORTED", 2)
    for _ in range(3):
        a_case()
    client = browser(ratih())
    rows = csv_rows(client)
    assert len(rows) == 4
    assert rows[-1] == ["Hanya 10.000 kasus pertama. Persempit saringan untuk mengunduh sisanya."]
    book = openpyxl.load_workbook(io.BytesIO(sent(client, "xlsx")))
    assert "Hanya 10.000" in str(book.worksheets[1]["B5"].value)


def test_it_begins_before_anything_is_read() -> None:
    for _ in range(3):
        a_case()
    response = browser(ratih()).post("/meja/daftar/unit/unduh", {"bentuk": "csv"})
    pieces: Iterator[bytes] = iter(response.streaming_content)  # type: ignore[attr-defined]  # it is streamed
    with CaptureQueriesContext(connection) as queries:
        assert b"Nomor" in next(pieces)
    assert len(queries) == 0
    assert sum(piece.count(b"JT-") for piece in pieces) == 3


def test_the_language_of_the_page_is_that_of_the_file() -> None:
    a_case()
    response = browser(ratih()).post("/en/meja/daftar/unit/unduh", {"bentuk": "csv"})
    content = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]  # it is streamed
    assert "Number,Title,State" in content
    assert "Not taken on" in content


def test_each_export_is_recorded_and_nothing_else() -> None:
    a_case()
    client = browser(ratih())
    sent(client, "csv", query="?umur=7")
    sent(client, "xlsx", "saya")
    assert [
        (act.data["list"], act.data["form"], act.data["filter"])
        for act in AdministrativeAct.objects.filter(kind="cases.exported").order_by("sequence")
    ] == [("unit", "csv", {"older_days": "7"}), ("saya", "xlsx", {})]


@pytest.mark.parametrize("form", ["", "pdf", "CSV", "\x00", "csv;xlsx"])
def test_another_form_is_refused_on_the_same_page(form: str) -> None:
    response = browser(ratih()).post("/meja/daftar/unit/unduh", {"bentuk": form})
    assert response.status_code == 400
    assert "Pilih CSV atau XLSX." in response.content.decode()
    assert not AdministrativeAct.objects.filter(kind="cases.exported").exists()


def test_who_may_not_read_a_list_cannot_carry_it_away() -> None:
    a_case()
    assert len(csv_rows(browser(bambang()))) == 1
    assert len(csv_rows(browser(dewi()))) == 2
    assert browser(ratih()).post("/meja/daftar/triase/unduh", {"bentuk": "csv"}).status_code == 404
    assert browser(yusuf()).post("/meja/daftar/unit/unduh", {"bentuk": "csv"}).status_code == 403
    assert browser().post("/meja/daftar/unit/unduh", {"bentuk": "csv"}).status_code == 302
    assert browser(joko()).get("/meja/daftar/unit/unduh").status_code == 405
    assert browser(ratih(), csrf=True).post("/meja/daftar/unit/unduh", {"bentuk": "csv"}).status_code == 403


@pytest.mark.parametrize("cases", [1, 3])
def test_the_statements_do_not_grow(cases: int) -> None:
    for _ in range(cases):
        a_case()
    client = browser(ratih())
    sent(client, "csv")
    with CaptureQueriesContext(connection) as queries:
        sent(client, "csv")
    assert len([query for query in queries if "cases_case" in query["sql"]]) == 1
