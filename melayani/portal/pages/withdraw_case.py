# SPDX-License-Identifier: EUPL-1.2
"""The citizen takes the case back, after a page that says what that means."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.citizen_actions import withdraw_case
from melayani.cases.rules import CITIZEN
from melayani.portal.answering import page
from melayani.portal.citizen_page import act_by_key, citizen_page, opened_by_citizen, possible_acts
from melayani.portal.forms import CommentForm, FollowForm


@require_POST
def withdraw_case_page(request: HttpRequest) -> HttpResponse:
    """First the page that asks "are you sure?"; with the answer yes the case is withdrawn and shown as it is then."""
    form = CommentForm(request.POST, prefix="tarik")
    if request.POST.get("yakin") != "ya":
        return _are_you_sure(request)

    def withdraw(number: str, at: datetime) -> None:
        withdraw_case(number=number, text=form.cleaned_data["komentar"], by=CITIZEN, at=at)

    done = _("Kasus sudah Anda tarik. Tidak ada yang perlu Anda lakukan lagi.")
    return act_by_key(request, form=form, name="withdraw", act=withdraw, done=done)


def _are_you_sure(request: HttpRequest) -> HttpResponse:
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    if not possible_acts(opened.view.row).withdraw:
        problem = _("Kasus ini sudah ditutup, jadi tidak perlu ditarik.")
        return citizen_page(request, opened, problems=[("", problem)], status=409)
    context = {"opened": opened, "row": opened.view.row, "form": CommentForm(prefix="tarik")}
    return page(request, "withdraw_case", context, private=True)
