# SPDX-License-Identifier: EUPL-1.2
"""What we keep about a person, why, for how long, and what rights there are (UU 27/2022)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.cases.wording import PRIVACIES
from melayani.portal.answering import page


@require_safe
def privacy_page(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody."""
    return page(request, "privacy", {"privacies": PRIVACIES.values()})
