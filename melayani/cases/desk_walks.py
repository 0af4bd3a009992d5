# SPDX-License-Identifier: EUPL-1.2
"""How a work list is read: along the index of its unit or officer, nearest promise first, never all of a big table.

By hand, because no queryset says it and fifty rows by the ORM cost more than the whole page (PERF). A few holders are
walked one by one, each to the end of the page. Many holders, or a filter that most rows may fail, are read through a
window in time instead, so narrow that it holds no more rows than are to be looked at; what lies beyond is the next
page's, and the page says how far it has looked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from melayani.cases.queries import moment_read, read_cursor
from melayani.ground.clock import jakarta

# Beyond this many pairs of holder and stage a window is cheaper than walking them all.
MOST_WALKS = 60
# How many rows a page looks at for a filter before it says that there is more to look at.
MOST_EXAMINED = 10_000
_STEPS = tuple(timedelta(days=3**power) for power in range(8))
_EVER = timedelta(days=36_500)
_LAST_ID = 2**63 - 1
_ALL = 1_000_000_000
# What a filter may ask of a row (`desk_filters.conditions`).
_NARROWED = "id, due_at, unit_id, officer_id, kind, visibility, outcome, topic_id, place_id, broken, filed_at"


@dataclass(frozen=True)
class Condition:
    """Which cases stand in a list: whose they are, in which stages, and what else must hold.

    `column` is "unit_id" or "officer_id", `owners` its values (None = every unit). `due` bounds the promise and
    `narrowing` is what a filter adds, both as (condition, values).
    """

    column: str
    owners: tuple[int, ...] | None
    stages: tuple[str, ...]
    due: tuple[tuple[str, tuple[object, ...]], ...] = ()
    narrowing: tuple[tuple[str, tuple[object, ...]], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether no case can stand in it."""
        return self.owners == () or not self.stages

    @property
    def walks(self) -> int:
        """Along how many stretches of the index it lies."""
        return MOST_WALKS + 1 if self.owners is None else len(self.owners) * len(self.stages)

    def where(self) -> tuple[str, list[Any]]:
        """Owners, stages and promise as one condition that an index answers, without the filter."""
        owners = "SELECT id FROM government_unit" if self.owners is None else ", ".join(map(str, self.owners))
        marks = ", ".join(["%s"] * len(self.stages))
        due, values = _joined(self.due)
        return f"{self.column} IN ({owners}) AND stage IN ({marks}){due}", [*self.stages, *values]


@dataclass(frozen=True)
class Selection:
    """What is read of each row: columns of `cases_case AS c`, and tables joined to it.

    The id comes first; `due` says at which place the promise stands.
    """

    columns: str
    due: int
    joins: str = ""


@dataclass(frozen=True)
class Found:
    """Raw rows; `after` is where the next page starts (empty = nothing more).

    `until`: only what is promised before the beginning of this day was looked at (newest first: since it).
    """

    rows: tuple[Sequence[Any], ...]
    after: str
    until: datetime | None = None


def listed(
    *, selection: Selection, condition: Condition, newest_first: bool, at: datetime, after: str, limit: int
) -> Found:
    """The next rows of a list beyond the cursor, by promise and id.

    One statement; with a filter two, and three where there is more to look at than one page does. A cursor that is not
    ours starts from the first page.
    """
    if condition.empty:
        return Found(rows=(), after="")
    walk = _Walk(condition=condition, newest_first=newest_first, start=_start(after, at=at), at=at)
    edge: datetime | None = None
    if condition.narrowing:
        if _asked(*walk.rest(most=MOST_EXAMINED + 1)) > MOST_EXAMINED:
            edge = moment_read(_asked(*walk.edge(most=MOST_EXAMINED)))
        near, values = walk.window(edge=edge, limit=limit + 1)
    elif condition.walks > MOST_WALKS:
        near, values = walk.window_of(least=limit + 1, limit=limit + 1)
    else:
        near, values = walk.side_by_side(limit=limit + 1)
    rows = _rows(selection, near, values, walk.order)
    if len(rows) > limit:
        return Found(rows=rows[:limit], after=_cursor(moment_read(rows[limit - 1][selection.due]), rows[limit - 1][0]))
    if edge is None:
        return Found(rows=rows, after="")
    return Found(rows=rows, after=_cursor(edge, 0 if newest_first else _LAST_ID), until=edge)


