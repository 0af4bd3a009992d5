# SPDX-License-Identifier: EUPL-1.2
"""Where photos and PDFs are: released ones for everybody, those of the own case by links that end after an hour.

Such a link names the file and nothing else: neither number nor key of a case is ever in an address.
"""

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.urls import reverse

from melayani.cases.rules import FileKind

LINK_LASTS = timedelta(hours=1)
# The picture alone: whatever is in it, a browser that opens it as a page runs, loads and sends nothing.
POLICY = "default-src 'none'; sandbox"


def public_address(name: str, *, small: bool = False) -> str:
    """The address of a released file."""
    return reverse("portal:small-photo" if small else "portal:photo", args=[name])


def own_address(name: str, *, at: datetime, small: bool = False) -> str:
    """An address that opens the file to whoever has it, for an hour from `at`."""
    ends = int((at + LINK_LASTS).timestamp())
    signed = _signer().sign(f"{name}.{ends}")
    return reverse("portal:own-small-photo" if small else "portal:own-photo", args=[signed])


def signed_name(signed: str, *, at: datetime) -> str:
    """The name in an address that `own_address` made and that has not ended; else empty."""
    try:
        name, _, ends = _signer().unsign(signed).partition(".")
    except BadSignature:
        return ""
    return name if at.timestamp() < int(ends) else ""


def _signer() -> Signer:
    return Signer(salt="melayani.own-photo", sep=".")


def file_answer(opened: tuple[str, bytes], *, kept: str = "no-store") -> HttpResponse:
    """The file as a browser may show it: a photo in the page, a PDF only as a download. `kept`: who may keep it."""
    kind, content = opened
    photo = kind == FileKind.PHOTO
    answer = HttpResponse(content, content_type="image/jpeg" if photo else "application/pdf")
    answer.headers["Content-Disposition"] = "inline" if photo else 'attachment; filename="dokumen.pdf"'
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = kept
    # A photo may be held again; what a search engine keeps could not be taken back.
    answer.headers["X-Robots-Tag"] = "noindex, noimageindex"
    return answer
