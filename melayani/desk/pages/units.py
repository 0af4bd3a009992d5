# SPDX-License-Identifier: EUPL-1.2
"""Units, for administrators: find one, see its people, cases and rules; rename, add, close and open again."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext

from melayani.cases.administration_actions import close_unit
from melayani.cases.administration_queries import MOST_COUNTED, open_cases_in
from melayani.catalogue.rules import Level
from melayani.desk.access import Visit
from melayani.desk.administering import (
    Trouble,
    administers,
    chosen,
    denied,
    meanwhile,
    query_without,
    seen_mark,
    tried,
    typed_or,
)
from melayani.desk.administration_forms import NewUnitForm, StateForm, UnitNameForm
from melayani.desk.change_words import told
from melayani.desk.rights import administered_regions
from melayani.desk.words import ROLES
from melayani.government.queries import PlaceRow, place_row, regions, units
from melayani.government.reference_actions import add_unit, open_unit, rename_unit
from melayani.government.reference_queries import UnitRecord, heads_of, staff_of, unit_record, unit_register
from melayani.government.registers import acts
from melayani.government.rules import PROVINCE, Role, Tier
from melayani.triage.queries import rules_sending_to
from melayani.triage.rules import Rule

STATES = {"buka": True, "tutup": False}
# Where on the form a refusal belongs.
FIELDS = {
    "Nama unit": "name",
    "Alasan": "reason",
    "sector_form": "sector",
    "unit_taken": "sector",
    "place_unknown": "region",
}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of units; who administers one region begins there, but may look everywhere."""
    own = administered_regions(visit.actor)
    begin = "" if PROVINCE in own or len(own) != 1 or "wilayah" in request.GET else next(iter(own))
    region = begin or chosen(request, "wilayah", [PROVINCE, *(row.code for row in regions())])
    state = chosen(request, "keadaan", list(STATES))
    words = request.GET.get("cari", "")
    found = unit_register(words=words, region=region, active=STATES.get(state), after=request.GET.get("sesudah", ""))
    heads = heads_of([row.id for row in found.rows])
    context = {
        "visit": visit,
        "rows": [(row, heads.get(row.id, ())) for row in found.rows],
        "after": found.after,
        "words": words,
        "region": region,
        "state": state,
        "regions": [place_row(PROVINCE), *regions()],
        "query": query_without(request, "sesudah"),
    }
    return render(request, "desk/units.html", context)


def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A form, then the new unit."""
    trouble = None
    if request.method == "POST":
        made: list[str] = []

        def add(data: Mapping[str, Any]) -> None:
            unit = add_unit(
                region_code=data["region"],
                sector=data["sector"],
                name=data["name"],
                reason=data["reason"],
                by=visit.actor.code,
                at=visit.at,
            )
            made.append(unit.code)

        trouble = tried(NewUnitForm(request.POST), add, fields=FIELDS, otherwise="region")
        if trouble is None:
            messages.success(request, gettext("Unit ditambah. Beri petugas dan kepala, lalu arahkan aturan ke sini."))
            return redirect("desk:unit-record", unit=made[0])
    context = {
        "visit": visit,
        "trouble": trouble,
        "typed": typed_or(request, trouble, {"region": request.GET.get("wilayah", "")}),
        "regions": _own_regions(visit),
        "sectors": sorted({row.sector for row in units()}),
    }
    return render(request, "desk/new_unit.html", context, status=trouble.status if trouble else 200)


def _own_regions(visit: Visit) -> list[PlaceRow]:
    """The regions in which this administrator may add a unit."""
    own = administered_regions(visit.actor)
    return [place_row(PROVINCE), *regions()] if PROVINCE in own else [place_row(code) for code in sorted(own)]


def record(request: HttpRequest, visit: Visit, *, unit: str) -> HttpResponse:
    """The unit with its people, cases and rules; a new name that was sent holds from then on."""
    found = _unit_or_404(unit)
    trouble = None
    if request.method == "POST":
        if not administers(visit, found.region_code):
            return denied(request, visit)

        def rename(data: Mapping[str, Any]) -> None:
            rename_unit(
                code=found.code,
                name=data["name"],
                reason=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(UnitNameForm(request.POST), rename, fields=FIELDS, otherwise="name")
        if trouble is None:
            messages.success(request, gettext("Nama unit diubah. Perubahan tercatat atas nama Anda."))
            return redirect("desk:unit-record", unit=found.code)
        found = _unit_or_404(unit)
    return _shown(request, visit, found, trouble)


def _shown(request: HttpRequest, visit: Visit, found: UnitRecord, trouble: Trouble | None) -> HttpResponse:
    may = administers(visit, found.region_code)
    about, staff = f"unit:{found.code}", staff_of(found.id)
    context = {
        "visit": visit,
        "unit": found,
        "may": may,
        "trouble": trouble,
        "typed": typed_or(request, trouble, {"name": found.name, "reason": ""}),
        "seen": seen_mark(request, trouble, found.mark),
        "meanwhile": meanwhile(visit, trouble, about=about, stored={"name": found.name}, typed=request.POST),
        "open_cases": open_cases_in(found.id),
        "most": MOST_COUNTED,
        "most_words": number_format(MOST_COUNTED, force_grouping=True),
        "staff": [(person, ROLES[person.role]) for person in staff] if may else None,
        "heads": [person.name for person in staff if person.role == Role.HEAD],
        "rules": rules_of(found),
        "changes": told(acts(about=about, limit=5).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/unit_record.html", context, status=trouble.status if trouble else 200)


def state(request: HttpRequest, visit: Visit, *, unit: str) -> HttpResponse:
    """Asks before a unit is closed (or opened again) and says what stands against it; then it is done."""
    found = _unit_or_404(unit)
    if not administers(visit, found.region_code):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":

        def change(data: Mapping[str, Any]) -> None:
            act = close_unit if data["to"] == "closed" else open_unit
            act(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at)

        trouble = tried(StateForm(request.POST), change, fields={"Alasan": "reason"}, otherwise="reason")
        if trouble is None:
            closed = request.POST["to"] == "closed"
            messages.success(request, gettext("Unit ditutup.") if closed else gettext("Unit dibuka lagi."))
            return redirect("desk:unit-record", unit=found.code)
        found = _unit_or_404(unit)
    context = {
        "visit": visit,
        "unit": found,
        "trouble": trouble,
        "typed": typed_or(request, trouble, {"reason": ""}),
        "rules": rules_of(found) if found.active else (),
        "open_cases": open_cases_in(found.id) if found.active else 0,
        "most": MOST_COUNTED,
        "most_words": number_format(MOST_COUNTED, force_grouping=True),
    }
    return render(request, "desk/unit_state.html", context, status=trouble.status if trouble else 200)


def rules_of(unit: UnitRecord) -> tuple[Rule, ...]:
    """The rules in force that send cases to the unit."""
    level = Level.PROVINSI if unit.tier == Tier.PROVINSI else Level.DAERAH
    return rules_sending_to(level=level, sector=unit.sector, region_code=unit.region_code)


def _unit_or_404(code: str) -> UnitRecord:
    found = unit_record(code)
    if found is None:
        raise Http404
    return found
