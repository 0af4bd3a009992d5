# SPDX-License-Identifier: EUPL-1.2
"""The demo stories and when their acts happen, counted back from today. Pure but for reading the packaged file.

Officers act on working days within office hours only; a story whose acts would reach into the future (holidays came
between) begins so many days earlier that they do not.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from melayani.ground.clock import JAKARTA, jakarta
from melayani.ground.working_days import add_working_days

FILE = Path(__file__).parent / "data" / "demo_stories.toml"
CITIZENS_ACTS = frozenset({"reply", "confirm", "reopen", "withdraw"})
SILENCE = "close_silence"
# Within everybody's office hours on every working day (DOMAIN 10).
OPENS, CLOSES = time(7, 30), time(16, 0)
PAUSE = timedelta(minutes=7)
MOST_SHIFT_DAYS = 60

IsFree = Callable[[date], str | None]


@dataclass(frozen=True)
class Act:
    """One act of a story and its moment; `said` are the fields of the file. Silence has no moment: it follows."""

    do: str
    at: datetime | None
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """A case of the demo: what was filed (`said`: the fields of the file), when, and what happened then."""

    id: str
    filed_at: datetime
    said: Mapping[str, Any]
    acts: tuple[Act, ...]


def told_stories() -> list[Mapping[str, Any]]:
    """The stories as they stand in the packaged file."""
    with FILE.open("rb") as file:
        return list(tomllib.load(file)["story"])


def planned_stories(*, now: datetime, is_free_in: Callable[[str], IsFree]) -> Iterator[Story]:
    """Every story with its moments, all of them before `now`. `is_free_in` gives the calendar of a place."""
    for said in told_stories():
        yield planned_story(said, now=now, is_free=is_free_in(said["place"]))


def planned_story(said: Mapping[str, Any], *, now: datetime, is_free: IsFree) -> Story:
    """The story, begun as late as the file says and as early as its acts need; cut where nothing helps."""
    tellings: Sequence[Mapping[str, Any]] = said.get("act", [])
    for shift in range(MOST_SHIFT_DAYS + 1):
        day = jakarta(now).date() - timedelta(days=said["days_ago"] + shift)
        filed_at = _moment(day, said["at"])
        acts = tuple(_planned_acts(tellings, filed_at=filed_at, is_free=is_free))
        if filed_at < now and all(act.at is None or act.at < now for act in acts):
            break
    past = next((n for n, act in enumerate(acts) if act.at is not None and act.at >= now), len(acts))
    return Story(id=said["id"], filed_at=filed_at, said=said, acts=acts[:past])


def _planned_acts(tellings: Sequence[Mapping[str, Any]], *, filed_at: datetime, is_free: IsFree) -> Iterator[Act]:
    before = filed_at
    for said in tellings:
        if said["do"] == SILENCE:
            yield Act(do=SILENCE, at=None, said=said)
            continue
        day = add_working_days(start=jakarta(before).date(), days=said["after_working_days"], is_free=is_free).date
        wanted = max(_moment(day, said["at"]), before + PAUSE)
        before = wanted if said["do"] in CITIZENS_ACTS else in_office_hours(wanted, is_free=is_free)
        yield Act(do=said["do"], at=before, said=said)


def in_office_hours(moment: datetime, *, is_free: IsFree) -> datetime:
    """The moment itself when an office is open then, else the next opening."""
    local = jakarta(moment)
    if is_free(local.date()) is None:
        if local.time() < OPENS:
            return datetime.combine(local.date(), OPENS, tzinfo=JAKARTA)
        if local.time() <= CLOSES:
            return moment
    return datetime.combine(add_working_days(start=local.date(), days=1, is_free=is_free).date, OPENS, tzinfo=JAKARTA)


def _moment(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=JAKARTA)
