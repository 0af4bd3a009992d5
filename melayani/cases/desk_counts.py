# SPDX-License-Identifier: EUPL-1.2
"""How many cases stand where, for the desk: numbers only, never a text. One statement each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from melayani.cases.desk_queries import WorkList, in_list
from melayani.cases.models import Case
from melayani.cases.rules import Actor, Stage
from melayani.cases.saved_filters import SavedRow

# Counting stops here ("99+"), so that a page costs the same beside a hundred cases and a million.
MOST_COUNTED = 100


@dataclass(frozen=True)
class WorkHead:
    """What stands above a work list: how many cases each list has, and the officer's saved filters by name."""

    counts: Mapping[WorkList, int]
    saved: tuple[SavedRow, ...]


# One value for all saved filters, so that they come with the counts and cost no statement of their own.
_SAVED = {
    "sqlite": "(SELECT json_group_array(json_array(name, query)) FROM cases_savedfilter WHERE officer_id = %s)",
    "postgresql": "(SELECT json_agg(json_build_array(name, query))::text FROM cases_savedfilter WHERE officer_id = %s)",
}


def work_head(*, actor: Actor, lists: Sequence[WorkList], at: datetime) -> WorkHead:
    """How many cases stand in each of the lists, counted up to 100, and the saved filters. One statement for all."""
    parts, values = _counting(actor=actor, lists=lists, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join([*parts, _SAVED[connection.vendor]])}",
            [*values, actor.officer_id],
        )
        *counted, saved = cursor.fetchone()
    rows = (SavedRow(name=name, query=query) for name, query in json.loads(saved or "[]"))
    return WorkHead(
        counts=dict(zip(lists, map(int, counted), strict=True)),
        saved=tuple(sorted(rows, key=lambda row: row.name.casefold())),
    )


def _counting(*, actor: Actor, lists: Sequence[WorkList], at: datetime) -> tuple[list[str], list[Any]]:
    """An expression for each list, with the values of all."""
    parts: list[str] = []
    values: list[Any] = []
    for which in lists:
        condition = in_list(actor, which, at=at)
        where, own = ("1 = 0", list[Any]()) if condition.empty else condition.where()
        parts.append(f"(SELECT COUNT(*) FROM (SELECT 1 FROM cases_case WHERE {where} LIMIT %s) AS counted)")  # noqa: S608  # fixed text, values apart
        values += [*own, MOST_COUNTED]
    return parts, values


def cases_held_by(username: str) -> int:
    """How many cases go back to the unit when the account of this officer is closed."""
    held = Case.objects.filter(officer__username=username.lower())
    return held.exclude(stage__in=(Stage.CLOSED, Stage.ANSWERED)).count()
