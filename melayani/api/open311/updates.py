# SPDX-License-Identifier: EUPL-1.2
"""Service request updates, the extension of FixMyStreet: what happened to cases, and what their client says of them.

An update of a client is kept and shown as said; it never moves the case, since only our unit answers and only the
citizen confirms. Source: the wiki of FixMyStreet, "Open311 FMS - Complete Spec".
"""

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest

from melayani.api.open311.clients import client_of, read_media_url, read_token
from melayani.api.open311.dates import read_moment, read_span, written_moment
from melayani.api.open311.errors import CallRefused
from melayani.api.open311.formats import Answer
from melayani.api.open311.jurisdiction import check_jurisdiction
from melayani.api.open311.photos import photo_url
from melayani.api.open311.reading import Fields, read_form, read_query
from melayani.api.open311.requests import UNKNOWN_REQUEST
from melayani.api.open311.xml_writer import Value
from melayani.cases.citizen_actions import update_from_client
from melayani.cases.open311_queries import CLOCKS_DIFFER, UpdateRow, public_updates, update_target
from melayani.cases.rules import MOST_TEXT, Actor, ActorKind, EventKind, Outcome
from melayani.government.queries import ClientRow
from melayani.ground.case_number import read_number
from melayani.ground.clock import now

ROOT = "service_request_updates"
MOST_UPDATE_ID = 100
# What clients may say, in any case and with blanks for underscores (FixMyStreet, "Additional states").
STATUSES = frozenset(
    {
        "OPEN", "CLOSED", "IN_PROGRESS", "FIXED", "INVESTIGATING", "ACTION_SCHEDULED", "PLANNED", "DUPLICATE",
        "NOT_COUNCILS_RESPONSIBILITY", "NOT_RESPONSIBLE", "NO_FURTHER_ACTION", "UNABLE_TO_FIX", "INTERNAL_REFERRAL",
        "REFERRED", "FOR_TRIAGE", "REOPEN",
    }
)  # fmt: skip
# What we say: is somebody at work, and is the outcome final. An answer alone closes nothing.
_AT_WORK = frozenset(
    {
        EventKind.TAKEN_ON,
        EventKind.ASKED,
        EventKind.REPLIED,
        EventKind.RESUMED,
        EventKind.PROGRESS,
        EventKind.PROMISE_MOVED,
    }
)
_FINAL = frozenset(
    {EventKind.CONFIRMED, EventKind.SILENCE, EventKind.REFERRED, EventKind.REJECTED, EventKind.WITHDRAWN}
)


def list_updates(request: HttpRequest) -> Answer:
    """What happened to public cases within a span of time (by default the last 90 days), in the order of receipt."""
    fields = read_query(request)
    check_jurisdiction(fields)
    span = read_span(fields, at=now(), both=True)
    rows = public_updates(since=span.since, before=span.before)
    return Answer(root=ROOT, content=[update_fields(row) for row in rows])


def update_fields(row: UpdateRow) -> Mapping[str, Value]:
    """A happening as an update; its text only when it was released."""
    return {
        "update_id": update_id(row),
        "service_request_id": row.number,
        "status": status_of(row),
        "updated_datetime": _moment(row),
        "description": row.text,
        "media_url": photo_url(row.photo) or row.media_url or None,
    }


def update_id(row: UpdateRow) -> str:
    """The client's own id where it gave one, else `<NUMBER>-<sequence>`."""
    return str(row.data.get("update_id") or "") or f"{row.number}-{row.sequence}"


def status_of(row: UpdateRow) -> str:
    """The state after the happening as OPEN, IN_PROGRESS, FIXED or CLOSED; of a client's update what it said."""
    if row.kind == EventKind.UPDATED:
        return str(row.data.get("status") or "OPEN")
    if row.kind in _FINAL:
        solved = row.kind == EventKind.CONFIRMED and row.data.get("outcome") == Outcome.SOLVED
        return "FIXED" if solved else "CLOSED"
    return "IN_PROGRESS" if row.kind in _AT_WORK else "OPEN"


def _moment(row: UpdateRow) -> str:
    said = row.data.get("said_at")
    if row.kind == EventKind.UPDATED and said:
        return datetime.fromisoformat(str(said)).replace(microsecond=0).isoformat()
    return written_moment(row.at)


def post_update(request: HttpRequest) -> Answer:
    """The client's update is kept; the same `update_id` or `Idempotency-Key` again answers with the first one."""
    fields = read_form(request)
    check_jurisdiction(fields, read_query(request))
    client = client_of(fields)
    number = _own_case(fields, client)
    status = _status(fields)
    text = fields.text("description", most=MOST_TEXT)
    at = now()
    said_at = _said_at(fields, at=at)
    own_id = fields.one("update_id", most=MOST_UPDATE_ID)
    media_url = read_media_url(fields)
    token = read_token(request)
    fields.refuse_problems()
    event = update_from_client(
        number=number,
        status=status,
        text=text,
        said_at=said_at,
        update_id=own_id,
        media_url=media_url,
        token=token,
        by=Actor(kind=ActorKind.CLIENT, code=client.code),
        at=at,
    )
    return Answer(root=ROOT, content=[{"update_id": own_id or f"{number}-{event.sequence}"}])


def _own_case(fields: Fields, client: ClientRow) -> str:
    """The number of the case; 404 when the client cannot know it. Whether it may update it, the action decides."""
    typed = fields.one("service_request_id", most=60)
    if not typed:
        raise CallRefused(400, "service_request_id belum diisi.")
    number = read_number(typed)
    target = update_target(number) if number else None
    if number is None or target is None or not (target.is_public or target.client_id == client.id):
        raise CallRefused(404, UNKNOWN_REQUEST)
    return number


def _status(fields: Fields) -> str:
    status = fields.one("status", most=60).upper().replace(" ", "_")
    if status not in STATUSES:
        fields.problems.append(f"status tidak dikenal. Pakai salah satu: {', '.join(sorted(STATUSES))}.")
    return status


def _said_at(fields: Fields, *, at: datetime) -> datetime | None:
    """The moment the client names: it may lie before our filing, but not in the future (clocks may differ a little)."""
    text = fields.one("updated_datetime", most=60)
    if not text:
        return None
    moment = read_moment(text)
    if moment is None:
        fields.problems.append("updated_datetime tidak terbaca. Tulis seperti 2026-01-05T09:00:00+07:00.")
        return None
    if moment.start > at + CLOCKS_DIFFER:
        fields.problems.append("updated_datetime ada di masa depan. Periksa jam sistem Anda.")
        return None
    return moment.start
