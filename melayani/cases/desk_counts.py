# SPDX-License-Identifier: EUPL-1.2
"""How many cases stand where, for the desk: numbers only, never a text. One statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Q

from melayani.cases.desk_queries import SOON, WorkList, sees_all, unit_codes
from melayani.cases.models import Case
from melayani.cases.rules import WORKING_STAGES, Actor, Stage
from melayani.government.queries import unit_row
from melayani.government.rules import Role

# Counting stops here ("99+"), so that a page costs the same beside a hundred cases and a million.
MOST_COUNTED = 100


@dataclass(frozen=True)
class Load:
    """How much an officer of a unit holds; `officer_id` None = what nobody of the unit has taken on."""

    officer_id: int | None
    open: int
    soon: int
    overdue: int


def work_counts(*, actor: Actor, lists: Sequence[WorkList], at: datetime) -> Mapping[WorkList, int]:
    """How many cases stand in each of the lists, counted up to 100. One statement for all.

    By hand, because compiling seven querysets costs more than the page of the list; a test ties it to `work_list`.
    """
    if not lists:
        return {}
    parts: list[str] = []
    values: list[object] = []
    for which in lists:
        scope, scope_values = _scope(actor, which)
        state, state_values = _state(which, at=at)
        parts.append(f"(SELECT COUNT(*) FROM (SELECT 1 FROM cases_case WHERE {scope} AND {state} LIMIT %s) AS counted)")  # noqa: S608  # fixed text only
        values += [*scope_values, *state_values, MOST_COUNTED]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)  # type: ignore[arg-type]  # numbers and adapted moments
        counted = cursor.fetchone()
    return dict(zip(lists, map(int, counted), strict=True))


def _scope(actor: Actor, which: WorkList) -> tuple[str, list[object]]:
    """The condition for whose cases are meant, as `desk_queries.in_list`."""
    if which is WorkList.MINE:
        return "officer_id = %s", [actor.officer_id]
    if which is not WorkList.TRIAGE and sees_all(actor):
        return "1 = 1", []
    roles = (Role.TRIAGE,) if which is WorkList.TRIAGE else (Role.OFFICER, Role.HEAD, Role.TRIAGE)
    ids = [unit_row(code).id for code in unit_codes(actor, *roles)]
    return (f"unit_id IN ({', '.join(['%s'] * len(ids))})", [*ids]) if ids else ("1 = 0", [])


def _state(which: WorkList, *, at: datetime) -> tuple[str, list[str | None]]:
    """The condition for which cases are meant, as `desk_queries.in_list`."""
    now, soon = (connection.ops.adapt_datetimefield_value(moment) for moment in (at, at + SOON))
    return {
        WorkList.MINE: (_WORKING, []),
        WorkList.UNIT: (_WORKING, []),
        WorkList.TRIAGE: ("stage = 'WAITING'", []),
        WorkList.SOON: (f"{_RUNNING} AND due_at >= %s AND due_at < %s", [now, soon]),
        WorkList.OVERDUE: (f"{_RUNNING} AND due_at < %s", [now]),
        WorkList.ANSWERED: ("stage = 'ANSWERED'", []),
        WorkList.CLOSED: ("stage = 'CLOSED'", []),
    }[which]


def _one_of(stages: frozenset[Stage]) -> str:
    return f"stage IN ({', '.join(repr(stage.value) for stage in sorted(stages))})"


_WORKING = _one_of(WORKING_STAGES)
_RUNNING = _one_of(WORKING_STAGES - {Stage.ASKED})


def unit_load(*, unit: str, at: datetime) -> tuple[Load, ...]:
    """What each officer holds of the open cases of the unit (its code); cases nobody took on come under None."""
    running = Q(stage__in=sorted(WORKING_STAGES - {Stage.ASKED}))
    loads = (
        Case.objects.filter(unit_id=unit_row(unit).id, stage__in=sorted(WORKING_STAGES))
        .order_by()
        .values_list("officer_id")
        .annotate(
            open=Count("id"),
            soon=Count("id", filter=running & Q(due_at__gte=at, due_at__lt=at + SOON)),
            overdue=Count("id", filter=running & Q(due_at__lt=at)),
        )
    )
    return tuple(Load(*values) for values in loads)


def cases_held_by(username: str) -> int:
    """How many cases go back to the unit when the account of this officer is closed."""
    held = Case.objects.filter(officer__username=username.lower())
    return held.exclude(stage__in=(Stage.CLOSED, Stage.ANSWERED)).count()
