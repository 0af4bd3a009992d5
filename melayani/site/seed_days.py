# SPDX-License-Identifier: EUPL-1.2
"""Moments for synthetic histories: office hours on working days, fast. Pure."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from melayani.ground.clock import JAKARTA

OPENS = time(7, 30)
OPEN_MINUTES = 510


class WorkingDays:
    """The working days of one calendar around `today`, in order, so that the nth after a day is one look-up."""

    def __init__(self, *, is_free: Callable[[date], str | None], today: date, back: int, ahead: int = 60) -> None:
        days = (today + timedelta(days=n) for n in range(-back, ahead))
        self._days = [day for day in days if is_free(day) is None]

    def office_moment(self, rng: Random, *, after: datetime, days: int) -> datetime:
        """A moment in office hours `days` working days after the day of `after`, never before `after` itself.

        `days` 0 is the same day when an office is still open then, else the next working day.
        """
        local = after.astimezone(JAKARTA)
        place = bisect_right(self._days, local.date())
        same_day = days == 0 and place > 0 and self._days[place - 1] == local.date()
        if same_day:
            opens = datetime.combine(local.date(), OPENS, tzinfo=JAKARTA)
            left = OPEN_MINUTES - max(0, int((local - opens).total_seconds() // 60) + 1)
            if left > 0:
                return max(local, opens) + timedelta(minutes=rng.randrange(left), seconds=rng.randrange(1, 60))
        day = self._days[min(len(self._days) - 1, place + max(days, 1) - 1)]
        opens = datetime.combine(day, OPENS, tzinfo=JAKARTA)
        return opens + timedelta(minutes=rng.randrange(OPEN_MINUTES), seconds=rng.randrange(60))
