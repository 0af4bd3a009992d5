# SPDX-License-Identifier: EUPL-1.2
"""The public page of a case. It is asked for most often, so it costs one statement while nothing has changed.

Session, login and CSRF are not touched. A secret case and an unknown number are the same answer.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from melayani.cases.queries import CaseView, public_case, public_version
from melayani.cases.wording import KINDS
from melayani.catalogue.queries import programmes_of
from melayani.ground.case_number import read_number
from melayani.ground.clock import jakarta, now
from melayani.portal.access import not_found
from melayani.portal.erased import TEMPLATE as ERASED
from melayani.portal.erased import erased_context
from melayani.portal.rendered import Rendered, RenderedPages, rendered
from melayani.portal.standing import next_words, service_of, standing_of
from melayani.portal.telling import told_story

PAGES = RenderedPages()


@require_safe
def public_case_page(request: HttpRequest, number: str) -> HttpResponseBase:
    """The case as everybody may read it; another spelling of its number leads to the one address."""
    written = read_number(number)
    if written is None:
        raise not_found(request)
    if written != number:
        return redirect("portal:public-case", number=written, permanent=True)
    known = public_version(written)
    if known is None:
        raise not_found(request)
    at = now()

    def make() -> Rendered:
        return _made(request, written)

    kept = PAGES.get((written, known[1], get_language()), at=at, make=make)
    answer = HttpResponse(kept.body)
    answer.headers["ETag"] = kept.etag
    answer.headers["Cache-Control"] = "no-cache"
    return get_conditional_response(request, etag=kept.etag, response=answer) or answer


def _made(request: HttpRequest, number: str) -> Rendered:
    view = public_case(number)
    if view is None:
        raise not_found(request)
    at = now()
    if view.row.erased_at is not None:
        context = {"request": request, **erased_context(view.row, to_holder=False)}
        return rendered(body=render_to_string(ERASED, context).encode(), at=at)
    body = render_to_string("portal/public_case.html", _context(request, view)).encode()
    return rendered(body=body, at=at, turns_at=view.row.due_at)


def _context(request: HttpRequest, view: CaseView) -> dict[str, object]:
    row, at = view.row, now()
    return {
        # The page needs its own address and nothing else of the request: no session, no login, no token.
        "request": request,
        "row": row,
        "kind_name": KINDS[row.kind],
        "next_words": next_words(row, to_citizen=False),
        "standing": standing_of(row, at=at, happenings=view.happenings),
        "story": told_story(view.happenings, row, to_citizen=False),
        "service": service_of(row),
        "region": ".".join(row.place_code.split(".")[:2]),
        "programmes": programmes_of(row.topic, jakarta(row.filed_at).date()) if row.topic else (),
    }
