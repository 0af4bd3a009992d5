# SPDX-License-Identifier: EUPL-1.2
"""What a page learns while an officer writes: who else is writing, and what the answer may still be missing.

Asked by the script of the case page; without it the same stands on the page when it is loaded or looked at.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.template.loader import render_to_string

from melayani.cases.writing import begin_writing, writers_of
from melayani.desk.access import Visit
from melayani.desk.letters import said_hints, template_text
from melayani.desk.rights import Verdict
from melayani.desk.words import writing_words


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The officer is known to be writing; answers pieces of the page as JSON {"writers", "hints"}."""
    if visit.verdict is Verdict.DENY:
        return HttpResponseForbidden()
    case_id, me, at = visit.case.row.id, visit.officer.id, visit.at
    writers = writers_of(case_id, at=at)
    if all(writer.officer_id != me for writer in writers):
        begin_writing(case_id=case_id, officer_id=me, at=at)
    others = writing_words((writer for writer in writers if writer.officer_id != me), at=at)
    return JsonResponse(
        {
            "writers": render_to_string("desk/_writers.html", {"writers": others}),
            "hints": render_to_string("desk/_hints.html", {"hints": said_hints(visit, request.POST)}),
        }
    )


def filled_template(request: HttpRequest, visit: Visit, *, template: int) -> HttpResponse:  # noqa: ARG001  # the shape of a page
    """The template filled in for this case, as plain text; empty when it is not one of the unit's."""
    return HttpResponse(template_text(visit, str(template)), content_type="text/plain; charset=utf-8")
