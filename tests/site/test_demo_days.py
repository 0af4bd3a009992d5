# SPDX-License-Identifier: EUPL-1.2
"""When the demo stories happen, on days that are hard for them: no free day, no future, believable times."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from melayani.ground.clock import jakarta
from melayani.site.demo_cases import is_free_in, tell_stories
from melayani.site.demo_days import (
    CLOSES,
    OPENS,
    Story,
    first_day,
    in_office_hours,
    in_season,
    planned_stories,
    planned_story,
)
from melayani.site.demo_stories import OFFICERS_ACTS, FiledOn, told_stories
from tests.site.demo_promises import check_promises

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STORIES = told_stories()
# A Monday after long holidays, the middle of Eid, an ordinary Tuesday, mid-year; a Sunday night and a New Year's day.
HARD_DAYS = [
    "2026-01-05T09:00:00+07:00",
    "2026-03-24T12:00:00+07:00",
    "2026-11-24T04:00:00+07:00",
    "2027-06-15T16:30:00+07:00",
    "2026-08-16T23:59:00+07:00",
    "2027-01-01T00:10:00+07:00",
]


@pytest.fixture(params=HARD_DAYS)
def at(request: pytest.FixtureRequest) -> datetime:
    return datetime.fromisoformat(request.param)


@pytest.fixture
def planned(at: datetime) -> list[Story]:
    return list(planned_stories(STORIES, now=at, is_free_in=is_free_in))


def test_nobody_acts_in_the_future_on_a_free_day_or_out_of_order(planned: list[Story], at: datetime) -> None:
    for story in planned:
        is_free = is_free_in(story.told.place)
        assert story.filed_at < at
        assert len(story.acts) == len(story.told.acts), story.told.id
        last = story.filed_at
        for act in story.acts:
            if act.at is None:
                continue
            assert last < act.at < at, story.told.id
            last = act.at
            if act.telling.what in OFFICERS_ACTS:
                local = jakarta(act.at)
                assert is_free(local.date()) is None, (story.told.id, local)
                assert OPENS <= local.time().replace(second=0) <= CLOSES.replace(minute=10), (story.told.id, local)


@pytest.mark.parametrize("day", [HARD_DAYS[1], *(pytest.param(day, marks=pytest.mark.prove) for day in HARD_DAYS[3:])])
def test_what_the_demo_promises_holds_on_hard_days(day: str) -> None:
    at = datetime.fromisoformat(day)
    assert tell_stories(at=at) == len(STORIES)
    check_promises(at)


def shares(planned: list[Story]) -> dict[str, float]:
    """Of what was answered: how much within three days, within seven, and later."""
    days = [
        (jakarta(first.at).date() - jakarta(story.filed_at).date()).days
        for story in planned
        for first in [next((act for act in story.acts if act.telling.what in ("answer", "refer", "reject")), None)]
        if first is not None and first.at is not None
    ]
    found = Counter("quick" if n <= 3 else "later" if n <= 7 else "late" for n in days)
    return {name: found[name] / len(days) for name in ("quick", "later", "late")}


def test_first_answers_take_as_long_as_published(planned: list[Story]) -> None:
    """63, 17 and 20 % (Surabaya media centre, 2023), whatever the day of the run."""
    found = shares(planned)
    for name, wanted in (("quick", 0.63), ("later", 0.17), ("late", 0.20)):
        assert abs(found[name] - wanted) < 0.06, found


def test_the_control_slower_answers_are_noticed() -> None:
    now = datetime.fromisoformat(HARD_DAYS[2])
    slower = [
        replace(told, acts=tuple(replace(act, days=act.days + 1) for act in told.acts)) for told in STORIES if told.acts
    ]
    found = shares(list(planned_stories(slower, now=now, is_free_in=is_free_in)))
    assert found["quick"] < 0.57


def test_the_year_is_full(planned: list[Story], at: datetime) -> None:
    months = Counter((jakarta(story.filed_at).year, jakarta(story.filed_at).month) for story in planned)
    assert len(months) >= 12
    whole = [count for month, count in months.items() if month not in (min(months), max(months))]
    assert min(whole) >= 6
    assert min(story.filed_at for story in planned) < at - timedelta(days=340)
    assert max(at - story.filed_at for story in planned) < timedelta(days=370)


def test_what_belongs_to_a_season_lies_in_it(planned: list[Story]) -> None:
    seasonal = [story for story in planned if story.told.filed.season is not None]
    assert len(seasonal) >= 12
    for story in seasonal:
        # Holidays may have pushed a story to the last days before its months.
        days = [jakarta(story.filed_at).date() + timedelta(days=n) for n in range(15)]
        season = story.told.filed.season
        assert season is not None
        assert any(in_season(day, season) for day in days), story.told.id


def test_seasons_go_over_the_new_year() -> None:
    assert [month for month in range(1, 13) if in_season(date(2026, month, 15), (11, 3))] == [1, 2, 3, 11, 12]
    assert [month for month in range(1, 13) if in_season(date(2026, month, 15), (6, 8))] == [6, 7, 8]


def is_weekend(day: date) -> str | None:
    return "akhir pekan" if day.weekday() > 4 else None


def test_days_are_counted_back() -> None:
    tuesday = date(2026, 11, 24)

    def day(*, days: int, working: bool = False, season: tuple[int, int] | None = None) -> date:
        filed = FiledOn(days=days, working=working, clock=time(8), season=season)
        return first_day(filed, today=tuesday, is_free=is_weekend)

    assert day(days=3) == date(2026, 11, 21)
    assert day(days=3, working=True) == date(2026, 11, 19)
    assert day(days=0, working=True) == tuesday
    assert day(days=0, season=(6, 7)) == date(2026, 7, 31)
    assert day(days=365, season=(6, 7)) == date(2026, 6, 1)
    assert day(days=0, season=(11, 3)) == date(2026, 3, 31)


def test_acts_wait_for_the_office_to_open() -> None:
    friday_evening = datetime.fromisoformat("2026-11-20T18:00:00+07:00")
    assert in_office_hours(friday_evening, is_free=is_weekend) == datetime.fromisoformat("2026-11-23T07:30:00+07:00")
    early = datetime.fromisoformat("2026-11-23T05:00:00+07:00")
    assert in_office_hours(early, is_free=is_weekend) == datetime.fromisoformat("2026-11-23T07:30:00+07:00")
    open_now = datetime.fromisoformat("2026-11-23T16:00:00+07:00")
    assert in_office_hours(open_now, is_free=is_weekend) == open_now


def test_the_control_a_calendar_that_is_ignored_is_noticed() -> None:
    """A planner that takes every day for a working day plans officers' acts on free days."""
    now = datetime.fromisoformat("2026-03-30T12:00:00+07:00")
    free = is_free_in("35")

    def never_free(day: date) -> str | None:
        return None

    def officers_days(is_free: Any) -> list[date]:
        return [
            jakarta(act.at).date()
            for told in STORIES
            for act in planned_story(told, now=now, is_free=is_free).acts
            if act.at is not None and act.telling.what in OFFICERS_ACTS
        ]

    assert not any(free(day) for day in officers_days(free))
    assert any(free(day) for day in officers_days(never_free))
