# SPDX-License-Identifier: EUPL-1.2
"""CSV files as people save them, read strictly: every row is either clean or named with the reason. Pure.

UTF-8 with or without a byte order mark, commas or semicolons. Rows are numbered as a spreadsheet shows them: the
header is row 1.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from melayani.ground.errors import Refused
from melayani.site.console import BadInput

MOST_BYTES = 500_000_000
MOST_FIELD = 100_000
YES, NO = ("ya", "y", "yes", "true", "1"), ("tidak", "t", "n", "no", "false", "0", "")


class RowRefused(Refused):
    """This row cannot be taken; the message says which column and why."""


@dataclass(frozen=True)
class Problem:
    """A bad row and what is wrong with it."""

    row: int
    why: str

    def __str__(self) -> str:
        return f"baris {self.row}: {self.why}"


@dataclass(frozen=True)
class Imported:
    """How many rows were new, how many were there already, and which were bad."""

    new: int
    there: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Row:
    """A row of a table: what it says by column, blanks trimmed; columns that are not there are empty."""

    number: int
    said: Mapping[str, str]

    def get(self, column: str) -> str:
        """What stands in the column."""
        return self.said.get(column, "")

    def needed(self, column: str) -> str:
        """What stands in the column; raises `RowRefused` when it is empty."""
        return self.get(column) or self.refuse(column, "belum diisi")

    def is_yes(self, column: str, *, default: bool = False) -> bool:
        """Whether the column says yes; raises `RowRefused` for anything but yes, no and nothing."""
        typed = self.get(column).lower()
        if not typed:
            return default
        if typed not in YES + NO:
            self.refuse(column, "harus ya atau tidak")
        return typed in YES

    def refuse(self, column: str, why: str) -> NoReturn:
        """Raises `RowRefused` about the column."""
        raise RowRefused("row_refused", f"kolom {column} {why}.")


def read_table(path: Path, *, columns: Collection[str], needed: Collection[str]) -> Iterator[Row | Problem]:
    """The rows of the file; those of the wrong shape as problems.

    Raises `BadInput` when the file as a whole cannot be used: not UTF-8, empty, too large, columns unknown, missing or
    twice, a field without end.
    """
    reader = csv.reader(io.StringIO(_text(path)), delimiter=_delimiter(path), strict=True)
    csv.field_size_limit(MOST_FIELD)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, columns=columns, needed=needed)
        for number, fields in enumerate(reader, start=2):
            if any(field.strip() for field in fields):
                yield _row(number, header, fields)
    except csv.Error as error:
        raise BadInput(f"{path.name}: tabel rusak di dekat baris {reader.line_num}: {error}.") from error


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path.name} terlalu besar. Bagi menjadi beberapa berkas.")
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path.name} bukan UTF-8 (baris {line}). Simpan ulang sebagai CSV UTF-8.") from error


def _delimiter(path: Path) -> str:
    """Comma, or the semicolon that spreadsheets write in Indonesia."""
    with path.open("rb") as file:
        first = file.readline(MOST_FIELD)
    return ";" if first.count(b";") > first.count(b",") else ","


def _check_header(header: list[str], *, columns: Collection[str], needed: Collection[str]) -> None:
    if not header or header == [""]:
        raise BadInput("Berkas kosong: baris pertama harus berisi nama kolom.")
    for names, said in (
        ([name for name in header if name not in columns], "tidak dikenal"),
        (sorted({name for name in header if header.count(name) > 1}), "muncul dua kali"),
        ([name for name in needed if name not in header], "tidak ada"),
    ):
        if names:
            raise BadInput(f"Kolom {said}: {', '.join(name or '(kosong)' for name in names)}.")


def _row(number: int, header: list[str], fields: list[str]) -> Row | Problem:
    if len(fields) != len(header):
        return Problem(number, f"ada {len(fields)} kolom, seharusnya {len(header)}.")
    if any("\0" in field for field in fields):
        return Problem(number, "berisi karakter NUL.")
    return Row(number, dict(zip(header, (field.strip() for field in fields), strict=True)))
