# SPDX-License-Identifier: EUPL-1.2
"""The work lists: what waits for this officer, nearest promise first."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from melayani.cases.desk_counts import work_head
from melayani.cases.desk_queries import WorkList, sees_all, work_list
from melayani.cases.saved_filters import SavedRow
from melayani.desk.access import Visit
from melayani.desk.came_from import carried, start_of
from melayani.desk.filter_form import fields
from melayani.desk.filters import chips, people_of, read_filter, written
from melayani.desk.lists import EMPTY, addresses, lists_of, tabs, title_of
from melayani.desk.rows import lines
from melayani.desk.words import day_words


def front(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first list of this officer; who only administers goes to all that is looked after."""
    lists = lists_of(visit.actor)
    return page(request, visit, which=lists[0]) if lists else redirect("desk:administration")


def page(request: HttpRequest, visit: Visit, *, which: str) -> HttpResponse:
    """One page of a list; 404 for a list that this officer does not have."""
    return shown(request, visit, which=list_or_404(visit, which))


def list_or_404(visit: Visit, which: str) -> WorkList:
    """The list with this name in the address; raises `Http404` for one that this officer does not have."""
    if which not in lists_of(visit.actor):
        raise Http404
    return WorkList(which)


def shown(
    request: HttpRequest, visit: Visit, *, which: WorkList, typed_name: str = "", trouble: str = "", status: int = 200
) -> HttpResponse:
    """The page; `trouble` says why the filter was not saved under the name that was typed."""
    narrowed = read_filter(request.GET, actor=visit.actor, which=which)
    people = people_of(visit.actor, which, narrowed)
    query = written(narrowed, people=people)
    after = start_of(request.GET)
    here = carried(which, query=query, start=after)
    found = work_list(actor=visit.actor, which=which, at=visit.at, after=after, narrowed=narrowed)
    lists = lists_of(visit.actor)
    head = work_head(actor=visit.actor, lists=lists, at=visit.at)
    wide = sees_all(visit.actor)
    context: dict[str, Any] = {
        "visit": visit,
        "which": which,
        "title": title_of(which, wide=wide),
        "address": addresses(which),
        "tabs": tabs(lists, counts=head.counts, current=which, wide=wide),
        "lines": lines(found.rows, at=visit.at, with_unit=wide, query=here),
        "after": found.after,
        "until": day_words(found.until, at=visit.at) if found.until else "",
        "continued": bool(after),
        "empty": EMPTY[which],
        "fields": fields(actor=visit.actor, which=which, narrowed=narrowed, people=people),
        "chips": chips(narrowed, people=people),
        "query": query,
        "matching": len(found.rows) if narrowed and not (after or found.after) else None,
        "saved": _links(head.saved, lists),
        "here": f"{which}?{query}",
        "typed_name": typed_name,
        "trouble": trouble,
    }
    return render(request, "desk/work.html", context, status=status)


def _links(saved: tuple[SavedRow, ...], lists: tuple[WorkList, ...]) -> list[tuple[SavedRow, str]]:
    """The saved filters with their addresses, without those of lists no longer had."""
    parts = [(row, *row.query.partition("?")[::2]) for row in saved]
    return [(row, f"{addresses(WorkList(which)).list}?{query}") for row, which, query in parts if which in lists]
