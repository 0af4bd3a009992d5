# SPDX-License-Identifier: EUPL-1.2
"""What officers may read: work lists by unit and one case with its original texts. Scope lives here, nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q

from melayani.cases import vault
from melayani.cases.models import Case, Event
from melayani.cases.queries import ROW_COLUMNS, CaseRow, CaseView, moment_read, opened, read_cursor, row_of
from melayani.cases.rules import WORKING_STAGES, Actor, ActorKind, Stage, Visibility
from melayani.government.models import Officer
from melayani.government.queries import grants_of, triage_desk, unit_row, units, units_with
from melayani.government.rules import PROVINCE, Role

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


_WORK_FIELDS = tuple(field.name for field in fields(WorkRow))
_COLUMNS = ", ".join(_WORK_FIELDS)
_FIRST_MOMENT = _WORK_FIELDS.index("filed_at")


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
    """Which cases the actor may open at all: held by an own unit, sent by an own triage desk or lying where nobody
    works (`unattended`), or those of the own region for the inspectorate (the province's: all). Nothing for others."""
    if sees_everything(actor):
        return Q()
    own = _ids(unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE))
    desks = _ids(unit_codes(actor, Role.TRIAGE))
    inspected = [unit.id for region in _inspected(actor) for unit in units(region)]
    return Q(unit_id__in=[*own, *inspected, *unattended(actor)]) | Q(desk_id__in=desks)


def _inspected(actor: Actor) -> set[str]:
    return {unit_row(code).region_code for code in unit_codes(actor, Role.INSPECTORATE)}


def sees_everything(actor: Actor) -> bool:
    """Whether the actor inspects the whole province."""
    return PROVINCE in _inspected(actor)


def sorting_desks(desk_code: str) -> frozenset[str]:
    """The desks that may choose the unit of a case: its own, and the province's, which stands in."""
    return frozenset({desk_code, triage_desk(PROVINCE).code})


def unattended(actor: Actor) -> tuple[int, ...]:
    """The ids of units whose cases nobody would see but this triage desk.

    Units of its region without an active officer or head; for the province's desk also all of a region whose own desk
    has nobody.
    """
    desks = [unit_row(code) for code in unit_codes(actor, Role.TRIAGE)]
    if not desks:
        return ()
    regions = {desk.region_code for desk in desks if desk.is_triage_desk}
    staffed, triaged = units_with({Role.OFFICER, Role.HEAD}), units_with({Role.TRIAGE})
    if PROVINCE in regions:
        regions |= {unit.region_code for unit in units() if unit.is_triage_desk and unit.id not in triaged}
    return tuple(
        unit.id
        for unit in units()
        if unit.region_code in regions and unit.id not in staffed and not (unit.is_triage_desk and unit.id in triaged)
    )


def _ids(codes: list[str]) -> list[int]:
    return [unit_row(code).id for code in codes]


@dataclass(frozen=True)
class Condition:
    """Which cases stand in a list, in parts that an index can walk: whose they are, in which stages, due when.

    `holders` are pairs of a condition and its values; `stages` and `due` (with `due_values`) hold for all of them.
    """

    holders: tuple[tuple[str, tuple[object, ...]], ...]
    stages: tuple[str, ...]
    due: str = ""
    due_values: tuple[object, ...] = ()

    def walks(self) -> list[tuple[str, tuple[object, ...]]]:
        """One condition for each holder and stage, so that each is a walk along (unit, stage, due_at, id)."""
        return [
            (f"{holder} AND stage = %s{self.due}", (*values, stage, *self.due_values))
            for holder, values in self.holders
            for stage in self.stages
        ]


def in_list(actor: Actor, which: WorkList, *, at: datetime) -> Condition:
    """Which cases stand in a work list of the actor at `at`."""
    due, moments = _due(which, at=at)
    return Condition(
        holders=tuple(_holders(actor, which)),
        stages=tuple(sorted(_STAGES[which])),
        due=due,
        due_values=tuple(connection.ops.adapt_datetimefield_value(moment) for moment in moments),
    )


def sees_all(actor: Actor) -> bool:
    """Whether the lists of the actor go over all units: the province's inspectorate, unless it works in a unit too."""
    return sees_everything(actor) and not unit_codes(actor, Role.OFFICER, Role.HEAD)


def _holders(actor: Actor, which: WorkList) -> list[tuple[str, tuple[object, ...]]]:
    if which is WorkList.MINE:
        return [("officer_id = %s", (actor.officer_id,))]
    if which is not WorkList.TRIAGE and sees_all(actor):
        return [("1 = 1", ())]
    if which is WorkList.TRIAGE:
        own = [("unit_id = %s", (unit_id,)) for unit_id in _ids(unit_codes(actor, Role.TRIAGE))]
        return [*own, *_any_of(unattended(actor))]
    codes = unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE)
    inspected = tuple(unit.id for region in sorted(_inspected(actor)) for unit in units(region))
    return [*(("unit_id = %s", (unit_id,)) for unit_id in _ids(codes)), *_any_of(inspected)]


