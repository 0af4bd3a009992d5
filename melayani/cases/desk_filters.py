# SPDX-License-Identifier: EUPL-1.2
"""What an officer may narrow a work list to, and the condition it makes. A filter never widens what a list holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection

from melayani.cases.rules import Stage
from melayani.government.models import Officer
from melayani.government.rules import Role
from melayani.ground.memo import remembered

# In place of a topic and of an officer's id: cases that have none yet.
NO_TOPIC = "-"
NOBODY = 0


class Standing(StrEnum):
    """Where a case stands, as officers ask for it; the values stand in the address."""

    WAITING = "di-meja"
    FREE = "belum-diambil"
    TAKEN = "dikerjakan"
    PAUSED = "menunggu-warga"
    REOPENED = "dibuka-kembali"
    LATE = "lewat"
    ONCE_LATE = "pernah-lewat"


@dataclass(frozen=True)
class WorkFilter:
    """What a list is narrowed to; empty parts narrow nothing.

    `topic` is a code or `NO_TOPIC`; `place` a code, with everything inside it; `unit` a code; `officer` an id or
    `NOBODY`; `outcome` one of `rules.Outcome`; `older_days`: filed at least so many days ago.
    """

    topic: str = ""
    place: str = ""
    kind: str = ""
    visibility: str = ""
    unit: str = ""
    officer: int | None = None
    standing: Standing | None = None
    outcome: str = ""
    older_days: int = 0

    def __bool__(self) -> bool:
        return self != EVERYTHING


@dataclass(frozen=True)
class Holder:
    """An officer who may hold cases of a unit."""

    id: int
    username: str
    name: str


EVERYTHING = WorkFilter()
_STAGES: Mapping[Standing, frozenset[Stage]] = {
    Standing.WAITING: frozenset({Stage.WAITING}),
    Standing.FREE: frozenset({Stage.ROUTED}),
    Standing.TAKEN: frozenset({Stage.TAKEN}),
    Standing.PAUSED: frozenset({Stage.ASKED}),
    Standing.REOPENED: frozenset({Stage.REOPENED}),
    # A paused case is not late, however old its promise: its clock stands.
    Standing.LATE: frozenset(Stage) - {Stage.ASKED, Stage.ANSWERED, Stage.CLOSED},
    Standing.ONCE_LATE: frozenset(Stage),
}


def stages_left(stages: frozenset[Stage], narrowed: WorkFilter) -> frozenset[Stage]:
    """Which of the stages of a list the filter leaves."""
    return stages & _STAGES[narrowed.standing] if narrowed.standing else stages


def conditions(narrowed: WorkFilter, *, at: datetime) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """What a row must fulfil beside the list's own condition, as SQL with values. Unit and officer stand elsewhere:
    they choose along which index a list is walked (`desk_queries.in_list`)."""
    parts: list[tuple[str, tuple[object, ...]]] = []
    for column, value in (("kind", narrowed.kind), ("visibility", narrowed.visibility), ("outcome", narrowed.outcome)):
        if value:
            parts.append((f"{column} = %s", (value,)))
    if narrowed.topic:
        parts.append(("topic_id IS NULL", ()) if narrowed.topic == NO_TOPIC else ("topic_id = %s", (narrowed.topic,)))
    if narrowed.place:
        parts.append(("(place_id = %s OR place_id LIKE %s)", (narrowed.place, f"{narrowed.place}.%")))
    if narrowed.officer == NOBODY:
        parts.append(("officer_id IS NULL", ()))
    if narrowed.standing is Standing.LATE:
        parts.append(("due_at < %s", (_when(at),)))
    if narrowed.standing is Standing.ONCE_LATE:
        parts.append(("broken", ()))
    if narrowed.older_days:
        parts.append(("filed_at <= %s", (_when(at - timedelta(days=narrowed.older_days)),)))
    return tuple(parts)


def _when(moment: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(moment)


def holders(unit_ids: tuple[int, ...]) -> tuple[Holder, ...]:
    """The active officers who work in these units, by name. Remembered for seconds: every list offers them."""
    return _holders(unit_ids) if unit_ids else ()


@remembered(seconds=20)
def _holders(unit_ids: tuple[int, ...]) -> tuple[Holder, ...]:
    working = Officer.objects.filter(
        is_active=True, grants__unit_id__in=unit_ids, grants__role__in=(Role.OFFICER, Role.HEAD, Role.TRIAGE)
    )
    return tuple(
        Holder(*values) for values in working.order_by("name", "id").distinct().values_list("id", "username", "name")
    )
