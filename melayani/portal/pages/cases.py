# SPDX-License-Identifier: EUPL-1.2
"""The public list of cases, newest first, with three filters that stand in the address only when they are set."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from melayani.cases.queries import Page, public_cases
from melayani.government.queries import regions
from melayani.ground.clock import now
from melayani.portal.answering import page
from melayani.portal.forms import FIGURE_WORDS, FilterForm
from melayani.portal.standing import listed

FILTERS = ("topik", "wilayah", "keadaan")
NAMES = (*FILTERS, "sesudah")


@require_safe
def cases_page(request: HttpRequest) -> HttpResponseBase:
    """One page of the list, or the address without empty filters."""
    said = {name: request.GET.get(name, "") for name in NAMES}
    set_ = {name: value for name, value in said.items() if value}
    if len(request.GET) != len(set_):
        return redirect(_address(set_))
    form = FilterForm(said, regions=[(row.code, row.name) for row in regions()])
    if not form.is_valid():
        return _list(request, form, Page(rows=(), after=""), set_, status=422)
    figure = FIGURE_WORDS.get(form.cleaned_data["keadaan"])
    found = public_cases(
        after=said["sesudah"],
        topic=form.cleaned_data["topik"],
        region=form.cleaned_data["wilayah"],
        state=figure.value if figure else "",
        at=now(),
    )
    return _list(request, form, found, set_)


def _list(
    request: HttpRequest, form: FilterForm, found: Page, set_: dict[str, str], *, status: int = 200
) -> HttpResponse:
    filters = {name: value for name, value in set_.items() if name in FILTERS}
    context = {
        "form": form,
        "problems": form.problems(),
        "cases": listed(found.rows, at=now()),
        "filtered": bool(filters),
        "later": bool(set_.get("sesudah")),
        "first": _address(filters),
        "next": _address({**filters, "sesudah": found.after}) if found.after else "",
    }
    return page(request, "cases", context, status=status)


def _address(query: dict[str, str]) -> str:
    """The address of the list with this query, in the language of the page."""
    path = reverse("portal:cases")
    return f"{path}?{urlencode(query)}" if query else path
