# SPDX-License-Identifier: EUPL-1.2
"""What tests of photos and PDFs at the desk share: files as a browser sends them, and a case with photos."""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from melayani.cases.files import keep_upload
from melayani.cases.filing import file_case
from melayani.cases.models import Attachment, Case, Upload
from melayani.cases.rules import CITIZEN
from tests.builders import a_filing
from tests.conftest import MONDAY
from tests.desk.visiting import address, browser, ratih
from tests.some_files import a_photo

PDF = b"%PDF-1.4\n1 0 obj << >> endobj"
TOKEN = "surat-1"


def a_file(content: bytes, name: str = "bukti.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def photos(count: int) -> list[SimpleUploadedFile]:
    return [a_file(a_photo(shade=n), f"bukti{n}.jpg") for n in range(count)]


def sent(
    case: Case, act: str, files: Sequence[SimpleUploadedFile], who: Client | None = None, /, **typed: str
) -> HttpResponse:
    """The answer after the letter was sent with these files."""
    version = str(Case.objects.get(pk=case.pk).version)
    client = who or browser(ratih())
    whole = {"version": version, "token": TOKEN, "files": list(files), **typed}
    answer = client.post(address(case, act), whole)
    assert isinstance(answer, HttpResponse)
    return answer


def with_photos(count: int = 2, **changes: Any) -> Case:
    """A case that was filed with photos."""
    for number in range(count):
        keep_upload(token="lapor", sent=a_photo(shade=number), at=MONDAY)
    uploads = tuple(Upload.objects.order_by("id"))
    told = file_case(filing=a_filing(uploads=uploads, **changes), by=CITIZEN, at=MONDAY)
    return Case.objects.get(number=told.number)


def released(case: Case) -> list[bool]:
    return list(
        Attachment.objects.filter(case=case).order_by("event_id", "position").values_list("released", flat=True)
    )
