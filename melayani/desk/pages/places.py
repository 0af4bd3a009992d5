# SPDX-License-Identifier: EUPL-1.2
"""Places, for administrators: find one by name or code, see others of the same name, correct a name or a point."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from melayani.desk.access import Visit
from melayani.desk.administering import administers, denied, meanwhile, query_without, seen_mark, tried, typed_or
from melayani.desk.administration_forms import PlaceForm
from melayani.desk.change_words import told
from melayani.desk.rights import administered_regions
from melayani.government.reference_actions import correct_place
from melayani.government.reference_queries import (
    MOST_HOMONYMS,
    PlaceRecord,
    homonyms,
    place_record,
    place_register,
)
from melayani.government.registers import acts
from melayani.government.rules import PlaceLevel, is_kelurahan

LEVELS = {
    PlaceLevel.PROVINSI: _("provinsi"),
    PlaceLevel.KABKOTA: _("kabupaten atau kota"),
    PlaceLevel.KECAMATAN: _("kecamatan"),
    PlaceLevel.DESA: _("desa"),
}
FIELDS = {
    "Nama tempat": "name",
    "Alasan": "reason",
    "place_name": "name",
    "half_a_point": "latitude",
    "point_outside": "latitude",
}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of places; nothing typed = from the first code on."""
    words = request.GET.get("cari", "")
    found = place_register(words=words, after=request.GET.get("sesudah", ""))
    context = {
        "visit": visit,
        "rows": [(row, _level(row)) for row in found.rows],
        "after": found.after,
        "words": words,
        "query": query_without(request, "sesudah"),
    }
    return render(request, "desk/places.html", context)


def record(request: HttpRequest, visit: Visit, *, place: str) -> HttpResponse:
    """The place, what else is called so, and a form to correct it; a correction that was sent holds from then on."""
    found = _place_or_404(place)
    trouble = None
    if request.method == "POST":
        if not administers(visit, found.region_code):
            return denied(request, visit)

        def correct(data: Mapping[str, Any]) -> None:
            correct_place(
                code=found.code,
                name=data["name"],
                latitude=data["latitude"],
                longitude=data["longitude"],
                reason=data["reason"],
                seen=data["seen"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(PlaceForm(request.POST), correct, fields=FIELDS, otherwise="name")
        if trouble is None:
            messages.success(request, gettext("Tempat diperbaiki. Perubahan tercatat atas nama Anda."))
            return redirect("desk:place-record", place=found.code)
        found = _place_or_404(place)
    about = f"place:{found.code}"
    stored = {"name": found.name, "latitude": found.latitude, "longitude": found.longitude}
    context = {
        "visit": visit,
        "place": found,
        "level": _level(found),
        "same": homonyms(found.code),
        "most_same": MOST_HOMONYMS,
        "may": administers(visit, found.region_code),
        "trouble": trouble,
        "typed": typed_or(request, trouble, {**stored, "reason": ""}),
        "seen": seen_mark(request, trouble, found.mark),
        "meanwhile": meanwhile(visit, trouble, about=about, stored=stored, typed=request.POST),
        "changes": told(acts(about=about, limit=5).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/place_record.html", context, status=trouble.status if trouble else 200)


def _level(place: PlaceRecord) -> object:
    return _("kelurahan") if is_kelurahan(place.code) else LEVELS[PlaceLevel(place.level)]


def _place_or_404(code: str) -> PlaceRecord:
    found = place_record(code)
    if found is None:
        raise Http404
    return found
