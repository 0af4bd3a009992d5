# SPDX-License-Identifier: EUPL-1.2
"""The thread of a case (LOOK): from the filing to the promise as one line with a knot for each act. Pure geometry.

A page draws it as SVG that is as wide as its column: along the line in percent of the width, across it in units of its
height, so that knots stay round on every screen. The words beside it say the same; a reader needs no picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import pi, sin

WIDTH = 640
HEIGHT = 44
MIDDLE = 22
SWING = 9
STEP = 2
# Knots nearer than this to the one before, in percent, would lie on top of each other and are drawn as one.
APART = 2.0


@dataclass(frozen=True)
class Knot:
    """An act on the thread: `x` in percent of the width ("37.5%"), `y` in units of the height."""

    x: str
    y: str


@dataclass(frozen=True)
class Thread:
    """What a template draws, with places along the line in percent.

    `tip_at` is the end of the part that is behind us, `goal_at` the promise. `late`: the used part goes beyond it.
    `ended`: answered or closed, so the used part no longer grows.
    """

    tip_at: float
    goal_at: float
    acts_at: tuple[float, ...]
    late: bool
    ended: bool

    @property
    def way(self) -> str:
        """The whole line as SVG path data."""
        return _path(0, 100)

    @property
    def used(self) -> str:
        """The part behind us, up to the promise, as SVG path data."""
        return _path(0, min(self.tip_at, self.goal_at))

    @property
    def over(self) -> str:
        """The part beyond the promise as SVG path data."""
        return _path(self.goal_at, max(self.tip_at, self.goal_at))

    @property
    def tip(self) -> Knot:
        """The end of the part behind us."""
        return _knot(self.tip_at)

    @property
    def goal(self) -> Knot:
        """The knot of the promise."""
        return _knot(self.goal_at)

    @property
    def knots(self) -> tuple[Knot, ...]:
        """The knots of the acts."""
        return tuple(_knot(x) for x in self.acts_at)


def drawn_thread(
    *,
    filed_at: datetime,
    due_at: datetime,
    at: datetime,
    ended_at: datetime | None = None,
    acts: Iterable[datetime] = (),
) -> Thread:
    """The thread of a case filed at `filed_at` and promised for `due_at`, seen at the moment `at`.

    `ended_at` is the answer, or the end without one; until then the used part reaches `at`. `acts` are the moments of
    what happened, in any order; what lies outside the drawn time is drawn at its end.
    """
    stop = at if ended_at is None else ended_at
    last = max(due_at, stop)
    whole = max((last - filed_at).total_seconds(), 1.0)

    def place(moment: datetime) -> float:
        return 100 * min(1.0, max(0.0, (moment - filed_at).total_seconds() / whole))

    return Thread(
        tip_at=place(stop),
        goal_at=place(due_at),
        acts_at=tuple(_apart(place(act) for act in acts)),
        late=stop > due_at,
        ended=ended_at is not None,
    )


def _height(x: float) -> float:
    """Where the line is at `x` percent: one and a half calm waves."""
    return MIDDLE + SWING * sin(pi * x * 3 / 100)


def _knot(x: float) -> Knot:
    return Knot(x=f"{x:.1f}%", y=f"{_height(x):.1f}")


def _path(start: float, end: float) -> str:
    """The line from `start` to `end` percent as a chain of short straight pieces."""
    marks = [start, *(float(x) for x in range(0, 101, STEP) if start < x < end), end]
    return "M" + "L".join(f"{x * WIDTH / 100:.0f} {_height(x):.1f}" for x in marks)


def _apart(places: Iterable[float]) -> list[float]:
    kept: list[float] = []
    for x in sorted(places):
        if not kept or x - kept[-1] >= APART:
            kept.append(x)
    return kept