def _rows(selection: Selection, near: str, values: Sequence[Any], order: str) -> tuple[Sequence[Any], ...]:
    """The whole rows of the few that `near` names: only they are fetched from the table."""
    statement = (
        f"SELECT {selection.columns} FROM ({near}) AS near"  # noqa: S608  # fixed text, values apart
        f" JOIN cases_case AS c ON c.id = near.id{selection.joins} ORDER BY {order}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(cursor.fetchall())


def _asked(statement: str, values: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {statement}", values)
        return cursor.fetchone()[0]


@dataclass(frozen=True)
class _Walk:
    """The reading of one page: its condition, direction and start."""

    condition: Condition
    newest_first: bool
    start: tuple[datetime, int] | None
    at: datetime

    @property
    def order(self) -> str:
        return "near.due_at DESC, near.id DESC" if self.newest_first else "near.due_at, near.id"

    def side_by_side(self, *, limit: int) -> tuple[str, list[Any]]:
        """One walk for each owner and stage, each a stretch of the index that stops after `limit` rows, merged."""
        due, due_values = _joined(self.condition.due)
        beyond, start = self._beyond()
        order = self.order.replace("near.", "")
        part = (
            f"SELECT * FROM (SELECT id, due_at FROM cases_case WHERE {self.condition.column} = %s AND stage = %s"  # noqa: S608  # fixed text, values apart
            f"{due}{beyond} ORDER BY {order} LIMIT %s) AS walk"
        )
        pairs = [(owner, stage) for owner in self.condition.owners or () for stage in self.condition.stages]
        values = [value for pair in pairs for value in (*pair, *due_values, *start, limit)]
        return f"{' UNION ALL '.join([part] * len(pairs))} ORDER BY {order} LIMIT %s", [*values, limit]

    def window(self, *, edge: datetime | None, limit: int) -> tuple[str, list[Any]]:
        """The rows up to the edge (None = all) that pass the filter."""
        within, values = ("", []) if edge is None else (f" AND due_at {self._up_to} %s", [_when(edge)])
        return self._through(within, values, limit=limit)

    def window_of(self, *, least: int, limit: int) -> tuple[str, list[Any]]:
        """The first rows of very many walks: those up to the first edge that has at least so many, or all."""
        cases, values = self._counted([(edge, edge) for edge in self._edges()], f">= {least}", most=least)
        within = f" AND due_at {self._up_to} (SELECT CASE {cases} ELSE %s END)"
        return self._through(within, [*values, _when(self.at + self._sign * _EVER)], limit=limit)

    def rest(self, *, most: int) -> tuple[str, list[Any]]:
        """An expression: how many rows there are beyond the cursor, counted up to `most`."""
        where, own = self.condition.where()
        beyond, start = self._beyond()
        seen = f"SELECT 1 FROM cases_case WHERE {where}{beyond} LIMIT %s"  # noqa: S608  # fixed text, values apart
        return f"COUNT(*) FROM ({seen}) AS seen", [*own, *start, most]

    def edge(self, *, most: int) -> tuple[str, list[Any]]:
        """An expression: the farthest edge with at most so many rows before it, at least the nearest one."""
        tried = self._edges()
        pairs = [(edge, tried[max(place - 1, 0)]) for place, edge in enumerate(tried)]
        cases, values = self._counted(pairs, f"> {most}", most=most + 1)
        return f"CASE {cases} ELSE %s END", [*values, _when(tried[-1])]

    def _counted(self, pairs: Sequence[tuple[datetime, datetime]], test: str, *, most: int) -> tuple[str, list[Any]]:
        """`WHEN` the rows up to the first moment of a pair, counted up to `most`, pass the test, its second moment."""
        where, own = self.condition.where()
        beyond, start = self._beyond()
        seen = f"SELECT 1 FROM cases_case WHERE {where}{beyond} AND due_at {self._up_to} %s LIMIT %s"  # noqa: S608  # fixed text, values apart
        case = f"WHEN (SELECT COUNT(*) FROM ({seen}) AS seen) {test} THEN %s"  # noqa: S608  # as above
        values = [v for upper, then in pairs for v in (*own, *start, _when(upper), most, _when(then))]
        return " ".join([case] * len(pairs)), values

    def _through(self, within: str, within_values: Sequence[Any], *, limit: int) -> tuple[str, list[Any]]:
        """The rows of a stretch of time, found along the index first and only then held against the filter.

        The limit inside keeps the two apart: a planner that expects few matches would rather read the whole table.
        """
        where, values = self.condition.where()
        beyond, start = self._beyond()
        narrowing, narrow_values = _joined(self.condition.narrowing)
        stretch = f"SELECT {_NARROWED} FROM cases_case WHERE {where}{beyond}{within} LIMIT {_ALL}"  # noqa: S608  # fixed text, values apart
        return (
            f"SELECT id, due_at FROM ({stretch}) AS looked WHERE 1 = 1{narrowing}"  # noqa: S608  # as above
            f" ORDER BY {self.order.replace('near.', '')} LIMIT %s",
            [*values, *start, *within_values, *narrow_values, limit],
        )

    @property
    def _sign(self) -> int:
        return -1 if self.newest_first else 1

    @property
    def _up_to(self) -> str:
        return ">=" if self.newest_first else "<="

    def _beyond(self) -> tuple[str, list[Any]]:
        if self.start is None:
            return "", []
        return f" AND (due_at, id) {'<' if self.newest_first else '>'} (%s, %s)", [_when(self.start[0]), self.start[1]]

    def _edges(self) -> list[datetime]:
        """Beginnings of days at growing distance from the cursor, or from long ago to long from now around today.

        In the order of the list. Promises end with their day, so a page can say which days it has looked at.
        """
        day = jakarta(self.at if self.start is None else self.start[0]).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        ahead = [day + self._sign * step for step in _STEPS]
        if self.start is not None:
            return ahead
        return [*(day - self._sign * step for step in reversed(_STEPS)), day, *ahead]


def _start(cursor: str, *, at: datetime) -> tuple[datetime, int] | None:
    """Where the page starts; None for a cursor that no list of ours can have written."""
    found = read_cursor(cursor)
    return found if found is not None and abs(found[0] - at) < _EVER else None


def _joined(parts: Sequence[tuple[str, tuple[object, ...]]]) -> tuple[str, list[Any]]:
    """All parts must hold: " AND ..." with their values."""
    return "".join(f" AND {part}" for part, _ in parts), [value for _, values in parts for value in values]


def _when(moment: datetime) -> Any:
    """A moment as the database compares it."""
    return connection.ops.adapt_datetimefield_value(moment)


def _cursor(moment: datetime | None, last: int) -> str:
    assert moment is not None  # noqa: S101  # the column is never null
    return f"{int(moment.timestamp() * 1_000_000)}-{last}"
