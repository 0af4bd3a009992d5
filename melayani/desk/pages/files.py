# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs of a case for the officers who may read it, and those of a letter that is not sent yet."""

from django.http import Http404, HttpRequest, HttpResponse

from melayani.cases.files import FileRow, opened_attachment, opened_upload
from melayani.cases.rules import FileKind
from melayani.desk.access import Visit

TYPES = {FileKind.PHOTO: ("image/jpeg", "inline", "jpg"), FileKind.PDF: ("application/pdf", "attachment", "pdf")}


def page(request: HttpRequest, visit: Visit, *, name: str, small: bool = False) -> HttpResponse:  # noqa: ARG001  # the shape of a page
    """The photo or PDF of this case, released or not; 404 for those of other cases and unknown ones alike."""
    file = _file_of(visit, name)
    opened = opened_attachment(name=name, small=small, released_only=False) if file else None
    if file is None or opened is None:
        raise Http404
    kind, content = opened
    return as_file(kind, content, name=f"{visit.case.row.number}-{file.position + 1}")


def _file_of(visit: Visit, name: str) -> FileRow | None:
    return next((file for happening in visit.case.happenings for file in happening.files if file.name == name), None)


def upload(request: HttpRequest, visit: Visit, *, name: str) -> HttpResponse:  # noqa: ARG001  # the shape of a page
    """The photo, small, or the PDF of a form that is not sent yet. Its name is as good as a key."""
    opened = opened_upload(name=name, small=True)
    if opened is None:
        raise Http404
    kind, content = opened
    return as_file(kind, content, name="bukti")


def as_file(kind: str, content: bytes, *, name: str) -> HttpResponse:
    """The bytes as a browser may show them without harm: no guessing of types, no script, a PDF only as a download."""
    content_type, disposition, ending = TYPES[FileKind(kind)]
    answer = HttpResponse(content, content_type=content_type)
    answer.headers["Content-Disposition"] = f'{disposition}; filename="{name}.{ending}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
