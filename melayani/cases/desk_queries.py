# SPDX-License-Identifier: EUPL-1.2
"""What officers may read: work lists by unit and one case with its original texts. Scope lives here, nowhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from melayani.cases import vault
from melayani.cases.desk_filters import EVERYTHING, NOBODY, WorkFilter, conditions, stages_left
from melayani.cases.desk_walks import Condition, Selection, listed
from melayani.cases.models import Attachment, Case, Event
from melayani.cases.queries import ROW_COLUMNS, CaseRow, CaseView, moment_read, opened, row_of, with_files
from melayani.cases.rules import WORKING_STAGES, Actor, ActorKind, FileKind, Stage, Visibility
from melayani.government.models import Officer
from melayani.government.queries import grants_of, triage_desk, unit_row, units, units_with
from melayani.government.rules import PROVINCE, Role

WORK_PAGE = 50
SOON = timedelta(days=3)


class WorkList(StrEnum):
    """The lists of the desk."""

    MINE = "saya"
    UNIT = "unit"
    FREE = "belum-diambil"
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
    visibility: str = Visibility.PUBLIC
    joined: int = 0
    with_photos: bool = False


_WORK_FIELDS = tuple(field.name for field in fields(WorkRow))[:-1]
_FIRST_MOMENT, _PAST_MOMENTS = _WORK_FIELDS.index("filed_at"), _WORK_FIELDS.index("visibility")
# Whether there are photos is one look into an index for each of the fifty rows.
_WORK_COLUMNS = Selection(
    columns=", ".join(
        [
            *(f"c.{name}" for name in _WORK_FIELDS),
            "EXISTS (SELECT 1 FROM cases_attachment AS a WHERE a.case_id = c.id AND a.kind = 'PHOTO')",
        ]
    ),
    due=_WORK_FIELDS.index("due_at"),
)


@dataclass(frozen=True)
class WorkPage:
    """A page of a work list; `after` is the cursor of the next page, empty on the last.

    `until`: the filter was held only against cases promised before the beginning of this day (closed: since it).
    """

    rows: tuple[WorkRow, ...]
    after: str
    until: datetime | None = None


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


@dataclass(frozen=True)
class Reach:
    """Which cases an officer may open at all: held by one of these units, or sent by one of these desks (ids)."""

    everything: bool
    units: frozenset[int]
    desks: frozenset[int]


def reach_of(actor: Actor) -> Reach:
    """Own units, own triage desks with what lies where nobody works (`unattended`), and the inspected region's units.

    The province's inspectorate reaches everything, who has no role in a unit nothing.
    """
    inspected = [unit.id for region in _inspected(actor) for unit in units(region, also_closed=True)]
    own = _ids(unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE))
    return Reach(
        everything=sees_everything(actor),
        units=frozenset((*own, *inspected, *unattended(actor))),
        desks=frozenset(_ids(unit_codes(actor, Role.TRIAGE))),
    )


def readable(actor: Actor) -> Q:
    """Which cases the actor may open at all (`reach_of`), as a condition."""
    reach = reach_of(actor)
    return Q() if reach.everything else Q(unit_id__in=reach.units) | Q(desk_id__in=reach.desks)


def _inspected(actor: Actor) -> set[str]:
    return {unit_row(code).region_code for code in unit_codes(actor, Role.INSPECTORATE)}


def sees_everything(actor: Actor) -> bool:
    """Whether the actor inspects the whole province."""
    return PROVINCE in _inspected(actor)


def sorting_desks(desk_code: str, *, unit_code: str) -> frozenset[str]:
    """The desks that may choose the unit of a case: its own, and the province's, which stands in.

    Where nobody works in the unit that holds it, also the desk of that unit's region, in whose list it stands.
    """
    desks, holder = {desk_code, triage_desk(PROVINCE).code}, unit_row(unit_code)
    if holder.id not in units_with({Role.OFFICER, Role.HEAD}):
        desks.add(triage_desk(holder.region_code).code)
    return frozenset(desks)


def unattended(actor: Actor) -> tuple[int, ...]:
    """The ids of units whose cases nobody would see but this triage desk.

    Units of its region without an active officer or head, closed ones too: an answered case can be reopened there. For
    the province's desk also all of a region whose own desk has nobody.
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
        for unit in units(also_closed=True)
        if unit.region_code in regions and unit.id not in staffed and not (unit.is_triage_desk and unit.id in triaged)
    )


def _ids(codes: list[str]) -> list[int]:
    return [unit_row(code).id for code in codes]


def in_list(actor: Actor, which: WorkList, *, at: datetime, narrowed: WorkFilter = EVERYTHING) -> Condition:
    """Which cases stand in a work list of the actor at `at`, as far as the filter leaves them."""
    column, owners = _owners(actor, which)
    condition = Condition(
        column=column,
        owners=owners,
        stages=tuple(sorted(stages_left(_STAGES[which], narrowed))),
        due=_due(which, at=at),
        narrowing=conditions(narrowed, at=at),
    )
    return _of_officer(_of_unit(condition, narrowed.unit), narrowed.officer)


