# SPDX-License-Identifier: EUPL-1.2
"""The catalogue of services by topic."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.catalogue.queries import services, topics
from melayani.portal.answering import page


@require_safe
def services_page(request: HttpRequest) -> HttpResponse:
    """Every topic with its open services."""
    groups = [(topic, services(topic.code)) for topic in topics()]
    return page(request, "services", {"groups": [(topic, inside) for topic, inside in groups if inside]})
