# SPDX-License-Identifier: EUPL-1.2
"""Public cases. A secret case looks exactly like one that does not exist."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from melayani.api.rest.problems import check_no_extras
from melayani.api.rest.schemas import CaseDetail, CaseFilter, CaseList, Problem
from melayani.cases.queries import CaseRow, Happening, public_case, public_cases
from melayani.cases.rules import EventKind, UnknownCase
from melayani.cases.wording import HAPPENINGS, state_words
from melayani.catalogue.queries import services
from melayani.government.queries import unit_by_id, unit_row
from melayani.government.rules import UnitRefused
from melayani.ground.case_number import read_number
from melayani.ground.clock import jakarta, now

router = Router(tags=["cases"])


@router.get("/cases", response={200: CaseList, 422: Problem}, summary="Public cases, newest first")
def list_cases(request: HttpRequest, wanted: Query[CaseFilter]) -> dict[str, Any]:
    """A page of public cases; pass `after` of one page to get the next."""
    check_no_extras(request, CaseFilter)
    at = now()
    page = public_cases(
        after=wanted.after,
        topic=wanted.topic,
        region=wanted.region,
        state=wanted.state or "",
        at=at,
        limit=wanted.limit,
    )
    codes = _service_codes()
    return {"cases": [case_fields(row, at=at, service_codes=codes) for row in page.rows], "after": page.after}


@router.get("/cases/{number}", response={200: CaseDetail, 404: Problem}, summary="One public case")
def show_case(request: HttpRequest, number: str) -> dict[str, Any]:  # noqa: ARG001  # ninja's shape
    """A case by its number, typed in any case, with or without dashes."""
    written = read_number(number)
    view = public_case(written) if written else None
    if view is None:
        raise UnknownCase("unknown_case", "Kasus dengan nomor ini tidak ada.")
    row = view.row
    return {
        **case_fields(row, at=now(), service_codes=_service_codes()),
        "promise": {"days": row.promise_days, "basis": row.promise_basis, "source": row.promise_source},
        "why": row.why,
        "happenings": [happening_fields(happening) for happening in view.happenings],
    }


def _service_codes() -> dict[int, str]:
    return {service.id: service.code for service in services(also_closed=True)}


def case_fields(row: CaseRow, *, at: datetime, service_codes: dict[int, str]) -> dict[str, Any]:
    """What the public reads of a case; nothing of who filed it or which officer works on it."""
    return {
        "number": row.number,
        "title": row.title,
        "kind": row.kind,
        "topic": {"code": row.topic, "name": row.topic_name} if row.topic else None,
        "service": service_codes.get(row.service_id) if row.service_id else None,
        "place": {"code": row.place_code, "name": row.place_name},
        "latitude": row.latitude,
        "longitude": row.longitude,
        "unit": {"code": unit_by_id(row.unit_id).code, "name": row.unit_name},
        "stage": row.stage,
        "outcome": row.outcome or None,
        "state": row.figure(at),
        "state_words": str(state_words(stage=row.stage, outcome=row.outcome)),
        "filed_at": jakarta(row.filed_at),
        "due_at": jakarta(row.due_at),
        "answered_at": _local(row.answered_at),
        "closed_at": _local(row.closed_at),
        "updated_at": jakarta(row.updated_at),
        "reopened": row.reopened,
        "broken": row.broken,
    }


def happening_fields(happening: Happening) -> dict[str, Any]:
    """A happening by its public facts; of the event's data only unit and outcome, never officer, client or hashes."""
    return {
        "sequence": happening.sequence,
        "kind": happening.kind,
        "words": str(HAPPENINGS[EventKind(happening.kind)]),
        "at": jakarta(happening.at),
        "by": happening.by,
        "unit": _unit(str(happening.data.get("unit") or "")),
        "outcome": happening.data.get("outcome") or None,
        "text": happening.text,
        "media_url": happening.media_url or None,
    }


def _unit(code: str) -> dict[str, str] | None:
    try:
        unit = unit_row(code)
    except UnitRefused:
        return None
    return {"code": unit.code, "name": unit.name}


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else jakarta(moment)
