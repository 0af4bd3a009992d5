# SPDX-License-Identifier: EUPL-1.2
"""The signed promise: by when the filing will be in the ledger. If it is not, the file is the evidence."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.promises import signed_promise
from melayani.portal.citizen_page import citizen_page, opened_by_citizen
from melayani.portal.forms import FollowForm
from melayani.portal.recorded import download


@require_POST
def ledger_promise_page(request: HttpRequest) -> HttpResponse:
    """The file, for whoever holds the key of the case; the case with a word about it when nothing can be signed now."""
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    number = opened.view.row.number
    promise = signed_promise(number=number)
    if promise is None:
        problem = _("Janji bertanda tangan belum dapat dibuat. Kasus Anda tetap tercatat. Coba lagi nanti.")
        return citizen_page(request, opened, problems=[("", problem)], status=503)
    return download(promise.note, name=f"{number}-janji.txt")
