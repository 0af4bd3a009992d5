# SPDX-License-Identifier: EUPL-1.2
"""The one place that reads the machine's clock. Faces and the worker call it; rules and actions get `at` passed.

`MELAYANI_NOW` (ISO 8601 with offset) fixes the clock for tests; the settings refuse it when DEBUG is off.
"""

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present moment, aware, in UTC; or the moment of `MELAYANI_NOW`."""
    fixed = os.environ.get("MELAYANI_NOW")
    if fixed:
        return datetime.fromisoformat(fixed).astimezone(UTC)
    return datetime.now(UTC)


def jakarta(moment: datetime) -> datetime:
    """The same moment on a clock in Jakarta (WIB, +07:00)."""
    return moment.astimezone(JAKARTA)
