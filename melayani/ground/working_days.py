# SPDX-License-Identifier: EUPL-1.2
"""Working days: Monday to Friday less free days. The calendar itself is data and is passed in.

Source: DOMAIN 10 (joint decree of three ministers for national holidays and cuti bersama, local days).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from melayani.ground.errors import Refused

JAKARTA = ZoneInfo("Asia/Jakarta")
MOST_DAYS = 1000
LONGEST_FREE_RUN = 366


class DaysRefused(Refused):
    """The number of days is outside 0 to 1000, or the calendar never comes to a working day."""


@dataclass(frozen=True)
class DueDate:
    """A due `date` and the days that were `skipped` on the way to it, each with its reason, in order."""

    date: dt.date
    skipped: tuple[tuple[dt.date, str], ...]


def add_working_days(*, start: date, days: int, is_free: Callable[[date], str | None]) -> DueDate:
    """The `days`-th working day after `start` (never `start` itself), and every free day passed on the way.

    `is_free` answers the reason why a day is free, or None for a working day; weekends are the caller's to name
    (`weekend_reason`). `days` = 0 is `start` itself. Raises `DaysRefused` for days outside 0..1000, for dates beyond
    the calendar of the machine, and for a calendar that is free for more than a year on end.
    """
    if isinstance(days, bool) or not 0 <= days <= MOST_DAYS:
        raise DaysRefused("days_out_of_range", "Jumlah hari kerja harus 1 sampai %(most)s.", most=MOST_DAYS)
    day, left, run = start, days, 0
    skipped: list[tuple[date, str]] = []
    try:
        while left:
            day += timedelta(days=1)
            reason = is_free(day)
            if reason is None:
                left, run = left - 1, 0
                continue
            skipped.append((day, reason))
            run += 1
            if run > LONGEST_FREE_RUN:
                raise DaysRefused("no_working_day", "Kalender tidak memuat hari kerja.")
    except OverflowError as error:
        raise DaysRefused("date_out_of_range", "Tanggal di luar kalender.") from error
    return DueDate(date=day, skipped=tuple(skipped))


def count_working_days(*, start: date, end: date, is_free: Callable[[date], str | None]) -> int:
    """How many working days lie after `start` up to and with `end`; negative when `end` is before `start`."""
    if end < start:
        return -count_working_days(start=end, end=start, is_free=is_free)
    return sum(is_free(start + timedelta(days=n)) is None for n in range(1, (end - start).days + 1))


def weekend_reason(day: date) -> str | None:
    """`Sabtu`, `Minggu`, or None from Monday to Friday."""
    return {5: "Sabtu", 6: "Minggu"}.get(day.weekday())


def end_of_day(day: date) -> datetime:
    """The last second of `day` in Jakarta, where promises end: 23:59:59+07:00."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=JAKARTA)
