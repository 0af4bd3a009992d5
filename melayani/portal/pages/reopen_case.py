# SPDX-License-Identifier: EUPL-1.2
"""The citizen does not accept the answer; the case goes one rung up, with a new promise."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.citizen_actions import reopen_case
from melayani.cases.rules import CITIZEN
from melayani.portal.citizen_page import act_by_key
from melayani.portal.forms import ReopenForm


@require_POST
def reopen_case_page(request: HttpRequest) -> HttpResponse:
    """The head of the unit holds the case, and it is shown as it is then."""
    form = ReopenForm(request.POST)

    def reopen(number: str, at: datetime) -> None:
        reopen_case(number=number, text=form.cleaned_data["alasan"], by=CITIZEN, at=at)

    done = _("Kasus dibuka kembali. Sekarang dipegang kepala unit, bukan petugas yang menjawab.")
    return act_by_key(request, form=form, name="reopen", act=reopen, done=done)
