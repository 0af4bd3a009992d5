# SPDX-License-Identifier: EUPL-1.2
"""The calendar, for administrators: free days of a year with source and versions, and new facts with their reasons."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.desk.administering import administers, denied, meanwhile, seen_mark, tried, typed_or
from melayani.desk.administration_forms import DecreeForm
from melayani.desk.change_words import CONFIDENCES
from melayani.desk.forms import DayForm, first_error
from melayani.desk.rights import administered_regions
from melayani.desk.words import DAY_KINDS
from melayani.government.calendar_actions import FIRST_YEAR, LAST_YEAR, set_calendar_year, set_free_day
from melayani.government.queries import PlaceRow, place_row, regions
from melayani.government.registers import days_of, year_record, years
from melayani.government.rules import PROVINCE
from melayani.ground.clock import jakarta
from melayani.ground.errors import Refused

DECREE_FIELDS = {"Keputusan": "decree", "Sumber": "source", "Alasan": "reason", "confidence_unknown": "confidence"}
FIELDS = {"day_kind": "kind", "day_region": "region", "place_unknown": "region", "day_weekend": "day"}
SAID_BY = {"text_empty": "name", "text_long": "reason", "text_short": "reason"}


def page(request: HttpRequest, visit: Visit, *, year: int | None = None) -> HttpResponse:
    """The year (this one when none is named); a fact that was sent holds from then on, as a new version."""
    chosen = year or jakarta(visit.at).year
    if not FIRST_YEAR <= chosen <= LAST_YEAR:
        raise Http404
    if request.method != "POST":
        return _shown(request, visit, year=chosen)
    form = DayForm(request.POST)
    if not form.is_valid():
        field, message = first_error(form)
        return _shown(request, visit, year=chosen, message=message, field=field, status=400)
    data = form.cleaned_data
    try:
        set_free_day(
            date=data["day"],
            kind=data["kind"],
            name=data["name"],
            region_code=data["region"],
            reason=data["reason"],
            by=visit.actor.code,
            at=visit.at,
        )
    except Refused as refused:
        field = FIELDS.get(refused.code) or SAID_BY.get(refused.code, "day")
        return _shown(request, visit, year=chosen, message=said_refusal(refused), field=field, status=400)
    messages.success(
        request, gettext("Tercatat sebagai versi baru. Janji yang sudah diberikan tidak pernah menjadi lebih cepat.")
    )
    return redirect("desk:calendar-year", year=data["day"].year)


def _shown(
    request: HttpRequest, visit: Visit, *, year: int, message: str = "", field: str = "", status: int = 200
) -> HttpResponse:
    known = years()
    context: dict[str, Any] = {
        "visit": visit,
        "year": year,
        "years": known,
        "record": next((record for record in known if record.year == year), None),
        "days": [(record, DAY_KINDS[record.kind]) for record in days_of(year)],
        "kinds": DAY_KINDS.items(),
        "regions": _regions(visit),
        "everywhere": PROVINCE in administered_regions(visit.actor),
        "message": message,
        "field": field,
        "typed": request.POST,
    }
    return render(request, "desk/calendar.html", context, status=status)


def _regions(visit: Visit) -> list[PlaceRow]:
    """The regions this administrator may speak for."""
    administered = administered_regions(visit.actor)
    if PROVINCE in administered:
        return [place_row(PROVINCE), *regions()]
    return [place_row(code) for code in sorted(administered)]


def decree(request: HttpRequest, visit: Visit, *, year: int) -> HttpResponse:
    """The decree a year rests on; one that was sent holds from then on, and the year is no longer provisional."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":

        def keep(data: Mapping[str, Any]) -> None:
            set_calendar_year(
                year=year,
                decree=data["decree"],
                source=data["source"],
                confidence=data["confidence"],
                reason=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(DecreeForm(request.POST), keep, fields=DECREE_FIELDS, otherwise="decree")
        if trouble is None:
            messages.success(request, gettext("Keputusan dicatat. Tahun ini tidak lagi sementara."))
            return redirect("desk:calendar-year", year=year)
    found = year_record(year)
    stored: dict[str, object] = {
        "decree": found.decree,
        "source": found.source,
        "confidence": found.confidence,
    }
    context = {
        "visit": visit,
        "year": year,
        "record": found,
        "confidences": CONFIDENCES.items(),
        "trouble": trouble,
        "typed": typed_or(request, trouble, stored),
        "seen": seen_mark(request, trouble, found.mark),
        "meanwhile": meanwhile(visit, trouble, about=f"year:{year}", stored=stored, typed=request.POST),
    }
    return render(request, "desk/calendar_decree.html", context, status=trouble.status if trouble else 200)
