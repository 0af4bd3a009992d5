# SPDX-License-Identifier: EUPL-1.2
"""How many cases stand where, for the desk: numbers only, never a text. One statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from melayani.cases.desk_queries import SOON, WorkList, in_list
from melayani.cases.models import Case
from melayani.cases.rules import WORKING_STAGES, Actor, Stage
from melayani.government.queries import unit_row

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
    """How many cases stand in each of the lists, counted up to 100. One statement for all."""
    if not lists:
        return {}
    parts: list[str] = []
    values: list[Any] = []
    for which in lists:
        condition = in_list(actor, which, at=at)
        stages = f"stage IN ({', '.join(['%s'] * len(condition.stages))})"
        holders = " OR ".join(holder for holder, _ in condition.holders) or "1 = 0"
        where = f"({holders}) AND {stages}{condition.due}"
        parts.append(f"(SELECT COUNT(*) FROM (SELECT 1 FROM cases_case WHERE {where} LIMIT %s) AS counted)")  # noqa: S608  # fixed text, values apart
        values += [value for _, own in condition.holders for value in own]
        values += [*condition.stages, *condition.due_values, MOST_COUNTED]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        counted = cursor.fetchone()
    return dict(zip(lists, map(int, counted), strict=True))


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
