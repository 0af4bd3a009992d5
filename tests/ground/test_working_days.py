# SPDX-License-Identifier: EUPL-1.2
"""Working days: known answers and properties over random calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.working_days import (
    DaysRefused,
    add_working_days,
    count_working_days,
    end_of_day,
    weekend_reason,
)

START = date(2026, 1, 5)


def january(day: date) -> str | None:
    return weekend_reason(day) or {date(2026, 1, 16): "Isra Mikraj"}.get(day)


def test_fourteen_days_over_a_holiday() -> None:
    due = add_working_days(start=START, days=14, is_free=january)
    assert due.date == date(2026, 1, 26)
    assert (date(2026, 1, 16), "Isra Mikraj") in due.skipped
    assert len(due.skipped) == 7
    assert end_of_day(due.date).isoformat() == "2026-01-26T23:59:59+07:00"


@pytest.mark.parametrize("filed", [date(2026, 1, 9), date(2026, 1, 10), date(2026, 1, 11)])
def test_a_filing_on_a_free_day_counts_from_the_next_working_day(filed: date) -> None:
    assert add_working_days(start=filed, days=1, is_free=january).date == date(2026, 1, 12)


@pytest.mark.parametrize("days", [-1, 1001, True])
def test_days_out_of_range_are_refused(days: int) -> None:
    with pytest.raises(DaysRefused):
        add_working_days(start=START, days=days, is_free=january)


def test_a_calendar_without_working_days_and_the_end_of_time_are_refused() -> None:
    with pytest.raises(DaysRefused):
        add_working_days(start=START, days=1, is_free=lambda _: "libur")
    with pytest.raises(DaysRefused):
        add_working_days(start=date.max, days=1, is_free=weekend_reason)


calendars = st.sets(st.integers(0, 80), max_size=25)


@given(st.integers(1, 30), calendars, st.integers(0, 80))
def test_properties(days: int, free: set[int], extra: int) -> None:
    def is_free(day: date, free: set[int] = free) -> str | None:
        return weekend_reason(day) or ("libur" if (day - START).days in free else None)

    due = add_working_days(start=START, days=days, is_free=is_free)
    assert is_free(due.date) is None
    assert count_working_days(start=START, end=due.date, is_free=is_free) == days
    assert add_working_days(start=START, days=days + 1, is_free=is_free).date > due.date
    assert (due.date - START).days == days + len(due.skipped)
    more = free | {extra}
    assert add_working_days(start=START, days=days, is_free=lambda day: is_free(day, more)).date >= due.date
    assert count_working_days(start=due.date, end=START, is_free=is_free) == -days
    assert START + timedelta(days=0) == add_working_days(start=START, days=0, is_free=is_free).date
