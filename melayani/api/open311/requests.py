# SPDX-License-Identifier: EUPL-1.2
"""GET Service Requests, GET Service Request, GET service_request_id from a token (GeoReport v2). Public cases only."""

from collections.abc import Mapping

from django.http import HttpRequest

from melayani.api.open311.dates import read_span, written_moment
from melayani.api.open311.errors import CallRefused
from melayani.api.open311.formats import Answer
from melayani.api.open311.jurisdiction import check_jurisdiction
from melayani.api.open311.photos import photo_url
from melayani.api.open311.reading import Fields, read_query
from melayani.api.open311.xml_writer import Value
from melayani.cases.open311_queries import MOST_ROWS, RequestRow, requests_by_number, requests_filed
from melayani.cases.rules import Outcome, Stage
from melayani.cases.wording import state_words
from melayani.government.queries import body_row
from melayani.government.rules import BodyRefused
from melayani.ground.case_number import read_number
from melayani.ground.clock import now

MOST_CODES = 200
STATUSES = frozenset({"open", "closed"})
UNKNOWN_REQUEST = "service_request_id ini tidak dikenal."
UNKNOWN_TOKEN = "token ini tidak dikenal. Setiap laporan langsung mendapat service_request_id."  # noqa: S105  # no secret


def list_requests(request: HttpRequest) -> Answer:
    """The requests asked for by id, or those of a span of time, newest first."""
    fields = read_query(request)
    check_jurisdiction(fields)
    numbers = fields.listed("service_request_id", most=MOST_ROWS)
    if numbers:
        known = [number for number in map(read_number, numbers) if number]
        return _answer(requests_by_number(known))
    services = fields.listed("service_code", most=MOST_CODES)
    closed = _closed(fields)
    span = read_span(fields, at=now())
    return _answer(requests_filed(since=span.since, before=span.before, services=services, closed=closed))


def show_request(request: HttpRequest, number: str) -> Answer:
    """One request; a secret case looks exactly like one that does not exist."""
    check_jurisdiction(read_query(request))
    written = read_number(number)
    rows = requests_by_number([written]) if written else ()
    if not rows:
        raise CallRefused(404, UNKNOWN_REQUEST)
    return _answer(rows)


def show_token(request: HttpRequest, token: str) -> Answer:  # noqa: ARG001  # there are no tokens to look up
    """No token was ever issued, so every one is unknown."""
    check_jurisdiction(read_query(request))
    raise CallRefused(404, UNKNOWN_TOKEN)


def _closed(fields: Fields) -> bool | None:
    """Which status is asked for; None = both."""
    asked = {status.lower() for status in fields.listed("status", most=20)}
    if not asked <= STATUSES:
        fields.problems.append("status hanya open atau closed.")
    return None if len(asked) != 1 else asked == {"closed"}


def _answer(rows: tuple[RequestRow, ...]) -> Answer:
    return Answer(root="service_requests", content=[request_fields(row) for row in rows])


def request_fields(row: RequestRow) -> Mapping[str, Value]:
    """A public case as the standard lists it. `closed` only when its outcome is final; then it was updated by that."""
    closed = row.stage == Stage.CLOSED
    return {
        "service_request_id": row.number,
        "status": "closed" if closed else "open",
        "status_notes": status_notes(row),
        "service_name": row.service_name or row.topic_name or "Laporan warga",
        "service_code": row.service_code or "",
        "description": row.text,
        "agency_responsible": row.unit_name,
        "service_notice": None,
        "requested_datetime": written_moment(row.filed_at),
        "updated_datetime": written_moment(row.closed_at or row.updated_at),
        "expected_datetime": written_moment(row.due_at),
        "address": row.place_name,
        "address_id": row.place_code,
        "zipcode": row.postal_code or None,
        "lat": row.latitude,
        "long": row.longitude,
        "media_url": photo_url(row.photo) or row.media_url or None,
    }


def status_notes(row: RequestRow) -> str:
    """The finer state in words; a referral names the body that must act."""
    words = str(state_words(stage=row.stage, outcome=row.outcome))
    if row.outcome != Outcome.REFERRED:
        return words
    try:
        return f"{words}: {body_row(row.referred_to).name}"
    except BodyRefused:
        return words
