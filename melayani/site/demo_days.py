# SPDX-License-Identifier: EUPL-1.2
"""When the acts of the demo stories happen, counted back from today. Pure.

Officers act on working days within office hours only; a story whose acts would reach into the future (holidays came
between) begins so many days earlier that they do not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from melayani.ground.clock import JAKARTA, jakarta
from melayani.ground.working_days import add_working_days
from melayani.site.demo_stories import CITIZENS_ACTS, SILENCE, FiledOn, Telling, Told

# Within everybody's office hours on every working day (DOMAIN 10).
OPENS, CLOSES = time(7, 30), time(16, 0)
PAUSE = timedelta(minutes=7)
MOST_SHIFT_DAYS = 60
# A story of a season lies this many days back, so that all its acts are past and all lie within a year.
SEASON_FROM_DAYS, SEASON_TO_DAYS, YEAR_DAYS = 45, 360, 366

IsFree = Callable[[date], str | None]


@dataclass(frozen=True)
class Act:
    """One act of a story and its moment. Silence has no moment: it follows from the answer."""

    telling: Telling
    at: datetime | None


@dataclass(frozen=True)
class Story:
    """A case of the demo: what is told of it, when it was filed, and what happened when."""

    told: Told
    filed_at: datetime
    acts: tuple[Act, ...]


def planned_stories(stories: Sequence[Told], *, now: datetime, is_free_in: Callable[[str], IsFree]) -> Iterator[Story]:
    """Every story with its moments, all of them before `now`. `is_free_in` gives the calendar of a place."""
    for told in stories:
        yield planned_story(told, now=now, is_free=is_free_in(told.place))


def planned_story(told: Told, *, now: datetime, is_free: IsFree) -> Story:
    """The story, begun as late as its file says and as early as its acts need; cut where nothing helps."""
    wanted = first_day(told.filed, today=jakarta(now).date(), is_free=is_free)
    for shift in range(MOST_SHIFT_DAYS + 1):
        filed_at = _moment(wanted - timedelta(days=shift), told.filed.clock)
        acts = tuple(_planned_acts(told.acts, filed_at=filed_at, is_free=is_free))
        if filed_at < now and all(act.at is None or act.at < now for act in acts):
            break
    past = next((n for n, act in enumerate(acts) if act.at is not None and act.at >= now), len(acts))
    return Story(told=told, filed_at=filed_at, acts=acts[:past])


def first_day(filed: FiledOn, *, today: date, is_free: IsFree) -> date:
    """The day a story begins on, seen from `today`."""
    if filed.season is not None:
        days = [
            day
            for day in (today - timedelta(days=n) for n in range(SEASON_FROM_DAYS, SEASON_TO_DAYS))
            if in_season(day, filed.season)
        ]
        return days[len(days) * filed.days // YEAR_DAYS]
    if not filed.working:
        return today - timedelta(days=filed.days)
    day, left = today, filed.days
    while left:
        day -= timedelta(days=1)
        left -= is_free(day) is None
    return day


def in_season(day: date, season: tuple[int, int]) -> bool:
    """Whether the day lies in the months of the season, which may go over the new year."""
    first, last = season
    return first <= day.month <= last if first <= last else day.month >= first or day.month <= last


def _planned_acts(tellings: Sequence[Telling], *, filed_at: datetime, is_free: IsFree) -> Iterator[Act]:
    before = filed_at
    for telling in tellings:
        if telling.what == SILENCE:
            yield Act(telling=telling, at=None)
            continue
        day = add_working_days(start=jakarta(before).date(), days=telling.days, is_free=is_free).date
        wanted = max(_moment(day, telling.clock), before + PAUSE)
        before = wanted if telling.what in CITIZENS_ACTS else in_office_hours(wanted, is_free=is_free)
        yield Act(telling=telling, at=before)


def in_office_hours(moment: datetime, *, is_free: IsFree) -> datetime:
    """The moment itself when an office is open then, else the next opening."""
    local = jakarta(moment)
    if is_free(local.date()) is None:
        if local.time() < OPENS:
            return datetime.combine(local.date(), OPENS, tzinfo=JAKARTA)
        if local.time() <= CLOSES:
            return moment
    return datetime.combine(add_working_days(start=local.date(), days=1, is_free=is_free).date, OPENS, tzinfo=JAKARTA)


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=JAKARTA)
