# SPDX-License-Identifier: EUPL-1.2
"""What officers may read: work lists by unit and one case with its original texts. Scope lives here, nowhere else."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q

from melayani.cases import vault
from melayani.cases.models import Case, Event
from melayani.cases.queries import ROW_COLUMNS, CaseRow, CaseView, opened, read_cursor, row_of
from melayani.cases.rules import WORKING_STAGES, Actor, ActorKind, Stage, Visibility
from melayani.government.models import Officer
from melayani.government.queries import grants_of, unit_row
from melayani.government.rules import Role

WORK_PAGE = 50
SOON = timedelta(days=3)


class WorkList(StrEnum):
    """The lists of the desk."""

    MINE = "saya"
    UNIT = "unit"
    TRIAGE = "triase"
    SOON = "segera"
    OVERDUE = "lewat"
    ANSWERED = "dijawab"
    CLOSED = "selesai"


@dataclass(frozen=True)
class WorkRow:
    """One line of a work list, and no column more: reading all of a case fifty times would cost most of the page."""

    id: int
    number: str
    title: str
    place_name: str
    unit_name: str
    stage: str
    filed_at: datetime
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


_WORK_COLUMNS = tuple(field.name for field in fields(WorkRow))


@dataclass(frozen=True)
class WorkPage:
    """A page of a work list; `after` is the cursor of the next page, empty on the last."""

    rows: tuple[WorkRow, ...]
    after: str


@dataclass(frozen=True)
class DeskCase(CaseView):
    """A case as an officer reads it. The contact is not here: `actions.view_identity` reads it, with a reason."""

    unit_code: str = ""
    desk_code: str = ""
    client_name: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    officer_name: str = ""
    imported: bool = False


def actor_for(officer: Officer, *, imported_at: datetime | None = None) -> Actor:
    """The officer as an actor, with the roles of this moment."""
    return Actor(
        kind=ActorKind.OFFICER,
        code=officer.username,
        officer_id=officer.pk,
        name=officer.username,
        unit_code=officer.unit.code,
        grants=grants_of(officer.pk),
        imported_at=imported_at,
    )


def unit_codes(actor: Actor, *roles: str) -> list[str]:
    """The codes of the units in which the actor has one of the roles."""
    return sorted({unit for role, unit in actor.grants if role in roles})


def readable(actor: Actor) -> Q:
    """Which cases the actor may open at all: held by an own unit, waiting at or sent by an own triage desk, or all for
    the inspectorate. Nothing for anybody else."""
    if unit_codes(actor, Role.INSPECTORATE):
        return Q()
    own = _ids(unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE))
    desks = _ids(unit_codes(actor, Role.TRIAGE))
    return Q(unit_id__in=own) | Q(desk_id__in=desks)


def _ids(codes: list[str]) -> list[int]:
    return [unit_row(code).id for code in codes]


def work_list(*, actor: Actor, which: WorkList, at: datetime, after: str = "", limit: int = WORK_PAGE) -> WorkPage:
    """One page of a work list, nearest promise first (closed: the last promise first), by keyset; one query."""
    cases = Case.objects.filter(in_list(actor, which, at=at))
    cursor = read_cursor(after)
    newest_first = which is WorkList.CLOSED
    if cursor is not None:
        moment, last = cursor
        if newest_first:
            cases = cases.filter(due_at__lte=moment).exclude(due_at=moment, id__gte=last)
        else:
            cases = cases.filter(due_at__gte=moment).exclude(due_at=moment, id__lte=last)
    order = ("-due_at", "-id") if newest_first else ("due_at", "id")
    rows = tuple(WorkRow(*values) for values in cases.order_by(*order).values_list(*_WORK_COLUMNS)[: limit + 1])
    more = len(rows) > limit
    return WorkPage(rows=rows[:limit], after=_written_cursor(rows[limit - 1]) if more else "")


def in_list(actor: Actor, which: WorkList, *, at: datetime) -> Q:
    """Which cases stand in a work list of the actor at `at`."""
    return _scope(actor, which) & _which(which, at=at)


def sees_all(actor: Actor) -> bool:
    """Whether the lists of the actor go over all units: the inspectorate's, unless it works in a unit too."""
    return bool(unit_codes(actor, Role.INSPECTORATE)) and not unit_codes(actor, Role.OFFICER, Role.HEAD)


def _scope(actor: Actor, which: WorkList) -> Q:
    if which is WorkList.TRIAGE:
        return Q(unit_id__in=_ids(unit_codes(actor, Role.TRIAGE)))
    if which is WorkList.MINE:
        return Q(officer_id=actor.officer_id)
    if sees_all(actor):
        return Q()
    return Q(unit_id__in=_ids(unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE)))


def _which(which: WorkList, *, at: datetime) -> Q:
    working = Q(stage__in=sorted(WORKING_STAGES))
    running = Q(stage__in=sorted(WORKING_STAGES - {Stage.ASKED}))
    return {
        WorkList.MINE: working,
        WorkList.UNIT: working,
        WorkList.TRIAGE: Q(stage=Stage.WAITING),
        WorkList.SOON: running & Q(due_at__gte=at, due_at__lt=at + SOON),
        WorkList.OVERDUE: running & Q(due_at__lt=at),
        WorkList.ANSWERED: Q(stage=Stage.ANSWERED),
        WorkList.CLOSED: Q(stage=Stage.CLOSED),
    }[which]


def _written_cursor(row: WorkRow) -> str:
    return f"{int(row.due_at.timestamp() * 1_000_000)}-{row.id}"


def desk_case(*, number: str, actor: Actor) -> DeskCase | None:
    """The case with its original texts, if the actor may read it; None for others and unknown ones alike."""
    case = (
        Case.objects.select_related("vault", "unit", "desk", "client", "officer")
        .filter(readable(actor), number=number)
        .first()
    )
    if case is None:
        return None
    stream = bytes(case.stream)
    events = list(Event.objects.filter(case_id=case.pk).select_related("text").order_by("sequence"))
    wrapped = case.vault.wrapped_key
    key = None if wrapped is None else vault.unwrapped(wrapped=bytes(wrapped), stream=stream)
    happenings = tuple(opened(event=event, key=key, stream=stream) for event in events) if key else ()
    return DeskCase(
        row=row_of([getattr(case, column) for column in ROW_COLUMNS]),
        happenings=happenings,
        unit_code=case.unit.code,
        desk_code=case.desk.code,
        client_name=case.client.name if case.client else "",
        answers=_answers(events[0], key=key, stream=stream) if key else (),
        officer_name=case.officer.name if case.officer else "",
        imported=case.imported,
    )


def _answers(first: Event, *, key: bytes, stream: bytes) -> tuple[tuple[str, str], ...]:
    """The answers to the questions of the service, as (code, text), from the filing event."""
    kept = getattr(first, "text", None)
    if kept is None or kept.sealed is None:
        return ()
    answers = vault.open_text(key=key, stream=stream, sequence=0, sealed=bytes(kept.sealed)).get("answers")
    if not isinstance(answers, dict):
        return ()
    return tuple((str(code), ", ".join(map(str, v)) if isinstance(v, list) else str(v)) for code, v in answers.items())


def is_public(row: CaseRow) -> bool:
    """Whether the public sees this case at all."""
    return row.visibility == Visibility.PUBLIC
