# SPDX-License-Identifier: EUPL-1.2
"""The step of filing that takes photos. They are kept here under the form's token, and the form only counts them.

So walking through the steps loses none, and a form that comes back after they were forgotten says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from melayani.cases.files import FileRow, drop_upload, file_row, uploads_of
from melayani.cases.filing import form_was_sent
from melayani.cases.models import Upload
from melayani.portal.draft import Draft
from melayani.portal.filing_steps import FOTO, Shown
from melayani.portal.photo_addresses import own_address
from melayani.portal.sent_photos import FIELD, taken_photos

ADD, DROP = "tambah", "hapus-"


@dataclass(frozen=True)
class Thumb:
    """A small photo with the words beside it."""

    file: FileRow
    address: str
    words: str


def changed_photos(request: HttpRequest, draft: Draft, *, wish: str, at: datetime) -> tuple[Shown, bool]:
    """The step after what was sent with it: photos chosen are kept, whatever button was pressed, or one is dropped.

    The second answer is whether the person stays here.
    """
    token, drops = draft.get("kiriman"), wish.startswith(DROP)
    if not (request.FILES.getlist(FIELD) or drops):
        nothing = [(FIELD, _("Pilih dahulu fotonya, lalu tekan Tambah foto."))] if wish == ADD else []
        return Shown(FOTO, draft, problems=nothing), wish == ADD
    problems = taken_photos(request, token=token, at=at)
    if drops:
        drop_upload(token=token, name=wish.removeprefix(DROP))
    return Shown(FOTO, _counted(draft, uploads_of(token)), problems=problems), bool(problems) or drops or wish == ADD


def lost_photos(draft: Draft) -> Shown | None:
    """The step with the word that photos of this form were forgotten meanwhile; None when none is missing.

    A form that was sent before has none either: its photos belong to the case.
    """
    if not draft.get("foto_ada"):
        return None
    token = draft.get("kiriman")
    kept = uploads_of(token)
    problems = _lost(draft, there=len(kept))
    if not problems or form_was_sent(token):
        return None
    return Shown(FOTO, _counted(draft, kept), problems=problems)


def _lost(draft: Draft, *, there: int) -> list[tuple[str, str]]:
    said = draft.get("foto_ada")
    counted = int(said) if said.isascii() and said.isdecimal() and len(said) < 3 else 0
    if there >= counted:
        return []
    return [
        (
            FIELD,
            _(
                "Foto yang Anda pilih sudah tidak tersimpan, karena kiriman ini belum selesai dalam sehari. "
                "Pilih lagi, atau lanjutkan tanpa foto."
            ),
        )
    ]


def _counted(draft: Draft, kept: tuple[Upload, ...]) -> Draft:
    return draft.with_(foto_ada=str(len(kept)) if kept else "")


def draft_thumbs(uploads: Iterable[Upload]) -> list[Thumb]:
    """Photos of a form that is not sent yet."""
    rows = [file_row(upload) for upload in uploads]
    return [Thumb(row, reverse("portal:draft-photo", args=[row.name]), _word(n)) for n, row in enumerate(rows, start=1)]


def sent_thumbs(rows: Iterable[FileRow], *, at: datetime) -> list[Thumb]:
    """Photos that belong to a case, for its citizen: by links that end after an hour."""
    return [Thumb(row, own_address(row.name, at=at, small=True), _word(n)) for n, row in enumerate(rows, start=1)]


def _word(number: int) -> str:
    return _("Foto %(number)s") % {"number": number}
