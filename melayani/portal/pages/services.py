# SPDX-License-Identifier: EUPL-1.2
"""The catalogue of services by topic, or those that fit what somebody is looking for."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.catalogue.queries import services, topic_row, topics
from melayani.ground.plain_text import plain_line
from melayani.portal.answering import page
from melayani.portal.service_search import MOST_LETTERS, found_services


@require_safe
def services_page(request: HttpRequest) -> HttpResponse:
    """What was found, or every topic with its open services."""
    typed = plain_line(request.GET.get("cari", "")[: 4 * MOST_LETTERS])[:MOST_LETTERS]
    if typed:
        found = [(service, topic_row(service.topic)) for service in found_services(typed)]
        return page(request, "services", {"typed": typed, "found": found})
    groups = [(topic, services(topic.code)) for topic in topics()]
    return page(request, "services", {"groups": [(topic, inside) for topic, inside in groups if inside]})
