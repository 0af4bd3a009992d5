# SPDX-License-Identifier: EUPL-1.2
"""The geometry of the thread: everything lies on it, in the order of time, and late is beyond the promise."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from melayani.cases.thread import APART, HEIGHT, Thread, drawn_thread
from tests.conftest import MONDAY

MOMENTS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)).map(lambda after: MONDAY + after)


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(" ") for pair in path.removeprefix("M").split("L"))]


@given(
    due=MOMENTS.map(lambda moment: moment + timedelta(minutes=1)),
    at=MOMENTS,
    ended=st.none() | MOMENTS,
    acts=st.lists(MOMENTS, max_size=8),
)
def test_everything_lies_on_the_line(due: datetime, at: datetime, ended: datetime | None, acts: list[datetime]) -> None:
    thread = drawn_thread(filed_at=MONDAY, due_at=due, at=at, ended_at=ended, acts=acts)
    assert thread.late == ((ended or at) > due)
    assert thread.ended == (ended is not None)
    assert all(0 <= x <= 100 for x in (thread.tip_at, thread.goal_at, *thread.acts_at))
    assert list(thread.acts_at) == sorted(thread.acts_at)
    assert all(b - a >= APART for a, b in zip(thread.acts_at, thread.acts_at[1:], strict=False))
    for path in (thread.way, thread.used, thread.over):
        assert all(0 <= y <= HEIGHT for _x, y in points(path))
        assert [x for x, _y in points(path)] == sorted(x for x, _y in points(path))
    assert (thread.goal_at < 100) <= thread.late


def at_day(day: int) -> Thread:
    return drawn_thread(filed_at=MONDAY, due_at=MONDAY + timedelta(days=10), at=MONDAY + timedelta(days=day))


def test_half_of_the_time_is_half_of_the_line() -> None:
    assert (at_day(5).tip.x, at_day(5).goal.x) == ("50.0%", "100.0%")
    assert (at_day(20).tip.x, at_day(20).goal.x, at_day(20).late) == ("100.0%", "50.0%", True)
    assert points(at_day(20).used)[-1][0] == points(at_day(20).over)[0][0] == 320
    assert points(at_day(0).used)[-1][0] == 0


def test_knots_lie_on_the_curve_that_is_drawn() -> None:
    thread = drawn_thread(
        filed_at=MONDAY,
        due_at=MONDAY + timedelta(days=10),
        at=MONDAY,
        acts=[MONDAY + timedelta(days=d) for d in range(10)],
    )
    heights = dict(points(thread.way))
    for knot in thread.knots:
        x = float(knot.x.removesuffix("%")) * 6.4
        assert abs(heights[round(x)] - float(knot.y)) < 0.2
