# SPDX-License-Identifier: EUPL-1.2
"""What the citizen does, by the key of the case, and what a filing client does through Open311.

The face has checked key or client before (`queries.citizen_case`); `by` says who it is. Refusals as in `actions`.
"""

from datetime import datetime

from django.db import transaction

from melayani.cases.acting import act, locked_case, resumed
from melayani.cases.models import Case, Event
from melayani.cases.rules import (
    LEAST_TEXT,
    MOST_TEXT,
    NEVER_REOPENED,
    REACT,
    Actor,
    EventKind,
    NotAllowed,
)
from melayani.catalogue.queries import limit
from melayani.government.queries import due_moment
from melayani.ground.canonical_json import Json
from melayani.ground.plain_text import check_length, plain_line, plain_text


@transaction.atomic
def reply_to_question(*, number: str, text: str, by: Actor, at: datetime) -> Case:
    """The citizen has replied: the promise runs again and is later by the working days it was paused."""
    case = locked_case(number=number)
    reply = plain_text(text)
    check_length(reply, most=MOST_TEXT, name="Jawaban Anda")
    act(case=case, kind=EventKind.REPLIED, by=by, at=at, data=resumed(case=case, at=at), text=reply)
    return case


@transaction.atomic
def confirm_case(*, number: str, by: Actor, at: datetime, text: str = "") -> Case:
    """The citizen says that the proposed outcome is true; the case is closed by the one who opened it."""
    case = locked_case(number=number)
    comment = plain_text(text)
    check_length(comment, least=0, most=MOST_TEXT, name="Komentar")
    act(case=case, kind=EventKind.CONFIRMED, by=by, at=at, data={"outcome": case.proposed}, text=comment)
    return case


@transaction.atomic
def reopen_case(*, number: str, text: str, by: Actor, at: datetime) -> Case:
    """The citizen does not accept: the head of the unit holds it, and a new promise runs (never an earlier one)."""
    case = locked_case(number=number)
    if case.outcome in NEVER_REOPENED:
        raise NotAllowed("withdrawn", "Kasus ini sudah Anda tarik. Sampaikan kasus baru bila masalahnya masih ada.")
    why = plain_text(text)
    check_length(why, least=LEAST_TEXT, most=MOST_TEXT, name="Alasan Anda")
    react = limit(REACT)
    due = due_moment(filed_at=at, days=react.days, basis=react.basis, region_code=case.place.region_code)
    data: dict[str, Json] = {
        "due_at": max(due.at, case.due_at).isoformat(),
        "from": case.due_at.isoformat(),
        "days": react.days,
    }
    act(case=case, kind=EventKind.REOPENED, by=by, at=at, data=data, text=why)
    return case


@transaction.atomic
def withdraw_case(*, number: str, by: Actor, at: datetime, text: str = "") -> Case:
    """The citizen takes the case back."""
    case = locked_case(number=number)
    why = plain_text(text)
    check_length(why, least=0, most=MOST_TEXT, name="Alasan Anda")
    act(case=case, kind=EventKind.WITHDRAWN, by=by, at=at, text=why)
    return case


@transaction.atomic
def update_from_client(
    *,
    number: str,
    status: str,
    text: str,
    said_at: datetime | None,
    update_id: str,
    media_url: str = "",
    by: Actor,
    at: datetime,
) -> Event:
    """The filing client said something about its case: kept in order of receipt with the time it named.

    It never changes the stage: only our unit answers and only the citizen confirms. Raises `NotAllowed` for a case that
    another client filed. The same `update_id` again answers with the first event.
    """
    case = locked_case(number=number)
    if case.client is None or case.client.code != by.code:
        raise NotAllowed("not_your_case", "Kasus ini tidak disampaikan melalui sistem Anda.")
    name = plain_line(update_id)
    check_length(name, least=0, most=100, name="update_id")
    if name:
        first = case.events.filter(kind=EventKind.UPDATED, data__update_id=name).first()
        if first is not None:
            return first
    said = plain_text(text)
    check_length(said, least=0, most=MOST_TEXT, name="description")
    data: dict[str, Json] = {
        "status": plain_line(status),
        "said_at": (said_at or at).isoformat(),
        "update_id": name,
    }
    more: dict[str, Json] | None = {"media_url": media_url} if media_url else None
    return act(case=case, kind=EventKind.UPDATED, by=by, at=at, data=data, text=said, more=more)
