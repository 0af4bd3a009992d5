# SPDX-License-Identifier: EUPL-1.2
"""The calendar: facts about days, versioned, and when a promise is due by them. Pure.

Source: DOMAIN 10 (joint decree of three ministers, cuti bersama, local days; it can change mid-year).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from melayani.government.rules import FreeDayKind
from melayani.ground.clock import jakarta
from melayani.ground.errors import Refused
from melayani.ground.working_days import (
    MOST_DAYS,
    DaysRefused,
    add_working_days,
    count_working_days,
    end_of_day,
    weekend_reason,
)


class MomentRefused(Refused):
    """The moment has no offset or lies outside the calendar."""


@dataclass(frozen=True)
class DayFact:
    """What one version says about one day. `region_code` empty = everywhere."""

    date: dt.date
    region_code: str
    kind: str
    name: str
    version: int


class Calendar:
    """Which days are free in one region, and since which version of the facts.

    Of several facts about the same day and region the highest version holds. Facts of a region hold there and in all
    that lies in it. A fact of the kind WORKING takes back an earlier one of its own region only: a regency cannot work
    away a national holiday. Saturdays and Sundays are always free.
    """

    def __init__(self, *, facts: Iterable[DayFact], known_years: Iterable[int], region_code: str = "") -> None:
        """`facts` may hold other regions too; `known_years` are those that rest on a decree."""
        self.version = 0
        self._known = frozenset(known_years)
        held: dict[tuple[date, str], DayFact] = {}
        for fact in facts:
            self.version = max(self.version, fact.version)
            if not holds_in(fact.region_code, region_code):
                continue
            key = (fact.date, fact.region_code)
            if key not in held or held[key].version < fact.version:
                held[key] = fact
        self._free: dict[date, str] = {}
        # National names first, so that they win over local ones.
        for fact in sorted(held.values(), key=lambda fact: fact.region_code):
            if fact.kind != FreeDayKind.WORKING:
                self._free.setdefault(fact.date, fact.name)

    def reason(self, day: date) -> str | None:
        """Why `day` is free ("Sabtu", "Hari Buruh Internasional", "Minggu, Hari Raya Waisak"), or None."""
        weekend, name = weekend_reason(day), self._free.get(day)
        if weekend is None or name is None:
            return weekend or name
        return f"{weekend}, {name}"

    def provisional(self, year: int) -> bool:
        """Whether no decree is known for `year`, so that dates in it may still move."""
        return year not in self._known


def holds_in(fact_region: str, region_code: str) -> bool:
    """Whether a fact of `fact_region` holds in `region_code`: everywhere, the same region, or one around it."""
    return fact_region == "" or f"{region_code}.".startswith(f"{fact_region}.")


@dataclass(frozen=True)
class Due:
    """When a promise ends, the free days skipped on the way, and on which calendar that rests.

    `provisional`: the way leads through a year without a decree.
    """

    at: datetime
    skipped: tuple[tuple[date, str], ...]
    provisional: bool
    calendar_version: int


def due_of(*, filed_at: datetime, days: int, basis: str, calendar: Calendar) -> Due:
    """The promise ends 23:59:59 Asia/Jakarta on the `days`-th day after the filing day.

    `basis` WORKING counts working days, CALENDAR every day. Raises `MomentRefused`, and `DaysRefused` for days outside
    0 to 1000; any other basis is a bug.
    """
    filed = jakarta_date(filed_at)
    if basis == "WORKING":
        due = add_working_days(start=filed, days=days, is_free=calendar.reason)
        years = range((filed + timedelta(days=min(days, 1))).year, due.date.year + 1)
        return Due(
            at=end_of_day(due.date),
            skipped=due.skipped,
            provisional=any(map(calendar.provisional, years)),
            calendar_version=calendar.version,
        )
    if basis != "CALENDAR":
        raise ValueError(f"unknown basis {basis}")
    if isinstance(days, bool) or not 0 <= days <= MOST_DAYS:
        raise DaysRefused("days_out_of_range", "Jumlah hari harus 1 sampai %(most)s.", most=MOST_DAYS)
    try:
        last = end_of_day(filed + timedelta(days=days))
    except OverflowError as error:
        raise MomentRefused("moment_out_of_range", "Tanggal di luar kalender.") from error
    return Due(at=last, skipped=(), provisional=False, calendar_version=calendar.version)


def working_days_of(*, start: datetime, end: datetime, calendar: Calendar) -> int:
    """How many working days lie after the date of `start` up to and with that of `end` (Jakarta); may be negative."""
    return count_working_days(start=jakarta_date(start), end=jakarta_date(end), is_free=calendar.reason)


def jakarta_date(moment: datetime) -> date:
    """The date of `moment` in Jakarta. Raises `MomentRefused` without an offset or at the ends of the calendar."""
    if moment.tzinfo is None:
        raise MomentRefused("moment_without_offset", "Waktu harus memuat zona, misalnya 2026-01-05T09:00:00+07:00.")
    try:
        return jakarta(moment).date()
    except OverflowError as error:
        raise MomentRefused("moment_out_of_range", "Tanggal di luar kalender.") from error
