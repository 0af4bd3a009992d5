# SPDX-License-Identifier: EUPL-1.2
"""The citizen answers what an officer asked; the clock runs again."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.citizen_actions import reply_to_question
from melayani.cases.rules import CITIZEN
from melayani.portal.citizen_page import act_by_key
from melayani.portal.forms import ReplyForm


@require_POST
def reply_to_question_page(request: HttpRequest) -> HttpResponse:
    """The reply is with the officer, and the case is shown as it is then."""
    form = ReplyForm(request.POST)

    def reply(number: str, at: datetime) -> None:
        reply_to_question(number=number, text=form.cleaned_data["teks"], by=CITIZEN, at=at)

    done = _("Jawaban Anda sudah ada pada petugas. Jam berjalan lagi.")
    return act_by_key(request, form=form, name="reply", act=reply, done=done)