def _any_of(unit_ids: tuple[int, ...]) -> list[tuple[str, tuple[object, ...]]]:
    return [(f"unit_id IN ({', '.join(['%s'] * len(unit_ids))})", unit_ids)] if unit_ids else []


_RUNNING = WORKING_STAGES - {Stage.ASKED}
_STAGES: Mapping[WorkList, frozenset[Stage]] = {
    WorkList.MINE: WORKING_STAGES,
    WorkList.UNIT: WORKING_STAGES,
    # What waits for a unit; and, where nobody works, what lies there.
    WorkList.TRIAGE: frozenset({Stage.WAITING, Stage.ROUTED, Stage.REOPENED}),
    WorkList.SOON: _RUNNING,
    WorkList.OVERDUE: _RUNNING,
    WorkList.ANSWERED: frozenset({Stage.ANSWERED}),
    WorkList.CLOSED: frozenset({Stage.CLOSED}),
}


def _due(which: WorkList, *, at: datetime) -> tuple[str, tuple[datetime, ...]]:
    if which is WorkList.SOON:
        return " AND due_at >= %s AND due_at < %s", (at, at + SOON)
    return (" AND due_at < %s", (at,)) if which is WorkList.OVERDUE else ("", ())


def work_list(*, actor: Actor, which: WorkList, at: datetime, after: str = "", limit: int = WORK_PAGE) -> WorkPage:
    """One page of a work list, nearest promise first (closed: the last promise first), by keyset; one query.

    By hand: each stage of each unit is a walk along the index that stops after `limit` rows, which no queryset says,
    and fifty rows by the ORM cost more than the whole page (PERF).
    """
    walks = in_list(actor, which, at=at).walks()
    if not walks:
        return WorkPage(rows=(), after="")
    step, order = ("<", "due_at DESC, id DESC") if which is WorkList.CLOSED else (">", "due_at, id")
    beyond, start = "", list[Any]()
    last = read_cursor(after)
    if last is not None:
        beyond, start = (
            f" AND (due_at, id) {step} (%s, %s)",
            [connection.ops.adapt_datetimefield_value(last[0]), last[1]],
        )
    parts = [
        f"SELECT * FROM (SELECT {_COLUMNS} FROM cases_case WHERE {walk}{beyond} ORDER BY {order} LIMIT %s) AS walk"  # noqa: S608  # fixed text, values apart
        for walk, _ in walks
    ]
    values: list[Any] = [value for _, own in walks for value in (*own, *start, limit + 1)]
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(parts)} ORDER BY {order} LIMIT %s", [*values, limit + 1])
        rows = tuple(_work_row(found) for found in cursor.fetchall())
    more = len(rows) > limit
    return WorkPage(rows=rows[:limit], after=_written_cursor(rows[limit - 1]) if more else "")


def _work_row(values: Sequence[Any]) -> WorkRow:
    return WorkRow(*values[:_FIRST_MOMENT], *map(moment_read, values[_FIRST_MOMENT:]))


def _written_cursor(row: WorkRow) -> str:
    return f"{int(row.due_at.timestamp() * 1_000_000)}-{row.id}"


# What a page of the desk needs beside the row; whole rows of six tables would cost more than the rest of the query.
_MORE_COLUMNS = (
    "stream", "vault__wrapped_key", "unit__code", "desk__code", "client__name", "officer__name", "imported",
)  # fmt: skip


def desk_case(*, number: str, actor: Actor) -> DeskCase | None:
    """The case with its original texts, if the actor may read it; None for others and unknown ones alike."""
    values = Case.objects.filter(readable(actor), number=number).values_list(*ROW_COLUMNS, *_MORE_COLUMNS)[:1]
    found = next(iter(values), None)
    if found is None:
        return None
    row, more = row_of(found[: len(ROW_COLUMNS)]), dict(zip(_MORE_COLUMNS, found[len(ROW_COLUMNS) :], strict=True))
    stream, wrapped = bytes(more["stream"]), more["vault__wrapped_key"]
    events = list(Event.objects.filter(case_id=row.id).select_related("text").order_by("sequence"))
    key = None if wrapped is None else vault.unwrapped(wrapped=bytes(wrapped), stream=stream)
    happenings = tuple(opened(event=event, key=key, stream=stream) for event in events) if key else ()
    return DeskCase(
        row=row,
        happenings=happenings,
        unit_code=more["unit__code"],
        desk_code=more["desk__code"],
        client_name=more["client__name"] or "",
        answers=happenings[0].answers if happenings else (),
        officer_name=more["officer__name"] or "",
        imported=more["imported"],
    )


def is_public(row: CaseRow) -> bool:
    """Whether the public sees this case at all."""
    return row.visibility == Visibility.PUBLIC
