# SPDX-License-Identifier: EUPL-1.2
"""The calendar: versions, regions, weekends, and the properties a promise rests on."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.government.calendars import Calendar, DayFact, Due, MomentRefused, due_of, working_days_of
from melayani.ground.working_days import DaysRefused
from tests.conftest import MONDAY

FRIDAY = date(2026, 1, 16)


def fact(
    day: date = FRIDAY, *, region: str = "", kind: str = "national", name: str = "Libur", version: int = 1
) -> DayFact:
    return DayFact(date=day, region_code=region, kind=kind, name=name, version=version)


def calendar(*facts: DayFact, region: str = "35.07", known: Iterable[int] = (2026,)) -> Calendar:
    return Calendar(facts=facts, known_years=known, region_code=region)


def test_weekends_and_holidays_have_reasons() -> None:
    easter = date(2026, 4, 5)
    days = calendar(fact(), fact(easter, name="Kebangkitan Yesus Kristus"))
    assert days.reason(FRIDAY) == "Libur"
    assert days.reason(date(2026, 1, 17)) == "Sabtu"
    assert days.reason(easter) == "Minggu, Kebangkitan Yesus Kristus"
    assert days.reason(date(2026, 1, 15)) is None


def test_the_highest_version_holds_whatever_the_order() -> None:
    facts = [fact(), fact(kind="working", name="", version=3), fact(name="Lain", version=2)]
    assert calendar(*facts).reason(FRIDAY) is None
    assert calendar(*reversed(facts)).reason(FRIDAY) is None
    assert calendar(*facts, fact(name="Kembali libur", version=4)).reason(FRIDAY) == "Kembali libur"


def test_local_days_hold_in_their_region_and_what_lies_in_it() -> None:
    local = fact(region="35.07", kind="local", name="Hari jadi")
    assert calendar(local, region="35.07").reason(FRIDAY) == "Hari jadi"
    for elsewhere in ("35.73", "35", "", "35.0"):
        assert calendar(local, region=elsewhere).reason(FRIDAY) is None
    provincial = fact(region="35", kind="local", name="Pemilihan gubernur")
    assert calendar(provincial, region="35.07").reason(FRIDAY) == "Pemilihan gubernur"
    assert calendar(provincial, region="").reason(FRIDAY) is None


def test_a_region_takes_back_its_own_day_but_no_national_one() -> None:
    own = fact(region="35.07", kind="local", name="Hari jadi")
    back = fact(region="35.07", kind="working", name="", version=2)
    assert calendar(own, back).reason(FRIDAY) is None
    assert calendar(fact(), back).reason(FRIDAY) == "Libur"


def test_a_weekend_stays_free() -> None:
    saturday = date(2026, 1, 17)
    assert calendar(fact(saturday), fact(saturday, kind="working", version=2)).reason(saturday) == "Sabtu"


def test_the_version_is_that_of_all_facts() -> None:
    assert calendar().version == 0
    assert calendar(fact(version=2), fact(region="35.73", kind="local", version=7)).version == 7


def test_years_without_a_decree_are_provisional() -> None:
    days = calendar(known=(2025, 2026))
    assert [days.provisional(year) for year in (2024, 2025, 2026, 2027)] == [True, False, False, True]


def due(days: int, *, filed_at: datetime = MONDAY, basis: str = "WORKING", on: Calendar | None = None) -> Due:
    return due_of(filed_at=filed_at, days=days, basis=basis, calendar=on or calendar(fact()))


def test_a_promise_ends_with_the_day_in_jakarta() -> None:
    told = due(14)
    assert told.at.isoformat() == "2026-01-26T23:59:59+07:00"
    assert (FRIDAY, "Libur") in told.skipped
    assert len(told.skipped) == 7
    assert (told.provisional, told.calendar_version) == (False, 1)


def test_the_filing_day_is_the_one_in_jakarta() -> None:
    # 18:30 in London on Monday is already Tuesday 01:30 in Jakarta.
    evening = datetime(2026, 1, 5, 18, 30, tzinfo=UTC)
    assert due(1, filed_at=evening).at.date() == date(2026, 1, 7)
    same = evening.astimezone(timezone(timedelta(hours=-9)))
    assert due(1, filed_at=same) == due(1, filed_at=evening)


def test_calendar_days_ignore_the_calendar() -> None:
    told = due(30, basis="CALENDAR")
    assert told.at.isoformat() == "2026-02-04T23:59:59+07:00"
    assert told.skipped == ()


def test_only_the_way_after_the_filing_day_makes_a_promise_provisional() -> None:
    known = calendar(known=(2026,))
    assert due(0, filed_at=datetime(2025, 12, 31, 9, tzinfo=UTC), on=known).provisional
    assert not due(1, filed_at=datetime(2025, 12, 31, 9, tzinfo=UTC), on=known).provisional
    assert due(1, filed_at=datetime(2026, 12, 31, 9, tzinfo=UTC), on=known).provisional
    assert due(700, on=known).provisional


@pytest.mark.parametrize("basis", ["WORKING", "CALENDAR"])
@pytest.mark.parametrize("days", [-1, 1001, True])
def test_days_outside_are_refused(basis: str, days: int) -> None:
    with pytest.raises(DaysRefused):
        due(days, basis=basis)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 5, 9),  # noqa: DTZ001  # the missing offset is what is tested
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_moments_without_offset_or_at_the_end_of_time_are_refused(moment: datetime) -> None:
    with pytest.raises(MomentRefused):
        due(1, filed_at=moment)
    with pytest.raises(MomentRefused):
        working_days_of(start=moment, end=MONDAY, calendar=calendar())


def test_the_last_days_of_the_calendar_are_refused_not_crashed() -> None:
    late = datetime(9999, 12, 30, 9, tzinfo=UTC)
    with pytest.raises(DaysRefused):
        due(5, filed_at=late)
    with pytest.raises(MomentRefused):
        due(5, filed_at=late, basis="CALENDAR")


def test_an_unknown_basis_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unknown basis"):
        due(1, basis="HARI")


# Properties

days_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
facts_2026 = st.lists(
    st.builds(
        fact,
        days_2026,
        region=st.sampled_from(["", "35", "35.07", "35.73"]),
        kind=st.sampled_from(["national", "local", "working"]),
        version=st.integers(1, 5),
    ),
    max_size=60,
    unique_by=lambda fact: (fact.date, fact.region_code, fact.version),
)
filings = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
Reason = Callable[[date], str | None]


def check_due_day_is_a_working_day(told: Due, reason: Reason) -> None:
    """The due day is worked, every skipped day is free, and nothing between is forgotten."""
    assert reason(told.at.date()) is None
    for day, why in told.skipped:
        assert reason(day) == why


@given(facts_2026, filings, st.integers(1, 60))
def test_the_due_day_is_a_working_day(facts: list[DayFact], filed_at: datetime, days: int) -> None:
    on = calendar(*facts)
    check_due_day_is_a_working_day(due(days, filed_at=filed_at, on=on), on.reason)


class SixDayWeek(Calendar):
    """The broken variant: works on Saturdays."""

    def reason(self, day: date) -> str | None:
        return None if day.weekday() == 5 else super().reason(day)


def test_control_a_six_day_week_is_caught() -> None:
    friday = datetime(2026, 1, 9, 9, tzinfo=UTC)
    told = due(1, filed_at=friday, on=SixDayWeek(facts=(), known_years=(2026,)))
    with pytest.raises(AssertionError):
        check_due_day_is_a_working_day(told, calendar().reason)


@given(facts_2026, filings, st.integers(1, 59))
def test_more_days_are_never_due_earlier(facts: list[DayFact], filed_at: datetime, days: int) -> None:
    on = calendar(*facts)
    assert due(days, filed_at=filed_at, on=on).at < due(days + 1, filed_at=filed_at, on=on).at


@given(facts_2026, filings, st.integers(1, 60), days_2026)
def test_a_further_free_day_never_shortens_a_promise(
    facts: list[DayFact], filed_at: datetime, days: int, day: date
) -> None:
    before = due(days, filed_at=filed_at, on=calendar(*facts))
    after = due(days, filed_at=filed_at, on=calendar(*facts, fact(day, version=9)))
    assert after.at >= before.at
    assert after.calendar_version == 9


@given(facts_2026, filings, st.integers(0, 60))
def test_counting_gives_back_what_was_added(facts: list[DayFact], filed_at: datetime, days: int) -> None:
    on = calendar(*facts)
    told = due(days, filed_at=filed_at, on=on)
    assert working_days_of(start=filed_at, end=told.at, calendar=on) == days
    assert working_days_of(start=told.at, end=filed_at, calendar=on) == -days


@given(facts_2026, days_2026)
def test_a_region_sees_only_what_holds_there(facts: list[DayFact], day: date) -> None:
    there = [fact for fact in facts if fact.region_code in ("", "35", "35.07")]
    assert calendar(*facts).reason(day) == calendar(*there).reason(day)
