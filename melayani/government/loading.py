# SPDX-License-Identifier: EUPL-1.2
"""Loads the packaged reference data: places, units, referral bodies, the calendar.

Loading again changes nothing: rows that are there stay as they are, so that an administrator's edits are kept; a newer
release adds what is new. Reference data is not an act and leaves nothing in the ledger.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from melayani.government import packaged
from melayani.government.models import CalendarYear, FreeDay, Place, ReferralBody, Unit
from melayani.government.rules import FreeDayKind, level_of, parent_of, tier_of_region
from melayani.ground.memo import forget_all

# Marks the facts about days that came with the program, so that a newer release may correct its own, and only those.
SHIPPED = "Data bawaan: keputusan bersama tiga menteri"


@dataclass(frozen=True)
class Loaded:
    """How many rows were new."""

    places: int
    units: int
    bodies: int
    days: int
    years: int


def load_government(*, at: datetime) -> Loaded:
    """The packaged places, units, referral bodies and calendar are in the database, in one transaction."""
    with transaction.atomic():
        loaded = Loaded(
            places=_load_places(),
            units=_load_units(),
            bodies=_load_bodies(),
            days=_load_days(at),
            years=_load_years(),
        )
    forget_all()
    return loaded


def _load_places() -> int:
    there = set(Place.objects.values_list("code", flat=True))
    new = [
        Place(
            code=place.code,
            level=level_of(place.code),
            name=place.name,
            parent_id=parent_of(place.code) or None,
            full_name=place.full_name,
            search_name=place.search_name,
            postal_code=place.postal_code,
            latitude=place.latitude,
            longitude=place.longitude,
        )
        for place in packaged.places()
        if place.code not in there
    ]
    Place.objects.bulk_create(new)
    return len(new)


def _load_units() -> int:
    """Parents first: they need an id before their children can name them.

    A unit whose region has that sector or a triage desk already, under another code, is left out.
    """
    before = Unit.objects.count()
    facts = packaged.units()
    for with_parent in (False, True):
        ids = dict(Unit.objects.values_list("code", "id"))
        Unit.objects.bulk_create(
            [
                Unit(
                    code=unit.code,
                    name=unit.name,
                    tier=tier_of_region(unit.region_code),
                    region_id=unit.region_code,
                    sector=unit.sector,
                    parent_id=ids.get(unit.parent),
                    is_triage_desk=unit.is_triage_desk,
                    confidence=unit.confidence,
                )
                for unit in facts
                if unit.code not in ids and bool(unit.parent) == with_parent
            ],
            ignore_conflicts=True,
        )
    return Unit.objects.count() - before


def _load_bodies() -> int:
    there = set(ReferralBody.objects.values_list("code", flat=True))
    new = [
        ReferralBody(
            code=body.code,
            name=body.name,
            what=body.what,
            how=body.how,
            source=body.source,
            confidence=body.confidence,
        )
        for body in packaged.bodies()
        if body.code not in there
    ]
    ReferralBody.objects.bulk_create(new)
    return len(new)


def _load_days(at: datetime) -> int:
    """Facts that are new, and corrections of earlier packaged ones, as one new version; what others set stays."""
    newest: dict[object, FreeDay] = {}
    for fact in FreeDay.objects.filter(region=None).order_by("version"):
        newest[fact.date] = fact
    shipped = {fact.date: (fact.kind, fact.name) for fact in packaged.day_facts()}
    # A day that an earlier release freed and this one does not is a working day again.
    for fact in newest.values():
        if fact.reason == SHIPPED:
            shipped.setdefault(fact.date, (FreeDayKind.WORKING, fact.name))
    version = (FreeDay.objects.aggregate(highest=Max("version"))["highest"] or 0) + 1
    new = [
        FreeDay(date=date, kind=kind, name=name, version=version, reason=SHIPPED, recorded_at=at)
        for date, (kind, name) in sorted(shipped.items())
        if date not in newest
        or (newest[date].reason == SHIPPED and (newest[date].kind, newest[date].name) != (kind, name))
    ]
    FreeDay.objects.bulk_create(new)
    return len(new)


def _load_years() -> int:
    """New years; and a year that was provisional gets the decree that a newer release knows."""
    there = {year.year: year for year in CalendarYear.objects.all()}
    new = 0
    for year in packaged.years():
        known = there.get(year.year)
        if known is None or (known.provisional and not year.provisional):
            CalendarYear(
                year=year.year,
                decree=year.decree,
                source=year.source,
                confidence=year.confidence,
                provisional=year.provisional,
            ).save()
            new += 1
    return new
