# SPDX-License-Identifier: EUPL-1.2
"""One page for every act on a case: shape, act, and back to the case, or the same page with what was typed."""

from collections.abc import Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from melayani.cases.rules import CaseChanged, CaseErased, NotAllowed, UnknownCase, WrongStage
from melayani.cases.wording import said_refusal
from melayani.cases.writing import end_writing
from melayani.desk.access import Visit, case_or_404
from melayani.desk.acts import ACTS
from melayani.desk.came_from import back_to_case
from melayani.desk.evidence import keep_evidence
from melayani.desk.forms import first_error
from melayani.desk.letters import LETTERS, wished
from melayani.desk.pages.case import Trouble, shown
from melayani.desk.rights import Verdict
from melayani.ground.errors import Refused

READ_ONLY = "Anda dapat membaca kasus ini, tetapi tidak berwenang untuk tindakan ini."
STATUS: Mapping[type[Refused], int] = {CaseChanged: 409, CaseErased: 409, WrongStage: 409, NotAllowed: 403}


def page(request: HttpRequest, visit: Visit, *, act: str) -> HttpResponse:
    """The act is done and the officer is back at the case; a refusal keeps what was typed and overwrites nothing.

    Evidence is kept before anything is judged, so that no refusal loses it; a letter that is only to be looked at, or
    to be begun from a template, comes back unsent.
    """
    if visit.verdict is Verdict.DENY:
        return _refused(request, visit, act, NotAllowed("read_only", READ_ONLY))
    problems = keep_evidence(request, visit, act)
    if problems:
        trouble = Trouble(act=act, message=" ".join(problems), field="files", typed=request.POST)
        return shown(request, visit, trouble=trouble, status=400)
    letter = wished(request, visit, act)
    return _sent(request, visit, act) if letter is None else shown(request, visit, letter=letter)


def _sent(request: HttpRequest, visit: Visit, act: str) -> HttpResponse:
    chosen = ACTS[act]
    form = chosen.form(request.POST)
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
    if act in LETTERS:
        end_writing(case_id=visit.case.row.id, officer_id=visit.officer.id)
    messages.success(request, str(chosen.done))
    return redirect(back_to_case(request, visit))


def _refused(request: HttpRequest, visit: Visit, act: str, refused: Refused) -> HttpResponse:
    """The case as it is now, with the reason, what was typed, and what others did meanwhile."""
    now_seen = replace(visit, seen=case_or_404(number=visit.case.row.number, actor=visit.actor))
    trouble = Trouble(
        act=act,
        message=said_refusal(refused),
        field=ACTS[act].field,
        typed=request.POST,
        changed=isinstance(refused, CaseChanged),
    )
    return shown(request, now_seen, trouble=trouble, status=STATUS.get(type(refused), 400))
