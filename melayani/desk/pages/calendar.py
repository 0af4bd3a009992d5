# SPDX-License-Identifier: EUPL-1.2
"""The calendar, for administrators: free days of a year with source and versions, and new facts with their reasons."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.desk.access import Visit
from melayani.desk.forms import DayForm, first_error
from melayani.desk.rights import administered_regions
from melayani.desk.words import DAY_KINDS
from melayani.government.actions import set_free_day
from melayani.government.queries import PlaceRow, place_row, regions
from melayani.government.registers import days_of, years
from melayani.government.rules import PROVINCE
from melayani.ground.clock import jakarta
from melayani.ground.errors import Refused

FIRST_YEAR, LAST_YEAR = 2000, 2100
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
        return _shown(request, visit, year=chosen, message=gettext(refused.message), field=field, status=400)
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
