# SPDX-License-Identifier: EUPL-1.2
"""How often something may be tried: a burst, then slowly more; shared by all workers, and nobody can be found in it."""

import os
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.budget import Budget, forget_budgets
from tests.conftest import MONDAY


def tried(budget: Budget, times: int, *name: str, at: datetime = MONDAY) -> int:
    """How many of these tries fit."""
    fitted = 0
    for _ in range(times):
        if budget.wait(*name, at=at) == 0:
            budget.spend(*name, at=at)
            fitted += 1
    return fitted


def test_a_burst_fits_then_one_more_each_so_many_seconds() -> None:
    budget = Budget(burst=10, every=90)
    assert tried(budget, 20, "number", "address") == 10
    assert budget.wait("number", "address", at=MONDAY) == 90
    assert budget.wait("number", "address", at=MONDAY + timedelta(seconds=60)) == 30
    later = MONDAY + timedelta(seconds=90)
    assert tried(budget, 20, "number", "address", at=later) == 1
    assert tried(budget, 20, "number", "address", at=MONDAY + timedelta(hours=1)) == 10


def test_trying_on_in_vain_does_not_make_the_wait_longer() -> None:
    budget = Budget(burst=3, every=10)
    for _ in range(100):
        budget.spend("x", at=MONDAY)
    assert budget.wait("x", at=MONDAY) == 10


def test_names_are_apart_and_their_parts_too() -> None:
    budget = Budget(burst=2, every=10)
    assert tried(budget, 5, "ab", "c") == 2
    for name in (("a", "bc"), ("abc",), ("ab",), ("ab", "c", ""), ("\ud800", "\x00")):
        assert budget.wait(*name, at=MONDAY) == 0


def test_less_can_be_allowed_than_usual() -> None:
    budget = Budget(burst=10, every=90)
    assert budget.wait("x", at=MONDAY, burst=1) == 0
    budget.spend("x", at=MONDAY)
    assert budget.wait("x", at=MONDAY, burst=1) == 90
    assert budget.wait("x", at=MONDAY) == 0


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    budget = Budget(burst=2, every=10)
    tried(budget, 2, "x", at=MONDAY)
    before = MONDAY - timedelta(days=1)
    assert budget.wait("x", at=before) == 0
    assert tried(budget, 5, "x", at=before) == 2


def test_a_request_that_counts_late_does_not_empty_what_others_filled() -> None:
    """Many at once take their moment, work a while, and count in any order. The control: a day back is a set clock."""
    budget = Budget(burst=8, every=112)
    for _ in range(60):
        budget.spend("x", at=MONDAY)
    budget.spend("x", at=MONDAY - timedelta(seconds=0.3))
    assert budget.wait("x", at=MONDAY) == 112
    assert budget.wait("x", at=MONDAY - timedelta(seconds=0.3)) == 112
    budget.spend("x", at=MONDAY - timedelta(days=1))
    assert budget.wait("x", at=MONDAY - timedelta(days=1)) == 0


def test_a_stranger_who_shares_one_cell_is_not_shut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name has two cells and the emptier one counts; the control has one cell for each name."""

    whole = Budget._cells_of

    def shut_out(budget: Budget) -> int:
        tried(budget, 10, "guesser")
        mine = set(whole(budget, ("guesser",)))
        names = [str(number) for number in range(400)]
        cells = {name: set(whole(budget, (name,))) for name in names}
        strangers = [name for name in names if len(cells[name]) == 2 and len(cells[name] & mine) == 1]
        assert len(strangers) > 20
        return sum(budget.wait(name, at=MONDAY) > 0 for name in strangers)

    assert shut_out(Budget(burst=2, every=10, cells=16)) == 0
    monkeypatch.setattr(Budget, "_cells_of", lambda self, name: (whole(self, name)[0],) * 2)
    assert shut_out(Budget(burst=2, every=10, cells=16)) > 0


def test_all_budgets_can_be_forgotten() -> None:
    budget = Budget(burst=1, every=10)
    tried(budget, 1, "x")
    forget_budgets()
    assert budget.wait("x", at=MONDAY) == 0


@given(st.lists(st.floats(0, 50), max_size=60))
def test_never_more_than_the_burst_and_what_time_has_added(pauses: list[float]) -> None:
    budget, at, fitted = Budget(burst=4, every=10, cells=64), MONDAY, 0
    for pause in pauses:
        at += timedelta(seconds=pause)
        fitted += tried(budget, 1, "x", at=at)
    assert fitted <= 4 + (at - MONDAY).total_seconds() / 10 + 1e-6


def in_a_child(budget: Budget, times: int) -> int:
    """How many tries fit in a forked process."""
    child = os.fork()
    if child == 0:
        os._exit(tried(budget, times, "shared"))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Private(Budget):
    """The control: as a limit in the memory of one process would be."""

    def __init__(self, *, burst: int, every: float) -> None:
        super().__init__(burst=burst, every=every)
        self._cells = memoryview(bytearray(len(self._memory))).cast("d")


@pytest.mark.parametrize(("kind", "in_second"), [(Budget, 2), (Private, 5)])
def test_workers_share_what_was_there_before_they_forked(kind: type[Budget], in_second: int) -> None:
    budget = kind(burst=5, every=60)
    assert in_a_child(budget, 3) == 3
    assert in_a_child(budget, 9) == in_second


def test_neither_names_nor_moments_of_single_tries_stand_in_the_memory() -> None:
    budget = Budget(burst=100, every=1)
    for second in range(30):
        budget.spend("10.1.2.3", at=MONDAY + timedelta(seconds=second))
    kept = bytes(budget._memory)
    assert b"10.1.2.3" not in kept
    # Thirty tries have left one number, in two cells.
    assert len({cell for cell in memoryview(kept).cast("d") if cell}) == 1
    again = Budget(burst=100, every=1)
    assert set(budget._cells_of(("10.1.2.3",))) != set(again._cells_of(("10.1.2.3",)))
