# SPDX-License-Identifier: EUPL-1.2
"""A photo or PDF of the own case, by a link of its page that ends after an hour. Kept by nobody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.cases.files import opened_attachment
from melayani.ground.clock import now
from melayani.portal.access import not_found
from melayani.portal.photo_addresses import file_answer, signed_name


@require_safe
def own_photo_page(request: HttpRequest, signed: str, small: bool = False) -> HttpResponse:
    """The file, or its small form; 404 for a link that was changed or has ended."""
    name = signed_name(signed, at=now())
    opened = opened_attachment(name=name, small=small, released_only=False)
    if opened is None:
        raise not_found(request)
    return file_answer(opened)
