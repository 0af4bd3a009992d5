# SPDX-License-Identifier: EUPL-1.2
"""Units from a CSV file: new ones are added, known ones (by code) take the name and state that the file says."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from melayani.government.actions import record_administration
from melayani.government.models import Unit
from melayani.government.queries import place_row
from melayani.government.rules import SYSTEM, region_of, tier_of_region
from melayani.ground.errors import Refused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import plain_line
from melayani.site.imports.tables import Imported, Problem, Row, read_table

NEEDED = ("region", "sector", "name")
COLUMNS = (*NEEDED, "code", "parent", "triage_desk", "active")


def import_units(path: Path, *, at: datetime, skip_bad: bool) -> Imported:
    """The good rows of the file are units, if all are good or bad ones may be skipped; else nothing was stored."""
    new = there = 0
    problems: list[Problem] = []
    rows = list(read_table(path, columns=COLUMNS, needed=NEEDED))
    with transaction.atomic():
        for row in rows:
            if isinstance(row, Problem):
                problems.append(row)
                continue
            try:
                with transaction.atomic():
                    made = _store(row)
            except (Refused, ValidationError) as error:
                problems.append(Problem(row.number, " ".join(_messages(error))))
            else:
                new, there = new + made, there + (not made)
        if problems and not skip_bad:
            transaction.set_rollback(True)
            return Imported(new=0, there=0, problems=tuple(problems))
        record_administration(kind="units.imported", event={"new": new, "there": there}, by=SYSTEM, at=at)
    forget_all()
    return Imported(new=new, there=there, problems=tuple(problems))


def _messages(error: Refused | ValidationError) -> Iterator[str]:
    if isinstance(error, Refused):
        yield error.message
    else:
        yield from error.messages


def _store(row: Row) -> bool:
    """The unit is as the row says; whether it is new."""
    region = place_row(row.needed("region")).code
    if region != region_of(region):
        row.refuse("region", "harus kode provinsi, kabupaten, atau kota")
    sector = row.needed("sector").lower()
    code = row.get("code").lower() or f"{region}.{sector}"
    known = Unit.objects.filter(code=code).first()
    unit = known or Unit(code=code)
    unit.name = plain_line(row.needed("name"))
    unit.tier, unit.region_id, unit.sector = tier_of_region(region), region, sector
    unit.is_triage_desk = row.is_yes("triage_desk", default=unit.is_triage_desk)
    unit.active = row.is_yes("active", default=unit.active)
    if row.get("parent"):
        parent = Unit.objects.filter(code=row.get("parent").lower()).exclude(code=code).first()
        if parent is None:
            row.refuse("parent", "tidak dikenal")
        unit.parent = parent
    unit.full_clean()
    unit.save()
    return known is None
