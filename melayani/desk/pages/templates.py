# SPDX-License-Identifier: EUPL-1.2
"""Reply templates, for those who keep them: what there is, a new one, a change, retiring and bringing back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.placeholders import filled
from melayani.cases.reply_templates import KEEPERS, TemplateRow, found_template, keeps_common_templates, templates_of
from melayani.cases.rules import Actor
from melayani.cases.template_actions import MOST_NAME, change_template, create_template, may_keep, set_template_active
from melayani.cases.wording import Words, said_refusal
from melayani.desk.access import Visit
from melayani.desk.forms import TemplateForm, first_error
from melayani.desk.words import PLACEHOLDER_SAMPLES, PLACEHOLDERS
from melayani.government.administration import mark_of
from melayani.government.queries import UnitRow, unit_row
from melayani.ground.errors import Refused
from melayani.ground.plain_text import plain_line, plain_text

# Where on the form a refusal belongs; anything else is about the text.
FIELDS = {"template_named": "name", "too_many_templates": "name", "not_keeper": "unit", "unit_unknown": "unit"}
OFFERED: dict[bool, Words] = {
    True: _("Templat dipakai lagi."),
    False: _("Templat dihentikan. Surat yang sudah terkirim tidak berubah."),
}


@dataclass(frozen=True)
class Shelf:
    """The templates of one unit (without one: those for everybody), and whether this officer keeps them."""

    unit: UnitRow | None
    rows: tuple[TemplateRow, ...]
    kept: bool


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The templates of the units this officer leads, and those for everybody."""
    shelves = [Shelf(unit=unit, rows=templates_of(unit.id), kept=True) for unit in _units(visit.actor)]
    common = Shelf(unit=None, rows=templates_of(None), kept=may_keep(unit_id=None, by=visit.actor))
    return render(request, "desk/templates.html", {"visit": visit, "shelves": [*shelves, common]})


def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A form, empty or a copy of another template (`?dari=`), then the new template."""
    if request.method != "POST":
        return _form(request, visit, typed=_copy(request.GET.get("dari", "")))
    if request.POST.get("wish"):
        return _form(request, visit, typed=request.POST)
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return _refused_form(request, visit, form)
    data = form.cleaned_data
    try:
        create_template(unit=data["unit"], name=data["name"], text=data["text"], by=visit.actor, at=visit.at)
    except Refused as refused:
        return _refused(request, visit, refused)
    messages.success(request, gettext("Templat disimpan. Petugas langsung dapat memakainya."))
    return redirect("desk:templates")


def change(request: HttpRequest, visit: Visit, *, template: int) -> HttpResponse:
    """The template in a form, then what it says from now on."""
    row = _row_or_404(visit, template)
    if request.method != "POST":
        return _form(request, visit, typed=_typed(row), row=row)
    if request.POST.get("wish"):
        return _form(request, visit, typed=request.POST, row=row)
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return _refused_form(request, visit, form, row=row)
    data = form.cleaned_data
    try:
        change_template(id=row.id, name=data["name"], text=data["text"], by=visit.actor, at=visit.at, seen=data["seen"])
    except Refused as refused:
        return _refused(request, visit, refused, row=row)
    messages.success(request, gettext("Templat diubah. Surat yang sudah terkirim tidak berubah."))
    return redirect("desk:templates")


def offer(request: HttpRequest, visit: Visit, *, template: int, active: bool) -> HttpResponse:
    """The template is offered to officers again, or no longer."""
    row = _row_or_404(visit, template)
    try:
        set_template_active(id=row.id, active=active, by=visit.actor, at=visit.at)
    except Refused as refused:
        messages.error(request, said_refusal(refused))
    else:
        messages.success(request, str(OFFERED[active]))
    return redirect("desk:templates")


def _units(actor: Actor) -> tuple[UnitRow, ...]:
    """The units whose templates the officer keeps."""
    return tuple(unit_row(code) for code in sorted({unit for role, unit in actor.grants if role in KEEPERS}))


def _row_or_404(visit: Visit, template: int) -> TemplateRow:
    row = found_template(template)
    if row is None or not may_keep(unit_id=row.unit_id, by=visit.actor):
        raise Http404
    return row


def _copy(template: str) -> QueryDict:
    """A form that begins as another template, which everybody may read when it is for everybody."""
    common = next((row for row in templates_of(None) if str(row.id) == template), None)
    return _typed(common) if common else QueryDict()


def _typed(row: TemplateRow) -> QueryDict:
    typed = QueryDict(mutable=True)
    typed.update({"name": row.name, "text": row.text, "seen": mark_of(row.facts)})
    return typed


def _refused_form(
    request: HttpRequest, visit: Visit, form: TemplateForm, *, row: TemplateRow | None = None
) -> HttpResponse:
    field, message = first_error(form)
    return _form(request, visit, typed=request.POST, row=row, message=message, field=field, status=400)


def _refused(request: HttpRequest, visit: Visit, refused: Refused, *, row: TemplateRow | None = None) -> HttpResponse:
    """The form with what was typed; after somebody else's change beside what the template says now."""
    named = 1 <= len(plain_line(request.POST.get("name", ""))) <= MOST_NAME
    field = FIELDS.get(refused.code, "text" if named else "name")
    now = found_template(row.id) if row and refused.code == "changed_meanwhile" else None
    return _form(
        request,
        visit,
        typed=request.POST,
        row=row,
        message=said_refusal(refused),
        field=field,
        meanwhile=now,
        status=409 if now else 400,
    )


def _form(
    request: HttpRequest,
    visit: Visit,
    *,
    typed: QueryDict,
    row: TemplateRow | None = None,
    message: str = "",
    field: str = "",
    meanwhile: TemplateRow | None = None,
    status: int = 200,
) -> HttpResponse:
    units = _units(visit.actor)
    common = any(keeps_common_templates(unit.code) for unit in units)
    context: dict[str, Any] = {
        "visit": visit,
        "row": row,
        "typed": typed,
        "units": units,
        "common": common,
        "choosing": row is None and (common or len(units) > 1),
        "placeholders": [(name, words, PLACEHOLDER_SAMPLES[name]) for name, words in PLACEHOLDERS.items()],
        "sample": filled(plain_text(str(typed.get("text", ""))), PLACEHOLDER_SAMPLES) if typed.get("wish") else "",
        "seen": mark_of(meanwhile.facts) if meanwhile else typed.get("seen", ""),
        "meanwhile": meanwhile,
        "message": message,
        "field": field,
    }
    return render(request, "desk/template.html", context, status=status)
