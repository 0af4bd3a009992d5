# SPDX-License-Identifier: EUPL-1.2
"""A remembered answer is not asked for again until it is forgotten."""

import pytest

from melayani.ground import memo
from melayani.ground.memo import forget_all, remembered


def test_remembers_by_arguments_and_forgets() -> None:
    calls: list[int] = []

    @remembered(seconds=60)
    def double(number: int) -> int:
        calls.append(number)
        return number * 2

    assert [double(1), double(1), double(2)] == [2, 2, 4]
    assert calls == [1, 2]
    forget_all()
    assert double(1) == 2
    assert calls == [1, 2, 1]


def test_control_zero_seconds_remembers_nothing() -> None:
    calls: list[int] = []

    @remembered(seconds=0)
    def one() -> int:
        calls.append(1)
        return 1

    one()
    one()
    assert len(calls) == 2


def test_what_is_kept_long_is_read_anew_when_its_mark_is_another() -> None:
    calls: list[int] = []
    marks = [1]

    @remembered(seconds=3600, while_same=lambda: marks[-1])
    def costly() -> int:
        calls.append(marks[-1])
        return len(calls)

    assert [costly(), costly()] == [1, 1]
    marks.append(2)
    assert [costly(), costly()] == [2, 2]
    assert calls == [1, 2]


def test_control_without_a_mark_it_would_stay() -> None:
    calls: list[int] = []

    @remembered(seconds=3600)
    def costly() -> int:
        calls.append(1)
        return len(calls)

    assert [costly(), costly()] == [1, 1]


def test_outdated_answers_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that holds an hour is never asked for again. The control: what is still true stays."""
    monkeypatch.setattr(memo, "MANY", 4)
    moment = [0.0]
    monkeypatch.setattr("melayani.ground.memo.time.monotonic", lambda: moment[0])
    asked: list[int] = []

    @remembered(seconds=10)
    def of_hour(hour: int) -> int:
        asked.append(hour)
        return hour

    for hour in range(20):
        moment[0] = hour * 4.0
        of_hour(hour)
    kept = max((memory for memory in memo._memories if ((19,), ()) in memory), key=len)
    assert list(kept) == [((hour,), ()) for hour in (16, 17, 18, 19)]
    of_hour(18)
    assert asked[-1] == 19
