# SPDX-License-Identifier: EUPL-1.2
"""Reads what clients send, in a query or in a form, strictly as UTF-8 and without Django's forms.

Blanks count as not sent (GeoReport v2, "Optional Arguments"). Names this endpoint does not know are passed over, since
clients add their own; attributes and files are never passed over.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from melayani.api.open311.errors import CallRefused
from melayani.ground.plain_text import plain_line, plain_text

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
NOT_UTF8 = "Isi kiriman bukan UTF-8 yang sah. Kirim ulang sebagai UTF-8."
TOO_MANY = "Terlalu banyak isian dalam satu kiriman."
NOT_A_FORM = f"Kirim isian sebagai {FORM} atau {MULTIPART} dengan UTF-8."
BROKEN = "Isi kiriman rusak atau terputus. Kirim ulang."
NO_FILES = "Foto sebagai berkas hanya diterima bersama laporan baru. Kirim alamat fotonya dalam media_url."

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[[0-9]{0,4}\])?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST = 1e18


class SentFile(Protocol):
    """A file of a form, as far as it is used here."""

    def read(self, num_bytes: int = -1, /) -> bytes:
        """Up to so many bytes from where it stands."""
        ...


class Fields:
    """What was sent, by name, and what is wrong with it: `problems` collects, so that all of it is told together.

    `files` are (name of the field, file).
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], files: Sequence[tuple[str, SentFile]] = ()) -> None:
        self.problems: list[str] = []
        self.files = files
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def all(self, name: str) -> list[str]:
        """Every value sent under this name, each on one line; blanks are left out."""
        return [line for line in map(plain_line, self._values.get(name, ())) if line]

    def one(self, name: str, *, most: int = 500) -> str:
        """The one value of this name on one line, empty when it was not sent."""
        return self._only(name, self.all(name), most)

    def text(self, name: str, *, most: int) -> str:
        """As `one`, with its line breaks."""
        return self._only(name, [text for text in map(plain_text, self._values.get(name, ())) if text], most)

    def _only(self, name: str, values: list[str], most: int) -> str:
        if len(set(values)) > 1:
            self.problems.append(f"{name} dikirim lebih dari sekali dengan isi yang berbeda. Kirim satu saja.")
            return ""
        if values and len(values[0]) > most:
            self.problems.append(f"{name} terlalu panjang: {len(values[0])} huruf. Paling banyak {most} huruf.")
            return ""
        return values[0] if values else ""

    def listed(self, name: str, *, most: int) -> list[str]:
        """The values of a comma separated list, which may be sent several times; each once, in order."""
        found = list(
            dict.fromkeys(part for value in self.all(name) for part in map(str.strip, value.split(",")) if part)
        )
        if len(found) > most:
            raise CallRefused(400, f"{name} memuat {len(found)} isi. Paling banyak {most} dalam satu permintaan.")
        return found

    def attributes(self) -> dict[str, list[str]]:
        """The answers sent as `attribute[CODE]` or `attribute[CODE][]`, by code, as typed; blanks are left out."""
        answers: dict[str, list[str]] = {}
        for name, values in self._values.items():
            if name.partition("[")[0] != "attribute":
                continue
            match = _ATTRIBUTE.fullmatch(name)
            if match is None:
                self.problems.append(f"{plain_line(name)[:80]} bukan nama isian yang dikenal. Pakai attribute[KODE].")
                continue
            answers.setdefault(match[1], []).extend(value for value in values if plain_line(value))
        return {code: values for code, values in answers.items() if values}

    def refuse_problems(self) -> None:
        """Raises a 400 with everything that is wrong, or does nothing."""
        if self.problems:
            raise CallRefused(400, *self.problems)


def finite_number(text: str) -> float | None:
    """The number written in `text`; None for anything else, for nan, infinity and what no measure reaches."""
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) <= _LARGEST else None


def read_query(request: HttpRequest) -> Fields:
    """What stands in the query. Raises a 400 for what is not UTF-8 and for too many fields."""
    return Fields(_pairs(str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace")))


def read_form(request: HttpRequest, *, files: bool = False) -> Fields:
    """What a form sent. Raises a 400 for other content types and encodings, broken or large bodies, and for files where
    they are not wanted.
    """
    with_files = files and request.content_type == MULTIPART
    most = settings.MOST_BODY_BYTES if with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdecimal() and len(length) < 20) or int(length) > most:
        raise CallRefused(400, f"Kiriman terlalu besar. Paling banyak {most // 1000} kB.")
    params = request.content_params or {}
    if params.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise CallRefused(400, NOT_A_FORM)
    try:
        if request.content_type == MULTIPART:
            return _multipart(request, files=files)
        if request.content_type == FORM or (not request.content_type and not request.body):
            return Fields(_pairs(request.body))
    except (MultiPartParserError, SuspiciousOperation, BadRequest, UnreadablePostError) as error:
        raise CallRefused(400, BROKEN) from error
    raise CallRefused(400, NOT_A_FORM)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise CallRefused(400, NOT_UTF8) from error
    except ValueError as error:
        raise CallRefused(400, TOO_MANY) from error


def _multipart(request: HttpRequest, *, files: bool) -> Fields:
    pairs = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    if request.FILES and not files:
        raise CallRefused(400, NO_FILES)
    # Django puts this character where bytes were no UTF-8.
    if any("\ufffd" in name + value for name, value in pairs):
        raise CallRefused(400, NOT_UTF8)
    return Fields(pairs, [(name, file) for name, sent in request.FILES.lists() for file in sent])
