# SPDX-License-Identifier: EUPL-1.2
"""One page for every act on a case: shape, act, and back to the case, or the same page with what was typed."""

from collections.abc import Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from melayani.cases.rules import CaseChanged, NotAllowed, UnknownCase, WrongStage
from melayani.desk.access import Visit, case_or_404
from melayani.desk.acts import ACTS
from melayani.desk.forms import first_error
from melayani.desk.pages.case import Trouble, shown
from melayani.desk.rights import Verdict
from melayani.ground.errors import Refused

READ_ONLY = "Anda dapat membaca kasus ini, tetapi tidak berwenang untuk tindakan ini."
STATUS: Mapping[type[Refused], int] = {CaseChanged: 409, WrongStage: 409, NotAllowed: 403}


def page(request: HttpRequest, visit: Visit, *, act: str) -> HttpResponse:
    """The act is done and the officer is back at the case; a refusal keeps what was typed and overwrites nothing."""
    chosen = ACTS[act]
    form = chosen.form(request.POST)
    if visit.verdict is Verdict.DENY:
        return _refused(request, visit, act, NotAllowed("read_only", READ_ONLY))
    if not form.is_valid():
        name, message = first_error(form)
        trouble = Trouble(act=act, message=message, field=name, typed=request.POST)
        return shown(request, visit, trouble=trouble, status=400)
    try:
        result = chosen.perform(visit, form.cleaned_data)
    except UnknownCase as refused:
        raise Http404 from refused
    except Refused as refused:
        return _refused(request, visit, act, refused)
    if act == "view-identity":
        fresh = replace(visit, seen=case_or_404(number=visit.case.row.number, actor=visit.actor))
        return shown(request, fresh, contact=result if isinstance(result, dict) else {})
    messages.success(request, str(chosen.done))
    return redirect("desk:case", number=visit.case.row.number)


def _refused(request: HttpRequest, visit: Visit, act: str, refused: Refused) -> HttpResponse:
    """The case as it is now, with the reason, what was typed, and what others did meanwhile."""
    now_seen = replace(visit, seen=case_or_404(number=visit.case.row.number, actor=visit.actor))
    typed_version = request.POST.get("version", "")
    trouble = Trouble(
        act=act,
        message=gettext(refused.message),
        field=ACTS[act].field,
        typed=request.POST,
        seen_version=int(typed_version) if isinstance(refused, CaseChanged) and typed_version.isdecimal() else None,
    )
    return shown(request, now_seen, trouble=trouble, status=STATUS.get(type(refused), 400))