def _of_unit(condition: Condition, unit: str) -> Condition:
    """Only what the unit (its code) holds; nothing when it is not among those of the list."""
    if not unit:
        return condition
    chosen = _ids([unit])[0]
    if condition.column == "officer_id":
        return replace(condition, narrowing=(*condition.narrowing, ("unit_id = %s", (chosen,))))
    return replace(condition, owners=(chosen,) if condition.owners is None or chosen in condition.owners else ())


def _of_officer(condition: Condition, officer: int | None) -> Condition:
    """Only what this officer holds, walked along the officer's own cases; units outside the list stay outside."""
    if officer is None or officer == NOBODY:
        return condition
    if condition.column == "officer_id":
        return condition if condition.owners == (officer,) else replace(condition, owners=())
    units_left = () if condition.owners is None else (_any_of(condition.owners),)
    return replace(condition, column="officer_id", owners=(officer,), narrowing=(*condition.narrowing, *units_left))


def _any_of(unit_ids: tuple[int, ...]) -> tuple[str, tuple[object, ...]]:
    return (f"unit_id IN ({', '.join(['%s'] * len(unit_ids))})", unit_ids) if unit_ids else ("1 = 0", ())


def sees_all(actor: Actor) -> bool:
    """Whether the lists of the actor go over all units: the province's inspectorate, unless it works in a unit too."""
    return sees_everything(actor) and not unit_codes(actor, Role.OFFICER, Role.HEAD)


def _owners(actor: Actor, which: WorkList) -> tuple[str, tuple[int, ...] | None]:
    """Along which column the list is walked, and for which of its values (None = all units)."""
    if which is WorkList.MINE:
        return "officer_id", () if actor.officer_id is None else (actor.officer_id,)
    if which is WorkList.TRIAGE:
        desks = _ids(unit_codes(actor, Role.TRIAGE))
        return "unit_id", tuple(dict.fromkeys((*desks, *unattended(actor))))
    if sees_all(actor):
        return "unit_id", None
    own = (*_ids(unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE)), *unattended(actor))
    inspected = [unit.id for region in sorted(_inspected(actor)) for unit in units(region, also_closed=True)]
    return "unit_id", tuple(dict.fromkeys((*own, *inspected)))


def listed_units(actor: Actor, which: WorkList) -> tuple[int, ...] | None:
    """The ids of the units whose cases stand in the list; None = of all. Of the own cases: any unit."""
    column, owners = _owners(actor, which)
    return owners if column == "unit_id" else None


_RUNNING = WORKING_STAGES - {Stage.ASKED}
_STAGES: Mapping[WorkList, frozenset[Stage]] = {
    WorkList.MINE: WORKING_STAGES,
    WorkList.UNIT: WORKING_STAGES,
    WorkList.FREE: frozenset({Stage.ROUTED}),
    # What waits for a unit; and, where nobody works, what lies there.
    WorkList.TRIAGE: frozenset({Stage.WAITING, Stage.ROUTED, Stage.REOPENED}),
    WorkList.SOON: _RUNNING,
    WorkList.OVERDUE: _RUNNING,
    WorkList.ANSWERED: frozenset({Stage.ANSWERED}),
    WorkList.CLOSED: frozenset({Stage.CLOSED}),
}


def _due(which: WorkList, *, at: datetime) -> tuple[tuple[str, tuple[object, ...]], ...]:
    when = connection.ops.adapt_datetimefield_value
    if which is WorkList.SOON:
        return (("due_at >= %s AND due_at < %s", (when(at), when(at + SOON))),)
    return (("due_at < %s", (when(at),)),) if which is WorkList.OVERDUE else ()


def work_list(
    *,
    actor: Actor,
    which: WorkList,
    at: datetime,
    after: str = "",
    limit: int = WORK_PAGE,
    narrowed: WorkFilter = EVERYTHING,
) -> WorkPage:
    """One page of a work list, nearest promise first (closed: the last promise first), by keyset.

    One query; two when it is narrowed, three when much is to be looked at.
    """
    found = listed(
        selection=_WORK_COLUMNS,
        condition=in_list(actor, which, at=at, narrowed=narrowed),
        newest_first=which is WorkList.CLOSED,
        at=at,
        after=after,
        limit=limit,
    )
    return WorkPage(rows=tuple(map(_work_row, found.rows)), after=found.after, until=found.until)


def work_rows(*, actor: Actor, ids: Sequence[int]) -> Mapping[int, WorkRow]:
    """The lines of those of these cases that the actor may open, by id. One statement."""
    photos = Exists(Attachment.objects.filter(case_id=OuterRef("id"), kind=FileKind.PHOTO))
    found = Case.objects.filter(readable(actor), id__in=ids).annotate(photos=photos)
    rows = (WorkRow(*values) for values in found.values_list(*_WORK_FIELDS, "photos"))
    return {row.id: row for row in rows}


def _work_row(values: Sequence[Any]) -> WorkRow:
    moments = map(moment_read, values[_FIRST_MOMENT:_PAST_MOMENTS])
    facts = [*values[:_FIRST_MOMENT], *moments, *values[_PAST_MOMENTS:-1], bool(values[-1])]
    return WorkRow(*facts)


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
    happenings = with_files(happenings, case_id=row.id, released_only=False)
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
