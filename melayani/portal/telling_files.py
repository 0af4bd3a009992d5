# SPDX-License-Identifier: EUPL-1.2
"""The photos and PDFs of a happening as a page shows them: where they are, how big, and what they are in words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from melayani.cases.files import FileRow
from melayani.cases.queries import CaseRow, Happening
from melayani.cases.rules import ActorKind, Visibility
from melayani.ground.clock import jakarta, now
from melayani.portal.photo_addresses import own_address, public_address


@dataclass(frozen=True)
class ToldFile:
    """One photo or PDF. `held`: the public does not see it yet, but may later (of a secret case it never does)."""

    file: FileRow
    address: str
    small_address: str
    words: str
    held: bool


def told_files(happening: Happening, row: CaseRow, *, to_citizen: bool) -> tuple[ToldFile, ...]:
    """The files this reader may see. The citizen gets links that end after an hour, everybody else the public ones."""
    at = now()

    def address(name: str, *, small: bool) -> str:
        return own_address(name, at=at, small=small) if to_citizen else public_address(name, small=small)

    return tuple(
        ToldFile(
            file=file,
            address=address(file.name, small=False),
            small_address=address(file.name, small=True),
            words=_words(file, by=happening.by, at=happening.at, to_citizen=to_citizen),
            held=not file.released and row.visibility == Visibility.PUBLIC,
        )
        for file in happening.files
    )


def hidden_files(happening: Happening) -> int:
    """How many files of the happening this reader cannot see yet."""
    bound = happening.data.get("files")
    return max(0, len(bound) - len(happening.files)) if isinstance(bound, list) else 0


def _words(file: FileRow, *, by: str, at: datetime, to_citizen: bool) -> str:
    """ "Foto 1 dari warga, 7 Januari"."""
    named = {"number": file.position + 1, "day": date_format(jakarta(at), "j F")}
    if not file.is_photo:
        return _("Berkas %(number)s dari petugas (PDF), %(day)s") % named
    if by == ActorKind.OFFICER:
        return _("Foto %(number)s dari petugas, %(day)s") % named
    if by == ActorKind.PARTY:
        return _("Foto %(number)s dari warga yang ikut, %(day)s") % named
    return (_("Foto %(number)s dari Anda, %(day)s") if to_citizen else _("Foto %(number)s dari warga, %(day)s")) % named
