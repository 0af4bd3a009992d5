# SPDX-License-Identifier: EUPL-1.2
"""Cases with photos and PDFs, as pages show them."""

from typing import Any

from melayani.cases import actions
from melayani.cases.file_actions import release_file
from melayani.cases.files import keep_upload
from melayani.cases.filing import Filed
from melayani.cases.models import Attachment, Upload
from melayani.cases.parties import Joined, add_files, join_case
from melayani.cases.rules import PARTY, Outcome
from tests.builders import ANSWER, filed, officer_actor
from tests.conftest import MONDAY
from tests.some_files import a_photo

PDF = b"%PDF-1.7 Surat tugas regu timur."


def uploads(*shades: int, form: str = "a form") -> tuple[Upload, ...]:
    """Photos that were sent and belong to no case yet."""
    return tuple(keep_upload(token=form, sent=a_photo(shade=shade), at=MONDAY) for shade in shades)


def filed_with_photos(*shades: int, **changes: Any) -> Filed:
    """A case that was filed with these photos, all held."""
    return filed(uploads=uploads(*shades), **changes)


def names_of(number: str) -> list[str]:
    """The names of all files of the case, in order."""
    files = Attachment.objects.filter(case__number=number).order_by("event__sequence", "position")
    return list(files.values_list("name", flat=True))


def release(number: str, name: str) -> None:
    """Everybody may see the file."""
    release_file(number=number, name=name, by=officer_actor(), at=MONDAY)


def joined_case(number: str) -> Joined:
    """Somebody joins the case; the same person again joins no second time."""
    return join_case(number=number, token="somebody", at=MONDAY)


def photo_of_party(number: str) -> str:
    """The name of a photo that somebody who joined has added."""
    add_files(number=number, uploads=uploads(7, form="form of a party"), by=PARTY, at=MONDAY)
    return names_of(number)[-1]


def answered_with_pdf(number: str) -> str:
    """The name of a PDF that came with the answer, held."""
    letter = keep_upload(token="desk", sent=PDF, at=MONDAY, pdf=True)
    actions.answer_case(
        number=number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY, uploads=(letter,)
    )
    return letter.name
