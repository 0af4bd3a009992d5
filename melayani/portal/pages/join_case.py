# SPDX-License-Identifier: EUPL-1.2
"""Joining a case: "Saya juga". Who joins holds a key of their own and follows what happens; nothing is filed twice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from melayani.cases.parties import join_case
from melayani.cases.queries import CaseView, public_case
from melayani.cases.rules import OPEN_STAGES, UnknownCase
from melayani.ground.case_number import read_number
from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.portal.access import not_found
from melayani.portal.answering import page, said
from melayani.portal.draft import new_token
from melayani.portal.forms import JoinForm
from melayani.portal.standing import standing_of


@require_http_methods(["GET", "HEAD", "POST"])
def join_case_page(request: HttpRequest, number: str) -> HttpResponse:
    """What joining means, and the button; after it the key, shown once."""
    written = read_number(number)
    view = public_case(written) if written else None
    if written is None or view is None:
        raise not_found(request)
    erased = view.row.erased_at is not None
    if erased or (written != number and request.method != "POST"):
        return redirect("portal:public-case" if erased else "portal:join-case", number=written)
    if view.row.stage not in OPEN_STAGES:
        return _shown(request, view, JoinForm(), status=409 if request.method == "POST" else 200)
    if request.method != "POST":
        return _shown(request, view, JoinForm(initial={"kiriman": new_token()}))
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _shown(request, view, form, problems=form.problems(), status=422)
    try:
        joined = join_case(
            number=written,
            token=form.cleaned_data["kiriman"],
            at=now(),
            email=form.cleaned_data["surel"],
            phone=form.cleaned_data["telepon"],
        )
    except UnknownCase as unknown:
        raise not_found(request) from unknown
    except Refused as refusal:
        return _shown(request, view, form, problems=[("", said(refusal))], status=409)
    return page(request, "joined_case", {"joined": joined, "row": view.row}, private=True)


def _shown(
    request: HttpRequest,
    view: CaseView,
    form: JoinForm,
    *,
    problems: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    row = view.row
    context = {
        "row": row,
        "standing": standing_of(row, at=now(), happenings=view.happenings),
        "open": row.stage in OPEN_STAGES,
        "form": form,
        "problems": problems or [],
    }
    return page(request, "join_case", context, status=status, private=True)
