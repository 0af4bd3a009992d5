# SPDX-License-Identifier: EUPL-1.2
"""A remembered answer is not asked for again until it is forgotten."""

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
