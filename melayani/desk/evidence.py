# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs that an officer sends with a letter: kept under the token of the form, so that no refusal loses them.

They belong to nothing until the letter is sent; what is never sent is forgotten after a day (`cases.files`).
"""

import secrets
from time import monotonic
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from melayani.cases.files import FileRow, drop_upload, file_row, keep_upload, uploads_of
from melayani.cases.rules import MOST_PDFS, MOST_PHOTOS
from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.ground.errors import Refused
from melayani.ground.photos import LONGEST_SENDING_SECONDS, MOST_PHOTO_BYTES, refused
from melayani.ground.plain_text import plain_line

# The letters that may carry evidence.
EVIDENCE = frozenset({"answer-case", "note-progress"})
LONGEST_NAME = 40
MOST_FILES = MOST_PHOTOS + MOST_PDFS


def new_token() -> str:
    """A token for the forms of one page."""
    return secrets.token_urlsafe(16)


def upload_token(act: str, token: str) -> str:
    """Under what the files of one form are kept: two letters on one page have their own."""
    return f"desk/{act}/{token}" if token else ""


def keep_evidence(request: HttpRequest, visit: Visit, act: str) -> tuple[str, ...]:
    """What was sent with the form is kept; answers in words what could not be taken, and why."""
    if act not in EVIDENCE:
        return ()
    token = upload_token(act, request.POST.get("token", ""))
    all_sent = request.FILES.getlist("files")
    problems = []
    ends = monotonic() + LONGEST_SENDING_SECONDS
    # What goes beyond every limit is not even opened: fifty photos would keep fifty processes busy.
    for sent in all_sent[:MOST_FILES]:
        if monotonic() > ends:
            problems.append(gettext("Berkasnya terlalu lama diolah. Yang belum ada di bawah ini belum diambil."))
            break
        try:
            _keep(sent, visit, token=token)
        except Refused as refusal:
            problems.append(f"{_short_name(sent)}: {said_refusal(refusal)}")
    if len(all_sent) > MOST_FILES:
        words = gettext("Paling banyak %(photos)s foto dan %(pdfs)s PDF. Yang selebihnya tidak diambil.")
        problems.append(words % {"photos": MOST_PHOTOS, "pdfs": MOST_PDFS})
    return tuple(dict.fromkeys(problems))


def _keep(sent: "UploadedFile[Any]", visit: Visit, *, token: str) -> None:
    # Not read at all when it is too big: a thousand megabytes would fill the memory before anybody could refuse them.
    if (sent.size or 0) > MOST_PHOTO_BYTES:
        raise refused("too_big")
    keep_upload(token=token, sent=sent.read(), at=visit.at, pdf=True)


def _short_name(sent: "UploadedFile[Any]") -> str:
    name = plain_line(sent.name or "")
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 2]} …"


def drop_evidence(typed: QueryDict, *, act: str, name: str) -> None:
    """The file goes no longer with this letter."""
    drop_upload(token=upload_token(act, str(typed.get("token", ""))), name=name)


def evidence_of(typed: QueryDict, *, act: str) -> tuple[FileRow, ...]:
    """What is kept for the letter so far."""
    token = upload_token(act, str(typed.get("token", "")))
    return tuple(map(file_row, uploads_of(token))) if act in EVIDENCE else ()
