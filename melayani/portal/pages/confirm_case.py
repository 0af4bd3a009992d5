# SPDX-License-Identifier: EUPL-1.2
"""The citizen says that the answer is true. Only the citizen can: no officer closes a case as solved."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.citizen_actions import confirm_case
from melayani.cases.rules import CITIZEN
from melayani.portal.citizen_page import act_by_key
from melayani.portal.forms import CommentForm


@require_POST
def confirm_case_page(request: HttpRequest) -> HttpResponse:
    """The case is closed with the outcome that was proposed, and shown as it is then."""
    form = CommentForm(request.POST, prefix="terima")

    def confirm(number: str, at: datetime) -> None:
        confirm_case(number=number, text=form.cleaned_data["komentar"], by=CITIZEN, at=at)

    done = _("Terima kasih. Kasus ditutup atas kata Anda sendiri. Bila masalahnya muncul lagi, Anda dapat membukanya.")
    return act_by_key(request, form=form, name="confirm", act=confirm, done=done)
