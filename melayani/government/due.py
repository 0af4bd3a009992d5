# SPDX-License-Identifier: EUPL-1.2
"""What `melayani due` prints, from the packaged calendar: no database, no instance, no Django."""

from datetime import datetime, timedelta

from melayani.government import packaged
from melayani.government.calendars import Calendar, due_of, jakarta_date
from melayani.ground.working_days import MOST_DAYS, DaysRefused

MARK = " (sementara)"


def shipped_calendar(region_code: str = "") -> Calendar:
    """The calendar that comes with the program; it has no local days, so every region's is alike."""
    return Calendar(facts=packaged.day_facts(), known_years=packaged.known_years(), region_code=region_code)


def due_lines(*, start: datetime, days: int, calendar: Calendar) -> list[str]:
    """The due moment as ISO 8601 with offset, then one line a skipped day: ISO date, two spaces, reason.

    Reasons in years without a decree are marked; when the way touches such years and no skipped day says so, a last
    line does. Raises `DaysRefused` unless `days` is 1 to 1000, `MomentRefused` for a moment without offset.
    """
    if days < 1:
        raise DaysRefused("days_out_of_range", "Jumlah hari kerja harus 1 sampai %(most)s.", most=MOST_DAYS)
    due = due_of(filed_at=start, days=days, basis="WORKING", calendar=calendar)
    lines = [due.at.isoformat()]
    marked = False
    for day, reason in due.skipped:
        provisional = calendar.provisional(day.year)
        marked = marked or provisional
        lines.append(f"{day.isoformat()}  {reason}{MARK if provisional else ''}")
    if due.provisional and not marked:
        first = (jakarta_date(start) + timedelta(days=1)).year
        years = [str(year) for year in range(first, due.at.year + 1) if calendar.provisional(year)]
        lines.append(f"{due.at.date().isoformat()}  sementara: kalender {', '.join(years)} belum ditetapkan")
    return lines
