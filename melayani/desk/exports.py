# SPDX-License-Identifier: EUPL-1.2
"""A work list as CSV or XLSX: the same columns, dates and numbers as what they are, texts that no spreadsheet runs."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import xlsxwriter
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_export import End, Export, ExportRow
from melayani.cases.rules import Stage
from melayani.cases.wording import KINDS, OUTCOMES, Words
from melayani.desk.filters import VISIBILITIES
from melayani.desk.words import BASES, SHORT_STAGES, is_late
from melayani.ground.clock import jakarta
from melayani.ground.formulas import neutral

Cell = str | int | datetime | None
LINES_AT_ONCE = 100
_NARROW, _WIDE = 12, 34


@dataclass(frozen=True)
class Telling:
    """The moment of an export, and the words that stand in many rows, said once in its language."""

    at: datetime
    stages: Mapping[str, str]
    outcomes: Mapping[str, str]
    bases: Mapping[str, str]
    kinds: Mapping[str, str]
    visibilities: Mapping[str, str]
    yes: str
    no: str


def _telling(at: datetime) -> Telling:
    known = (SHORT_STAGES, OUTCOMES, BASES, KINDS, VISIBILITIES)
    stages, outcomes, bases, kinds, visibilities = (
        {code: str(words) for code, words in mapping.items()} for mapping in known
    )
    return Telling(
        at=at,
        stages=stages,
        outcomes=outcomes,
        bases=bases,
        kinds=kinds,
        visibilities=visibilities,
        yes=gettext("ya"),
        no=gettext("tidak"),
    )


def _days_to_answer(row: ExportRow, told: Telling) -> int:
    """Calendar days from the filing to the answer, to the end without one, or to now."""
    ended = row.answered_at or row.closed_at or told.at
    return (jakarta(ended).date() - jakarta(row.filed_at).date()).days


def _days_late(row: ExportRow, told: Telling) -> int:
    """Calendar days by which the answer, the pause or now lies beyond the promise."""
    ended = row.answered_at or row.closed_at or row.asked_at or told.at
    return max(0, (jakarta(ended).date() - jakarta(row.due_at).date()).days)


def _ever_late(row: ExportRow, told: Telling) -> str:
    return told.yes if row.broken or is_late(row, at=told.at) else told.no


COLUMNS: Sequence[tuple[Words, Callable[[ExportRow, Telling], Cell]]] = (
    (_("Nomor"), lambda row, _told: row.number),
    (_("Judul"), lambda row, _told: row.title),
    (_("Keadaan"), lambda row, told: told.stages[row.stage]),
    (_("Hasil"), lambda row, told: told.outcomes[row.outcome] if row.stage == Stage.CLOSED and row.outcome else ""),
    (_("Disampaikan"), lambda row, _told: row.filed_at),
    (_("Janji"), lambda row, _told: row.due_at),
    (_("Jam berhenti sejak"), lambda row, _told: row.asked_at),
    (_("Dijawab"), lambda row, _told: row.answered_at),
    (_("Ditutup"), lambda row, _told: row.closed_at),
    (_("Hari sampai dijawab (atau sampai unduhan ini)"), _days_to_answer),
    (_("Hari lewat janji"), _days_late),
    (_("Janji pernah terlewat"), _ever_late),
    (_("Hari yang dijanjikan"), lambda row, _told: row.promise_days),
    (_("Dihitung dengan"), lambda row, told: told.bases[row.promise_basis]),
    (_("Hari kerja menunggu warga"), lambda row, _told: row.paused_days),
    (_("Dibuka kembali (kali)"), lambda row, _told: row.reopened),
    (_("Warga lain yang ikut"), lambda row, _told: row.joined),
    (_("Topik"), lambda row, _told: row.topic_name),
    (_("Tempat"), lambda row, _told: row.place_name),
    (_("Unit"), lambda row, _told: row.unit_name),
    (_("Petugas"), lambda row, _told: row.officer_name),
    (_("Jenis"), lambda row, told: told.kinds[row.kind]),
    (_("Sifat"), lambda row, told: told.visibilities[row.visibility]),
)
WIDE_COLUMNS = frozenset({1, 17, 18, 19})
ENDS: Mapping[End, Words] = {
    End.ALL: _("Semua kasus di daftar ini."),
    End.MOST: _("Hanya 10.000 kasus pertama. Persempit saringan untuk mengunduh sisanya."),
    End.FAR: _("Belum semua kasus dilihat: terlalu sedikit yang cocok. Persempit saringan, lalu unduh lagi."),
}


def csv_lines(export: Export) -> Iterator[bytes]:
    """The list as CSV, piece by piece: UTF-8 with its mark, commas, ISO dates in western Indonesian time.

    The head comes before anything is read. When not all could be given, the last line says so.
    """
    # Read piece by piece after the page has answered, when the language of the request no longer holds by itself.
    return _csv_lines(export, get_language() or "id")


def _csv_lines(export: Export, language: str) -> Iterator[bytes]:
    piece = io.StringIO()
    writer = csv.writer(piece)
    with override(language):
        writer.writerow([neutral(str(name)) for name, _cell in COLUMNS])
        yield b"\xef\xbb\xbf" + _taken(piece)
        told = _telling(export.at)
        for number, row in enumerate(export, start=1):
            writer.writerow([_csv_cell(cell(row, told)) for _name, cell in COLUMNS])
            if number % LINES_AT_ONCE == 0:
                yield _taken(piece)
        if export.end is not End.ALL:
            writer.writerow([neutral(str(ENDS[export.end]))])
        yield _taken(piece)


def _taken(piece: io.StringIO) -> bytes:
    written = piece.getvalue().encode()
    piece.seek(0)
    piece.truncate()
    return written


def _csv_cell(cell: Cell) -> str | int:
    if isinstance(cell, datetime):
        return f"{jakarta(cell):%Y-%m-%d %H:%M}"
    if not isinstance(cell, str):
        return "" if cell is None else cell
    # A spreadsheet set to Indonesian splits lines at ";" whatever the quotes: each part may become a cell of its own.
    return ";".join(map(neutral, cell.split(";")))


def xlsx_file(export: Export, *, title: str, narrowed_to: str) -> IO[bytes]:
    """The list as a workbook in a nameless file, at its start; rows go to disk as they come.

    The second sheet says which list this is, of when, narrowed to what, and whether that is all of it.
    """
    kept = tempfile.TemporaryFile()  # noqa: SIM115  # whoever answers with it closes it
    # Texts stay texts: nothing becomes a formula, a link or a number by how it looks.
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(kept, options) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet(gettext("Kasus"))
        sheet.freeze_panes(1, 1)
        told = _telling(export.at)
        for column, (name, _cell) in enumerate(COLUMNS):
            sheet.set_column(column, column, _WIDE if column in WIDE_COLUMNS else _NARROW)
            sheet.write_string(0, column, neutral(str(name)), head)
        for number, row in enumerate(export, start=1):
            for column, (_name, cell) in enumerate(COLUMNS):
                _write(sheet, number, column, cell(row, told), moment)
        sheet.autofilter(0, 0, max(export.count, 1), len(COLUMNS) - 1)
        _about(book, export, title=title, narrowed_to=narrowed_to, moment=moment)
        book.set_properties({"title": neutral(title), "created": jakarta(export.at).replace(tzinfo=None)})
    kept.seek(0)
    return kept


def _write(sheet: "xlsxwriter.workbook.Worksheet", row: int, column: int, cell: Cell, moment: object) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, jakarta(cell).replace(tzinfo=None), moment)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, neutral(cell))


def _about(book: "xlsxwriter.Workbook", export: Export, *, title: str, narrowed_to: str, moment: object) -> None:
    sheet = book.add_worksheet(gettext("Keterangan"))
    sheet.set_column(0, 0, _NARROW * 2)
    sheet.set_column(1, 1, _WIDE * 2)
    facts: list[tuple[str, Cell]] = [
        (gettext("Daftar"), title),
        (gettext("Saringan"), narrowed_to or gettext("tanpa saringan")),
        (gettext("Diunduh"), export.at),
        (gettext("Banyaknya"), export.count),
        (gettext("Lengkap?"), str(ENDS[export.end])),
    ]
    for row, (name, cell) in enumerate(facts):
        sheet.write_string(row, 0, name)
        _write(sheet, row, 1, cell, moment)
