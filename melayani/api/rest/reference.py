# SPDX-License-Identifier: EUPL-1.2
"""Services with their public standard, topics, places and units, from remembered reference data."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from melayani.api.rest.problems import check_no_extras
from melayani.api.rest.schemas import (
    PlaceFilter,
    PlaceOut,
    Problem,
    ServiceDetail,
    ServiceFilter,
    ServiceOut,
    TopicOut,
    UnitFilter,
    UnitOut,
)
from melayani.catalogue.queries import (
    ComponentRow,
    QuestionRow,
    ServiceRow,
    components,
    promise_for,
    questions,
    service_row,
    services,
    topics,
)
from melayani.catalogue.rules import CatalogueRefused
from melayani.government.queries import PlaceRow, UnitRow, children, place_row, places_named, units

router = Router(tags=["reference"])


@router.get("/topics", response={200: list[TopicOut]}, summary="Topics")
def list_topics(request: HttpRequest) -> list[dict[str, Any]]:  # noqa: ARG001  # ninja's shape
    """The topics in use, by name."""
    return [{"code": row.code, "name": row.name, "description": row.description} for row in topics()]


@router.get("/services", response={200: list[ServiceOut], 422: Problem}, summary="Services")
def list_services(request: HttpRequest, wanted: Query[ServiceFilter]) -> list[dict[str, Any]]:
    """The services that take cases, by name, perhaps of one topic."""
    check_no_extras(request, ServiceFilter)
    return [service_fields(row) for row in services(wanted.topic or None)]


@router.get("/services/{code}", response={200: ServiceDetail, 404: Problem}, summary="One service with its standard")
def show_service(request: HttpRequest, code: str) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """A service with the public components of its standard and its questions."""
    row = service_row(code)
    if not row.active:
        raise CatalogueRefused("service_unknown", "Layanan ini sedang tidak dibuka.")
    return {
        **service_fields(row),
        "components": [component_fields(component) for component in components(row.code)],
        "questions": [question_fields(question) for question in questions(row.code)],
    }


@router.get("/places", response={200: list[PlaceOut], 422: Problem}, summary="Places by name")
def find_places(request: HttpRequest, wanted: Query[PlaceFilter]) -> list[dict[str, Any]]:
    """Places called so, then those that begin so; regencies and cities first."""
    check_no_extras(request, PlaceFilter)
    found = places_named(wanted.q, within=wanted.within, limit=wanted.limit)
    return [place_fields(row) for row in found[: wanted.limit]]


@router.get("/places/{code}", response={200: PlaceOut, 404: Problem}, summary="One place")
def show_place(request: HttpRequest, code: str) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """A place by its official code."""
    return place_fields(place_row(code))


@router.get("/places/{code}/children", response={200: list[PlaceOut], 404: Problem}, summary="Places right inside")
def list_children(request: HttpRequest, code: str) -> list[dict[str, Any]]:  # noqa: ARG001  # ninja's shape
    """The places right inside this one, by name."""
    return [place_fields(row) for row in children(code)]


@router.get("/units", response={200: list[UnitOut], 422: Problem}, summary="Units")
def list_units(request: HttpRequest, wanted: Query[UnitFilter]) -> list[dict[str, Any]]:
    """The active units by code, perhaps of one region."""
    check_no_extras(request, UnitFilter)
    return [unit_fields(row) for row in units(wanted.region or None)]


def service_fields(row: ServiceRow) -> dict[str, Any]:
    """A service with the promise it makes today for its own kind of case."""
    promise = promise_for(service_code=row.code, kind=row.kind)
    return {
        "code": row.code,
        "slug": row.slug,
        "name": row.name,
        "topic": row.topic,
        "kind": row.kind,
        "level": row.level,
        "summary": row.summary,
        "keywords": list(row.keywords),
        "promise": {"days": promise.days, "basis": promise.basis, "source": promise.source},
    }


def component_fields(row: ComponentRow) -> dict[str, Any]:
    """A component of the standard."""
    return {"key": row.key, "title": str(row.title), "text": row.text}


def question_fields(row: QuestionRow) -> dict[str, Any]:
    """A question; lists have values."""
    return {
        "code": row.code,
        "datatype": row.datatype,
        "required": row.required,
        "variable": row.variable,
        "label": row.label,
        "help": row.help,
        "values": [{"code": key, "name": name} for key, name in row.values],
    }


def place_fields(row: PlaceRow) -> dict[str, Any]:
    """A place."""
    return {
        "code": row.code,
        "level": row.level,
        "name": row.name,
        "full_name": row.full_name,
        "region_code": row.region_code,
        "latitude": row.latitude,
        "longitude": row.longitude,
    }


def unit_fields(row: UnitRow) -> dict[str, Any]:
    """A unit."""
    return {
        "code": row.code,
        "name": row.name,
        "tier": row.tier,
        "region_code": row.region_code,
        "sector": row.sector,
        "is_triage_desk": row.is_triage_desk,
    }
