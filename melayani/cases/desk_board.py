# SPDX-License-Identifier: EUPL-1.2
"""A unit at a glance, for its head: who holds how much, what was answered lately, and the open cases side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from melayani.cases.desk_queries import SOON
from melayani.cases.desk_walks import Condition, Selection, listed
from melayani.cases.models import Case
from melayani.cases.queries import moment_read
from melayani.cases.rules import WORKING_STAGES, Stage
from melayani.government.queries import unit_row
from melayani.ground.memo import remembered

MOST_ON_BOARD = 40
LATELY_DAYS = 30
# Cases promised longer ago than this are not looked at for what was answered lately: there are too many old ones.
_PROMISED_WITHIN = timedelta(days=365)


@dataclass(frozen=True)
class Load:
    """What an officer holds of the open cases of a unit; `officer_id` None = what nobody of the unit has taken on.

    `paused`: waiting for the citizen, so neither soon nor overdue. `reopened`: with the head, not yet given to anybody.
    """

    officer_id: int | None
    open: int = 0
    soon: int = 0
    overdue: int = 0
    paused: int = 0
    reopened: int = 0


@dataclass(frozen=True)
class BoardRow:
    """An open case on the board of its unit."""

    id: int
    number: str
    title: str
    place_name: str
    officer_name: str
    stage: str
    filed_at: datetime
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


_NAMES = tuple(field.name for field in fields(BoardRow))
_FIRST_MOMENT = _NAMES.index("filed_at")
_COLUMNS = Selection(
    columns=", ".join("COALESCE(o.name, '')" if name == "officer_name" else f"c.{name}" for name in _NAMES),
    due=_NAMES.index("due_at"),
    joins=" LEFT JOIN government_officer AS o ON o.id = c.officer_id",
)


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
            paused=Count("id", filter=Q(stage=Stage.ASKED)),
            reopened=Count("id", filter=Q(stage=Stage.REOPENED)),
        )
    )
    return tuple(Load(*values) for values in loads)


def answered_lately(*, unit: str, at: datetime) -> Mapping[int | None, int]:
    """By officer, how many cases of the unit were answered in the last 30 days and not reopened since.

    Remembered for a minute. Of cases promised within the last year.
    """
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return _answered_since(unit_row(unit).id, hour - timedelta(days=LATELY_DAYS))


@remembered(seconds=60)
def _answered_since(unit_id: int, since: datetime) -> Mapping[int | None, int]:
    answered = Case.objects.filter(
        unit_id=unit_id,
        stage__in=(Stage.ANSWERED, Stage.CLOSED),
        due_at__gte=since - _PROMISED_WITHIN,
        answered_at__gte=since,
    )
    return dict(answered.order_by().values_list("officer_id").annotate(answered=Count("id")))


def board_rows(*, unit: str, at: datetime) -> tuple[BoardRow, ...]:
    """The open cases of the unit with the nearest promises, at most 40. One statement."""
    found = listed(
        selection=_COLUMNS,
        condition=Condition(column="unit_id", owners=(unit_row(unit).id,), stages=tuple(sorted(WORKING_STAGES))),
        newest_first=False,
        at=at,
        after="",
        limit=MOST_ON_BOARD,
    )
    return tuple(map(_board_row, found.rows))


def _board_row(values: Sequence[Any]) -> BoardRow:
    facts = [*values[:_FIRST_MOMENT], *map(moment_read, values[_FIRST_MOMENT:])]
    return BoardRow(*facts)
