# SPDX-License-Identifier: EUPL-1.2
"""What the citizen does, by the key of the case, and what a filing client does through Open311.

The face has checked key or client before (`queries.citizen_case`); `by` says who it is. Refusals as in `actions`.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from melayani.cases.acting import act, locked_case, resumed
from melayani.cases.filing import REMEMBERED_FOR, OtherBody
from melayani.cases.models import Case, Event, Submission
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
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ground.plain_text import check_length, plain_line, plain_text
from melayani.ground.sealing import derived


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


def update_from_client(
    *,
    number: str,
    status: str,
    text: str,
    said_at: datetime | None,
    update_id: str,
    media_url: str = "",
    token: str = "",
    by: Actor,
    at: datetime,
) -> Event:
    """The filing client said something about its case: kept in order of receipt with the time it named.

    It never changes the stage: only our unit answers and only the citizen confirms. Raises `NotAllowed` for a case that
    another client filed. The same `update_id` again answers with the first event; so does the same `token` of the
    client within `REMEMBERED_FOR`, which raises `OtherBody` when anything said differs.
    """
    said = {
        "number": number,
        "status": plain_line(status),
        "text": plain_text(text),
        "said_at": said_at.isoformat() if said_at else "",
        "update_id": plain_line(update_id),
        "media_url": media_url,
    }
    check_length(said["update_id"], least=0, most=100, name="update_id")
    check_length(said["text"], least=0, most=MOST_TEXT, name="description")
    try:
        return _updated(said, token=token, by=by, at=at)
    except IntegrityError:
        if not token:
            raise
    # A sending about another case was quicker under this token; now it is there to be compared with.
    return _updated(said, token=token, by=by, at=at)


@transaction.atomic
def _updated(said: Mapping[str, str], *, token: str, by: Actor, at: datetime) -> Event:
    """The event of this update, and its token remembered, in one transaction."""
    case = locked_case(number=said["number"])
    if case.client is None or case.client.code != by.code:
        raise NotAllowed("not_your_case", "Kasus ini tidak disampaikan melalui sistem Anda.")
    # Never the token of a filing: the scope is another one.
    whose = hashlib.sha256(f"update\n{case.client_id}\n{token}".encode()).digest()
    body = derived(secret=settings.SERVER_SECRET, purpose="update-body", message=canonical_json(dict(said)))
    first = _sent_before(case, whose=whose, body=body, at=at) if token else None
    if first is not None:
        return first
    event = _named_before(case, said["update_id"])
    if event is None:
        data: dict[str, Json] = {
            "status": said["status"],
            "said_at": said["said_at"] or at.isoformat(),
            "update_id": said["update_id"],
        }
        more: dict[str, Json] | None = {"media_url": said["media_url"]} if said["media_url"] else None
        event = act(case=case, kind=EventKind.UPDATED, by=by, at=at, data=data, text=said["text"], more=more)
    if token:
        answer = str(event.sequence)
        Submission.objects.create(token_hash=whose, body_hash=body, case=case, answer=answer, created_at=at)
    return event


def _sent_before(case: Case, *, whose: bytes, body: bytes, at: datetime) -> Event | None:
    """The event of the first sending under this token; None when the token is new, or too old to bind.

    An erased case never comes here, so what was blanked is of another case, and that is another body.
    """
    found = Submission.objects.filter(token_hash=whose).first()
    if found is None:
        return None
    if at - found.created_at > REMEMBERED_FOR:
        # Only this very row: another sending may have put a new one under the same token meanwhile.
        Submission.objects.filter(pk=found.pk, created_at=found.created_at).delete()
        return None
    if bytes(found.body_hash) != body:
        raise OtherBody("other_body", "Kunci pengulangan ini sudah dipakai untuk kiriman lain.")
    return case.events.get(sequence=int(found.answer))


def _named_before(case: Case, update_id: str) -> Event | None:
    """The event that the client gave this id."""
    return case.events.filter(kind=EventKind.UPDATED, data__update_id=update_id).first() if update_id else None
