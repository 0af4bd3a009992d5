# SPDX-License-Identifier: EUPL-1.2
"""Similar open cases near a place, as a page of its own: for links, and for scripts that ask while somebody types.

The words of the story come only by POST, so that no address holds them.
"""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from melayani.cases.rules import MOST_TEXT
from melayani.catalogue.queries import service_row, topic_row
from melayani.catalogue.rules import CatalogueRefused
from melayani.government.queries import PlaceRow, place_row
from melayani.government.rules import PlaceRefused
from melayani.ground.clock import now
from melayani.ground.plain_text import plain_text
from melayani.portal.answering import page
from melayani.portal.similar_to import similar_lines


@require_http_methods(["GET", "HEAD", "POST"])
def similar_cases_page(request: HttpRequest) -> HttpResponse:
    """The list for `tempat` (and `tentang`, and by POST `cerita`); without a known place, how to find one."""
    sent = request.POST if request.method == "POST" else request.GET
    place = _place(sent.get("tempat", ""))
    topic, service = _about(sent)
    text = plain_text(request.POST.get("cerita", ""))[:MOST_TEXT]
    lines = (
        similar_lines(text=text, place=place.code, topic=topic, service=service, at=now()) if place is not None else ()
    )
    context = {"place": place, "similar": lines, "about": sent.get("tentang", "")}
    return page(request, "similar_cases", context, private=True)


def _place(code: str) -> PlaceRow | None:
    try:
        return place_row(code) if code else None
    except PlaceRefused:
        return None


def _about(sent: QueryDict) -> tuple[str, str]:
    """Topic and service of a `tentang` as the form has it; an old or wrong one counts as not said."""
    kind, _colon, code = sent.get("tentang", "").partition(":")
    try:
        if kind == "layanan":
            service = service_row(code)
            return service.topic, service.code
        return (topic_row(code).code, "") if kind == "topik" else ("", "")
    except CatalogueRefused:
        return "", ""
