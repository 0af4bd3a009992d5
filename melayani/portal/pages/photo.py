# SPDX-License-Identifier: EUPL-1.2
"""A photo or PDF that an officer released, for everybody. Whatever cannot be shown is the same 404."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from melayani.cases.files import opened_attachment
from melayani.portal.access import not_found
from melayani.portal.photo_addresses import file_answer

# It may be held again, so nobody keeps it for long.
KEPT = "public, max-age=300"


@require_safe
def photo_page(request: HttpRequest, name: str, small: bool = False) -> HttpResponseBase:
    """The file, or its small form; a browser that has it already is told so, after asking whether it still may."""
    opened = opened_attachment(name=name, small=small, released_only=True)
    if opened is None:
        raise not_found(request)
    answer = file_answer(opened, kept=KEPT)
    # A file never changes under its name.
    answer.headers["ETag"] = etag = f'"{name}{"-kecil" if small else ""}"'
    return get_conditional_response(request, etag=etag, response=answer) or answer
