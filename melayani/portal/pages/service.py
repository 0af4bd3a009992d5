# SPDX-License-Identifier: EUPL-1.2
"""One service: the six published components of its standard, its promise with the source, and the way to file."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.cases.wording import KINDS
from melayani.catalogue.queries import components, promise_for, service_by_slug, topic_row
from melayani.catalogue.rules import CatalogueRefused
from melayani.portal.access import not_found
from melayani.portal.answering import page


@require_safe
def service_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The service of this slug."""
    try:
        service = service_by_slug(slug)
    except CatalogueRefused as refusal:
        raise not_found(request) from refusal
    context = {
        "service": service,
        "topic": topic_row(service.topic),
        "components": components(service.code),
        "promise": promise_for(service_code=service.code, kind=service.kind),
        "kind_name": KINDS[service.kind],
    }
    return page(request, "service", context)
