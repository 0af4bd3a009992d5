# SPDX-License-Identifier: EUPL-1.2
"""Following the own case by number and key. Both travel in the form only: never in an address, never in a session."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from melayani.ground.case_number import read_number
from melayani.portal.access import opened_by_key
from melayani.portal.asking_for_key import ask_for_key, not_opened
from melayani.portal.citizen_page import citizen_page
from melayani.portal.forms import FollowForm


@require_http_methods(["GET", "HEAD", "POST"])
def follow_case_page(request: HttpRequest, number: str = "") -> HttpResponse:
    """The form for number and key, or the case they open. An address with any number shows the same form."""
    if request.method != "POST":
        return ask_for_key(request, FollowForm(initial={"nomor": read_number(number) or number[:20]}))
    form = FollowForm(request.POST)
    if not form.is_valid():
        return ask_for_key(request, form, problems=form.problems(), status=422)
    opened = opened_by_key(form)
    return not_opened(request, form) if opened is None else citizen_page(request, opened)
