# SPDX-License-Identifier: EUPL-1.2
"""What this service is and how it works."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.portal.answering import page


@require_safe
def about_page(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody."""
    return page(request, "about", {})
