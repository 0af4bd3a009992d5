# SPDX-License-Identifier: EUPL-1.2
"""A work list with its filter, to be carried away as CSV or XLSX."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext

from melayani.cases.desk_export import Form, export_cases
from melayani.cases.desk_queries import sees_all
from melayani.desk.access import Visit
from melayani.desk.exports import csv_lines, xlsx_file
from melayani.desk.filters import chips, people_of, read_filter
from melayani.desk.lists import title_of
from melayani.desk.pages.work import list_or_404, shown
from melayani.ground.clock import jakarta


def page(request: HttpRequest, visit: Visit, *, which: str) -> HttpResponse:
    """The file, begun at once; without a form that we know the list again, which says so."""
    chosen = list_or_404(visit, which)
    form = str(request.POST.get("bentuk", ""))
    if form not in tuple(Form):
        messages.error(request, gettext("Pilih CSV atau XLSX."))
        return shown(request, visit, which=chosen, status=400)
    narrowed = read_filter(request.GET, actor=visit.actor, which=chosen)
    export = export_cases(
        actor=visit.actor, which=chosen, narrowed=narrowed, form=Form(form), by=visit.officer.username, at=visit.at
    )
    name = f"kasus-{chosen}-{jakarta(visit.at):%Y-%m-%d}.{form}"
    if form == Form.CSV:
        return StreamingHttpResponse(  # type: ignore[return-value]  # the door needs only its headers
            csv_lines(export),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    people = people_of(visit.actor, chosen, narrowed)
    workbook = xlsx_file(
        export,
        title=str(title_of(chosen, wide=sees_all(visit.actor))),
        narrowed_to="; ".join(f"{chip.label}: {chip.words}" for chip in chips(narrowed, people=people)),
    )
    return FileResponse(workbook, as_attachment=True, filename=name)  # type: ignore[return-value]  # as above
