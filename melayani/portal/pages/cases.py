# SPDX-License-Identifier: EUPL-1.2
"""The public cases: a list, newest first, or the same places as a map. Filters stand in the address only when set."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from melayani.cases.queries import UNANSWERED, Page, public_cases
from melayani.cases.rules import Figure
from melayani.government.queries import PlaceRow, UnitRow, place_row, regions, unit_row, units
from melayani.government.rules import PROVINCE, PlaceLevel, PlaceRefused, UnitRefused
from melayani.ground.clock import now
from melayani.portal.answering import page
from melayani.portal.forms import FIGURE_WORDS, UNANSWERED_WORD, FilterForm
from melayani.portal.pages.cases_map import MAP, map_answer
from melayani.portal.standing import listed

FILTERS = ("topik", "wilayah", "unit", "keadaan", "jenis")
NAMES = (*FILTERS, "sesudah")


@dataclass(frozen=True)
class Choice:
    """What the filters of this address can choose from."""

    place: PlaceRow | None
    places: tuple[PlaceRow, ...]
    units: tuple[UnitRow, ...]


@require_safe
def cases_page(request: HttpRequest) -> HttpResponseBase:
    """One page of the list, the map, or the address without empty filters."""
    as_map = request.GET.get("tampilan") == MAP
    said = {name: request.GET.get(name, "") for name in (("wilayah",) if as_map else NAMES)}
    set_ = {name: value for name, value in said.items() if value}
    shown = {"tampilan": MAP} if as_map else {}
    if len(request.GET) != len(set_ | shown):
        return redirect(_address(shown | set_))
    choice = _choice(said)
    if as_map and (choice.place or not set_):
        return map_answer(request, choice.place)
    return _list(request, said, set_, choice)


def _choice(said: dict[str, str]) -> Choice:
    """The regions, and the chosen district; the units of the chosen region and of the province, or the chosen one."""
    place, unit = _place(said.get("wilayah", "")), _unit(said.get("unit", ""))
    district = (place,) if place and place.level == PlaceLevel.KECAMATAN else ()
    of_place = (*units(place.region_code), *units(PROVINCE)) if place else ()
    offered = of_place if unit is None or unit in of_place else (unit, *of_place)
    return Choice(place=place, places=(*regions(), *district), units=offered)


def _place(code: str) -> PlaceRow | None:
    """The regency, city or district with this code."""
    try:
        place = place_row(code) if code else None
    except PlaceRefused:
        return None
    return place if place and place.level in (PlaceLevel.KABKOTA, PlaceLevel.KECAMATAN) else None


def _unit(code: str) -> UnitRow | None:
    try:
        return unit_row(code) if code else None
    except UnitRefused:
        return None


def _list(request: HttpRequest, said: dict[str, str], set_: dict[str, str], choice: Choice) -> HttpResponse:
    form = FilterForm(
        said,
        places=[(row.code, row.full_name) for row in choice.places],
        units=[(row.code, row.name) for row in choice.units],
    )
    at = now()
    # The form is judged first: a page of everything under a wrong filter would mislead.
    found = _found(form, said.get("sesudah", "")) if form.is_valid() else Page(rows=(), after="")
    filters = {name: value for name, value in set_.items() if name in FILTERS}
    context = {
        "form": form,
        "problems": form.problems(),
        "cases": listed(found.rows, at=at),
        "filtered": bool(filters),
        "chosen": _chosen(form, filters),
        "with_units": bool(choice.units),
        "later": bool(set_.get("sesudah")),
        "first": _address(filters),
        "next": _address({**filters, "sesudah": found.after}) if found.after else "",
        "map": _address({"tampilan": MAP, **({"wilayah": choice.place.region_code} if choice.place else {})}),
    }
    return page(request, "cases", context, status=422 if form.errors else 200)


def _found(form: FilterForm, after: str) -> Page:
    wanted = form.cleaned_data
    figure: Figure | None = FIGURE_WORDS.get(wanted["keadaan"])
    return public_cases(
        after=after,
        topic=wanted["topik"],
        region=wanted["wilayah"],
        state=UNANSWERED if wanted["keadaan"] == UNANSWERED_WORD else figure.value if figure else "",
        kind=wanted["jenis"],
        unit_id=unit_row(wanted["unit"]).id if wanted["unit"] else None,
        at=now(),
    )


def _chosen(form: FilterForm, filters: dict[str, str]) -> list[tuple[object, str]]:
    """Each set filter in words, with the address without it."""
    found = []
    for name, value in filters.items():
        words = dict(form.fields[name].choices).get(value)  # type: ignore[attr-defined]  # all are choice fields
        if words is not None:
            found.append((words, _address({other: kept for other, kept in filters.items() if other != name})))
    return found


def _address(query: dict[str, str]) -> str:
    """The address of the list with this query, in the language of the page."""
    path = reverse("portal:cases")
    return f"{path}?{urlencode(query)}" if query else path
