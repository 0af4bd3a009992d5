# SPDX-License-Identifier: EUPL-1.2
"""Keeping the filter of a list under a name, and forgetting it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from melayani.cases.desk_queries import WorkList
from melayani.cases.saved_filters import SavedRow, forget_filter, save_filter
from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.desk.filters import people_of, read_filter, written
from melayani.desk.lists import addresses
from melayani.desk.pages.work import list_or_404, shown
from melayani.ground.errors import Refused


def save(request: HttpRequest, visit: Visit, *, which: str) -> HttpResponse:
    """The filter of the address is kept under the name that was typed; refused, the same page says why."""
    chosen = list_or_404(visit, which)
    narrowed = read_filter(request.GET, actor=visit.actor, which=chosen)
    query = written(narrowed, people=people_of(visit.actor, chosen, narrowed))
    name = str(request.POST.get("nama", ""))
    try:
        kept = save_filter(officer_id=visit.officer.id, name=name, query=f"{chosen}?{query}")
    except Refused as refused:
        return shown(request, visit, which=chosen, typed_name=name[:200], trouble=said_refusal(refused), status=400)
    messages.success(request, gettext("Saringan “%(name)s” disimpan.") % {"name": kept.name})
    return redirect(_address(kept))


def forget(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The saved filter is gone; the page that follows still has it applied, so that it can be saved anew."""
    gone = forget_filter(officer_id=visit.officer.id, name=str(request.POST.get("nama", "")))
    if gone is None:
        messages.error(request, gettext("Saringan itu sudah tidak ada."))
        return redirect("desk:work")
    messages.success(
        request,
        gettext(
            "Saringan “%(name)s” dihapus. Daftar ini masih disaring olehnya; simpan lagi bila terhapus tanpa sengaja."
        )
        % {"name": gone.name},
    )
    return redirect(_address(gone))


def _address(row: SavedRow) -> str:
    which, _, query = row.query.partition("?")
    return f"{addresses(WorkList(which)).list}?{query}"
