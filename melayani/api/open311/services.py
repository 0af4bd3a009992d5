# SPDX-License-Identifier: EUPL-1.2
"""GET Service List and GET Service Definition (GeoReport v2), from the remembered catalogue."""

from collections.abc import Mapping

from django.http import HttpRequest

from melayani.api.open311.errors import CallRefused
from melayani.api.open311.formats import Answer
from melayani.api.open311.jurisdiction import check_jurisdiction
from melayani.api.open311.reading import read_query
from melayani.api.open311.xml_writer import Value
from melayani.catalogue.queries import QuestionRow, ServiceRow, questions, service_row, services, topics
from melayani.catalogue.rules import LISTS

UNKNOWN_SERVICE = "service_code ini tidak dikenal. Ambil daftar layanan dari /services."


def list_services(request: HttpRequest) -> Answer:
    """The services that take new cases, by name."""
    check_jurisdiction(read_query(request))
    groups = {topic.code: topic.name for topic in topics(also_unused=True)}
    return Answer(root="services", content=[service_fields(row, group=groups[row.topic]) for row in services()])


def show_definition(request: HttpRequest, code: str) -> Answer:
    """The questions of a service; a service without questions answers an empty list."""
    check_jurisdiction(read_query(request))
    service = service_row(code)
    if not service.active:
        raise CallRefused(404, UNKNOWN_SERVICE)
    return Answer(
        root="service_definition",
        content={
            "service_code": service.code,
            "attributes": [attribute_fields(question) for question in questions(service.code)],
        },
    )


def service_fields(service: ServiceRow, *, group: str) -> Mapping[str, Value]:
    """A service as the standard lists it. Every number is given at once, so all are realtime."""
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.summary,
        "metadata": service.has_questions,
        "type": "realtime",
        "keywords": ", ".join(service.keywords),
        "group": group,
    }


def attribute_fields(question: QuestionRow) -> Mapping[str, Value]:
    """A question as an attribute; only lists have values."""
    fields: dict[str, Value] = {
        "variable": question.variable,
        "code": question.code,
        "datatype": question.datatype,
        "required": question.required,
        "datatype_description": question.help or None,
        "order": question.order,
        "description": question.label,
    }
    if question.datatype in LISTS:
        fields["values"] = [{"key": key, "name": name} for key, name in question.values]
    return fields
