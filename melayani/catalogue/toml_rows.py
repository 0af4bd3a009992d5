# SPDX-License-Identifier: EUPL-1.2
"""Reference data that comes with the program: rows of TOML files, every field checked when it is read. Pure.

A wrong field is refused with file, row and why, so that whoever edits a file finds the place at once.
"""

import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from melayani.ground.errors import Refused

Member = TypeVar("Member", bound=StrEnum)


class PackagedRefused(Refused):
    """A packaged file cannot be used; the message names file, row and why. Nothing was written."""


@dataclass(frozen=True)
class PackagedRow:
    """One row of a packaged file: `name` is how people find it there (`service PJU`)."""

    file: str
    name: str
    fields: Mapping[str, object]

    def refusal(self, why: str) -> PackagedRefused:
        """The refusal that names this row and `why` it cannot be used."""
        return PackagedRefused("packaged_row", f"{self.file}, {self.name}: {why}")

    def text(self, key: str, *, most: int, least: int = 1) -> str:
        """The text under `key`, of `least` to `most` characters; a missing one is empty."""
        value = self.fields.get(key, "")
        if not isinstance(value, str):
            raise self.refusal(f"{key} harus berupa teks.")
        text = value.strip()
        if not least <= len(text) <= most:
            raise self.refusal(f"{key} berisi {len(text)} huruf, seharusnya {least} sampai {most}.")
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts under `key`, without repetition; a missing one is empty."""
        value = self.fields.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.refusal(f"{key} harus berupa daftar teks yang terisi.")
        if len(set(value)) != len(value):
            raise self.refusal(f"{key} memuat isi yang berulang.")
        return tuple(value)

    def whole(self, key: str, *, least: int, most: int) -> int:
        """The whole number under `key`, `least` to `most`."""
        value = self.fields.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refusal(f"{key} harus bilangan bulat {least} sampai {most}.")
        return value

    def truth(self, key: str, *, default: bool) -> bool:
        """The yes or no under `key`."""
        value = self.fields.get(key, default)
        if not isinstance(value, bool):
            raise self.refusal(f"{key} harus true atau false.")
        return value

    def day(self, key: str) -> date:
        """The date under `key`."""
        value = self.fields.get(key)
        # tomllib reads a moment as datetime, which is a date too, and must not pass for one.
        if type(value) is not date:
            raise self.refusal(f"{key} harus tanggal.")
        return value

    def member(self, key: str, enum: type[Member], *, default: Member | None = None) -> Member:
        """The value under `key` as a member of `enum`."""
        value = self.fields.get(key, default)
        try:
            return enum(str(value))
        except ValueError as error:
            raise self.refusal(f"{key} harus salah satu dari: {', '.join(enum)}.") from error

    def known(self, value: str, *, among: Container[str], what: str) -> str:
        """`value`, which must be `among` the known ones; `what` is what the message calls it."""
        if value not in among:
            raise self.refusal(f"{what} {value} tidak dikenal.")
        return value

    def part(self, key: str) -> "PackagedRow | None":
        """The table under `key` as a row of its own, or None."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refusal(f"{key} harus berupa tabel.")
        return PackagedRow(file=self.file, name=f"{self.name}, {key}", fields=value)

    def parts(self, key: str, *, code: str) -> "tuple[PackagedRow, ...]":
        """The list of tables under `key`, each named by its field `code`, which occurs once."""
        value = self.fields.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refusal(f"{key} harus berupa daftar tabel.")
        return _named(value, file=self.file, before=f"{self.name}, {key}", code=code)


def packaged_rows(path: Path, table: str, *, code: str = "code") -> tuple[PackagedRow, ...]:
    """The rows `[[table]]` of the TOML file at `path`, each with its own `code`.

    Raises `PackagedRefused` when the file is missing or not TOML, has no such row, or a code is missing or repeated.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackagedRefused("packaged_file", f"{path.name}: berkas tidak dapat dibaca.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackagedRefused("packaged_file", f"{path.name}: bukan TOML yang benar ({error}).") from error
    rows = content.get(table)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise PackagedRefused("packaged_file", f"{path.name}: tidak ada baris [[{table}]].")
    return _named(rows, file=path.name, before=table, code=code)


def _named(rows: list[dict[str, object]], *, file: str, before: str, code: str) -> tuple[PackagedRow, ...]:
    named: dict[str, PackagedRow] = {}
    for number, fields in enumerate(rows, start=1):
        name = fields.get(code)
        if not isinstance(name, str) or not name:
            raise PackagedRefused("packaged_row", f"{file}, {before} ke-{number}: {code} belum diisi.")
        if name in named:
            raise PackagedRefused("packaged_row", f"{file}, {before} {name}: tertulis dua kali.")
        named[name] = PackagedRow(file=file, name=f"{before} {name}", fields=fields)
    return tuple(named.values())
