# SPDX-License-Identifier: EUPL-1.2
"""`melayani due`: when a promise is due, and which days do not count. Needs no instance, and then no Django."""

import os
from datetime import datetime
from pathlib import Path

import click

from melayani.government.calendars import Calendar
from melayani.government.due import due_lines, shipped_calendar
from melayani.government.rules import PROVINCE, region_of
from melayani.ground.working_days import JAKARTA, MOST_DAYS
from melayani.site.console import BadInput, open_instance


@click.command()
@click.option("--from", "start", required=True, help="When the case was filed: ISO 8601, in Jakarta if without offset.")
@click.option("--days", required=True, help=f"Working days, 1 to {MOST_DAYS}.")
@click.option("--region", default=PROVINCE, help="Code of a regency or city (or any place in it) with days of its own.")
def due(start: str, days: str, region: str) -> None:
    """Print the due moment, then one line for each day skipped on the way: its date and the reason.

    The calendar is that of the instance which MELAYANI_DATA or MELAYANI_DATABASE_URL names, else the one that comes
    with the program.
    """
    moment, count = read_moment(start), read_days(days)
    for line in due_lines(start=moment, days=count, calendar=calendar_of(region)):
        click.echo(line)


def read_moment(typed: str) -> datetime:
    """The moment, in Jakarta when no offset was given."""
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        raise BadInput("--from harus waktu ISO 8601, misalnya 2026-01-05T09:00:00+07:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


def read_days(typed: str) -> int:
    """A number of days as people write it, 1 to 1000."""
    # int() alone would also take "1_0", " 10" and digits of other scripts.
    if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed[:5]) <= MOST_DAYS and len(typed) <= 4):
        raise BadInput(f"--days harus bilangan 1 sampai {MOST_DAYS}.")
    return int(typed)


def calendar_of(region: str) -> Calendar:
    """The calendar of the region, from the instance that the environment names or as shipped."""
    if names_instance():
        open_instance()
        from melayani.government.queries import calendar_for, place_row

        return calendar_for(region_of(place_row(region).code))
    from melayani.government import packaged

    if region != PROVINCE and region not in {place.code for place in packaged.places()}:
        raise BadInput("--region tidak dikenal. Pakai kode wilayah seperti 35.07.")
    return shipped_calendar(region_of(region))


def names_instance() -> bool:
    """Whether the environment names a database: an address, or a folder with the file of an instance in it."""
    folder = os.environ.get("MELAYANI_DATA")
    return bool(os.environ.get("MELAYANI_DATABASE_URL")) or bool(
        folder and (Path(folder) / "melayani.sqlite3").exists()
    )
