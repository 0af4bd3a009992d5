# SPDX-License-Identifier: EUPL-1.2
"""How these pages can be used, what is known to be missing, and whom to tell."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.portal.answering import page


@require_safe
def accessibility_page(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody."""
    return page(request, "accessibility", {})
