# SPDX-License-Identifier: EUPL-1.2
"""What was ever changed by administrators, the newest first: who, when, why, before and after."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from melayani.desk.access import Visit
from melayani.desk.administering import chosen, query_without
from melayani.desk.change_words import GROUPS, told
from melayani.desk.rights import administered_regions
from melayani.government.registers import acts


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of acts; `tentang` narrows to one kind of things, `sesudah` goes on from an act."""
    group = chosen(request, "tentang", list(GROUPS))
    after = request.GET.get("sesudah", "")
    known = after.isascii() and after.isdecimal() and len(after) < 10
    found = acts(kind=group, after=int(after) if known else None)
    context = {
        "visit": visit,
        "changes": told(found.rows, at=visit.at, regions=administered_regions(visit.actor)),
        "after": found.after,
        "group": group,
        "groups": GROUPS.items(),
        "query": query_without(request, "sesudah"),
        "continued": known,
    }
    return render(request, "desk/changes.html", context)
