# SPDX-License-Identifier: EUPL-1.2
"""The small form of a photo that was chosen for a filing and is not sent yet; its long random name is the key to it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.cases.files import opened_upload
from melayani.portal.access import not_found
from melayani.portal.photo_addresses import file_answer


@require_safe
def draft_photo_page(request: HttpRequest, name: str) -> HttpResponse:
    """The small photo; 404 as soon as it was sent, taken away or forgotten."""
    opened = opened_upload(name=name, small=True)
    if opened is None:
        raise not_found(request)
    return file_answer(opened)
