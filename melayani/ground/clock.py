# SPDX-License-Identifier: EUPL-1.2
"""The one place that reads the machine's clock. Faces and the worker call it; rules and actions get `at` passed.

`MELAYANI_NOW` (ISO 8601, in Jakarta if without offset) fixes the clock for tests; the settings refuse it when DEBUG is
off.
"""

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from melayani.ground.errors import Refused

JAKARTA = ZoneInfo("Asia/Jakarta")


class ClockRefused(Refused):
    """`MELAYANI_NOW` is no moment."""


def now() -> datetime:
    """The present moment, aware, in UTC; or the moment of `MELAYANI_NOW`. Raises `ClockRefused` when that is none."""
    fixed = os.environ.get("MELAYANI_NOW")
    return fixed_moment(fixed) if fixed else datetime.now(UTC)


def fixed_moment(said: str) -> datetime:
    """The moment that `MELAYANI_NOW` says, aware, in UTC; without an offset it is one in Jakarta, not of the machine.

    Raises `ClockRefused` when it is no moment.
    """
    try:
        moment = datetime.fromisoformat(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ClockRefused(
            "clock_form", "MELAYANI_NOW harus waktu ISO 8601, misalnya 2026-01-05T09:00:00+07:00."
        ) from error


def jakarta(moment: datetime) -> datetime:
    """The same moment on a clock in Jakarta (WIB, +07:00)."""
    return moment.astimezone(JAKARTA)
