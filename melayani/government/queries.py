# SPDX-License-Identifier: EUPL-1.2
"""Reads of the room: places and points, units, referral bodies, grants, clients, and the calendar.

Reference data is remembered for seconds (names and points of places, which hardly ever change, for an hour); tables of
memory are keyed by what exists, never by what somebody typed, so that nobody can fill them.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from melayani.government.addresses import Gazetteer
from melayani.government.calendars import Calendar, DayFact, Due, due_of, working_days_of
from melayani.government.models import (
    AdministrativeAct,
    ApiClient,
    CalendarYear,
    FreeDay,
    Place,
    ReferralBody,
    RoleGrant,
    Unit,
)
from melayani.government.rules import (
    PLAUSIBLE_WITHIN_KM,
    PROVINCE,
    SURE_WITHIN_KM,
    BodyRefused,
    FoundPlace,
    PlaceLevel,
    PlaceRefused,
    Role,
    UnitRefused,
    judged,
    outside,
    region_of,
)
from melayani.ground.geometry import PointGrid
from melayani.ground.memo import remembered

__all__ = [
    "AddressReading",
    "BodyRow",
    "Calendar",
    "ClientRow",
    "Due",
    "FoundPlace",
    "PlaceRow",
    "UnitRow",
    "api_client_for_key",
    "body_row",
    "calendar_for",
    "children",
    "due_moment",
    "found_place",
    "grants_of",
    "has_active",
    "place_row",
    "places_named",
    "read_address",
    "referral_bodies",
    "regions",
    "triage_desk",
    "unit_by_id",
    "unit_for",
    "unit_row",
    "units",
    "units_with",
    "working_days_between",
]

_PLACE_CODE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")
HOUR = 3600.0


@dataclass(frozen=True)
class PlaceRow:
    """A place; `region_code` is that of its regency or city, or of the province."""

    code: str
    level: str
    name: str
    full_name: str
    latitude: float | None
    longitude: float | None
    region_code: str


@dataclass(frozen=True)
class AddressReading:
    """What an address says. `place_code`: the one place that is certain, or None when it is not even one regency.

    `candidates`: the places that fit best. More than one asks for a choice, inside `place_code` when there is one.
    """

    place_code: str | None
    candidates: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class UnitRow:
    """A unit, active or not."""

    id: int
    code: str
    name: str
    tier: str
    region_code: str
    sector: str
    is_triage_desk: bool
    active: bool


@dataclass(frozen=True)
class BodyRow:
    """A body outside this government: `what` people bring to it, `how` to reach it."""

    code: str
    name: str
    what: str
    how: str


@dataclass(frozen=True)
class ClientRow:
    """Another system that may file and update cases."""

    id: int
    code: str
    name: str


# Places


def place_row(code: str) -> PlaceRow:
    """The place with this code; raises `PlaceRefused` "place_unknown"."""
    if not _PLACE_CODE.fullmatch(code):
        raise _place_unknown()
    return _place_row(code)


@remembered(seconds=30)
def _place_row(code: str) -> PlaceRow:
    rows = _place_rows(Place.objects.filter(code=code))
    if not rows:
        raise _place_unknown()
    return rows[0]


def _place_rows(places: QuerySet[Place]) -> tuple[PlaceRow, ...]:
    fields = places.values_list("code", "level", "name", "full_name", "latitude", "longitude")
    return tuple(PlaceRow(*values, region_of(values[0])) for values in fields)


def _place_unknown() -> PlaceRefused:
    return PlaceRefused("place_unknown", "Tempat ini tidak dikenal. Pilih tempat dari daftar.")


@remembered(seconds=30)
def regions() -> tuple[PlaceRow, ...]:
    """The regencies and cities, by code."""
    return _place_rows(Place.objects.filter(level=PlaceLevel.KABKOTA).order_by("code"))


def children(code: str) -> tuple[PlaceRow, ...]:
    """The places right inside this one, by name; raises `PlaceRefused` "place_unknown"."""
    return _children(place_row(code).code)


@remembered(seconds=30)
def _children(code: str) -> tuple[PlaceRow, ...]:
    return _place_rows(Place.objects.filter(parent_id=code).order_by("name", "code"))


@remembered(seconds=30)
def _places_version() -> int:
    """Moves with every act on places, so that each process reads names and points anew within half a minute."""
    acts = AdministrativeAct.objects.filter(about__startswith="place:")
    return int(acts.aggregate(newest=Max("sequence", default=-1))["newest"])


@remembered(seconds=HOUR, while_same=_places_version)
def _gazetteer() -> Gazetteer:
    return Gazetteer(Place.objects.values_list("code", "search_name"))


def places_named(typed: str, *, within: str = "", limit: int = 20) -> tuple[PlaceRow, ...]:
    """The places called `typed`, all of them, then up to `limit` in sum of those that begin so.

    Any case, with or without "Kab.", "Kota", "Kec.", "Desa", "Kel."; regencies and cities first, then districts, then
    villages, each by code. `within`: only in this place.
    """
    return _rows_of(_gazetteer().named(typed, within=within, limit=limit))


def read_address(text: str) -> AddressReading:
    """What a free address says; names of regencies that are also cities stay open without "Kabupaten" or "Kota".

    Nothing found: None and no candidates. At most 20 candidates.
    """
    reading = _gazetteer().read(text)
    return AddressReading(place_code=reading.sure, candidates=_rows_of(reading.fitting[:20]))


def _rows_of(codes: tuple[str, ...]) -> tuple[PlaceRow, ...]:
    """The rows of these codes, in their order, by one query."""
    if not codes:
        return ()
    rows = {row.code: row for row in _place_rows(Place.objects.filter(code__in=codes))}
    return tuple(rows[code] for code in codes if code in rows)


@remembered(seconds=HOUR, while_same=_places_version)
def _village_grid() -> PointGrid:
    villages = Place.objects.filter(level=PlaceLevel.DESA, latitude__isnull=False, longitude__isnull=False)
    return PointGrid(
        (code, lat, long)
        for code, lat, long in villages.values_list("code", "latitude", "longitude")
        if lat is not None and long is not None
    )


def found_place(*, lat: float, long: float) -> FoundPlace:
    """The village a point belongs to: the nearest one. Raises `PlaceRefused` "point_outside" (`rules.judged`)."""
    if not (math.isfinite(lat) and math.isfinite(long) and abs(lat) <= 90 and abs(long) <= 180):
        raise outside()
    grid = _village_grid()
    # Nearly every point is near a village, and the small circle is found four times faster.
    for within_km in (SURE_WITHIN_KM, PLAUSIBLE_WITHIN_KM):
        nearest = grid.nearest(lat=lat, long=long, within_km=within_km)
        if nearest is not None:
            return judged(code=nearest.code, distance_km=nearest.distance_km)
    raise outside()


# Units and bodies


@dataclass(frozen=True)
class _UnitTable:
    by_code: Mapping[str, UnitRow]
    by_id: Mapping[int, UnitRow]
    by_sector: Mapping[tuple[str, str], UnitRow]
    desks: Mapping[str, UnitRow]


@remembered(seconds=10)
def _unit_table() -> _UnitTable:
    rows = [
        UnitRow(*values)
        for values in Unit.objects.order_by("code").values_list(
            "id", "code", "name", "tier", "region_id", "sector", "is_triage_desk", "active"
        )
    ]
    return _UnitTable(
        by_code={row.code: row for row in rows},
        by_id={row.id: row for row in rows},
        by_sector={(row.region_code, row.sector): row for row in rows if row.active},
        desks={row.region_code: row for row in rows if row.active and row.is_triage_desk},
    )


def unit_row(code: str) -> UnitRow:
    """The unit with this code, active or not; raises `UnitRefused` "unit_unknown"."""
    return _unit_or_refused(_unit_table().by_code.get(code))


def unit_by_id(id: int) -> UnitRow:  # noqa: A002  # the name of the field it looks up
    """The unit with this internal id, active or not; raises `UnitRefused` "unit_unknown"."""
    return _unit_or_refused(_unit_table().by_id.get(id))


def _unit_or_refused(row: UnitRow | None) -> UnitRow:
    if row is None:
        raise UnitRefused("unit_unknown", "Unit ini tidak dikenal. Pilih unit dari daftar.")
    return row


def triage_desk(region_code: str) -> UnitRow:
    """The active triage desk of the region, else the province's, so that no case is without one.

    Raises `UnitRefused` "no_triage_desk" when the province has none either.
    """
    desks = _unit_table().desks
    desk = desks.get(region_code) or desks.get(PROVINCE)
    if desk is None:
        raise UnitRefused("no_triage_desk", "Belum ada meja triase yang aktif. Hubungi administrator.")
    return desk


def unit_for(*, level: str, sector: str, region_code: str) -> UnitRow | None:
    """The active unit for a matter: level PROVINSI of the province, DAERAH of the regency or city; None = none there.

    Nothing is DAERAH when only the province is known.
    """
    if level == "PROVINSI":
        return _unit_table().by_sector.get((PROVINCE, sector))
    if level != "DAERAH":
        raise ValueError(f"unknown level {level}")
    return None if region_code == PROVINCE else _unit_table().by_sector.get((region_code, sector))


def units(region_code: str | None = None, *, also_closed: bool = False) -> tuple[UnitRow, ...]:
    """The active units of a region (None = of all), by code; with `also_closed` those too that only hold old cases."""
    rows = _unit_table().by_code.values()
    return tuple(row for row in rows if (row.active or also_closed) and region_code in (None, row.region_code))


@remembered(seconds=30)
def referral_bodies() -> tuple[BodyRow, ...]:
    """The active bodies people can be referred to, by name."""
    rows = ReferralBody.objects.filter(active=True).order_by("name").values_list("code", "name", "what", "how")
    return tuple(BodyRow(*values) for values in rows)


def body_row(code: str) -> BodyRow:
    """The active referral body with this code; raises `BodyRefused` "body_unknown"."""
    for row in referral_bodies():
        if row.code == code:
            return row
    raise BodyRefused("body_unknown", "Lembaga ini tidak dikenal. Pilih lembaga dari daftar.")


def has_active(role: Role, *, unit_id: int) -> bool:
    """Whether an active officer holds the role in the unit at this moment."""
    return RoleGrant.objects.filter(role=role, unit_id=unit_id, officer__is_active=True).exists()


def units_with(roles: Iterable[Role]) -> frozenset[int]:
    """The ids of the units in which an active officer holds one of the roles."""
    return _units_with(tuple(sorted(roles)))


@remembered(seconds=20)
def _units_with(roles: tuple[Role, ...]) -> frozenset[int]:
    held = RoleGrant.objects.filter(role__in=roles, officer__is_active=True)
    return frozenset(held.values_list("unit_id", flat=True))


def grants_of(officer_id: int) -> frozenset[tuple[str, str]]:
    """The (role, unit code) pairs of an active officer; of others none. Never remembered: it must hold at once."""
    grants = RoleGrant.objects.filter(officer_id=officer_id, officer__is_active=True)
    return frozenset(grants.values_list("role", "unit__code"))


@remembered(seconds=10)
def _clients() -> Mapping[bytes, ClientRow]:
    rows = ApiClient.objects.filter(active=True).values_list("key_hash", "id", "code", "name")
    return {bytes(key_hash): ClientRow(id=id, code=code, name=name) for key_hash, id, code, name in rows}  # noqa: A001  # a field


def api_client_for_key(key: str) -> ClientRow | None:
    """The active client that holds this key, or None."""
    return _clients().get(key_hash(key))


def key_hash(key: str) -> bytes:
    """How the key of a client is kept: SHA-256."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


# The calendar


@remembered(seconds=10)
def _calendars() -> Mapping[str, Calendar]:
    """The calendar of everywhere under "", and one for each region that has days of its own."""
    facts = [
        DayFact(date=date, region_code=region or "", kind=kind, name=name, version=version)
        for date, region, kind, name, version in FreeDay.objects.values_list(
            "date", "region_id", "kind", "name", "version"
        )
    ]
    known = list(CalendarYear.objects.filter(provisional=False).values_list("year", flat=True))
    regions_with_days = {"", *(fact.region_code for fact in facts)}
    return {code: Calendar(facts=facts, known_years=known, region_code=code) for code in regions_with_days}


def calendar_for(region_code: str) -> Calendar:
    """The calendar that holds in a region now."""
    calendars = _calendars()
    return calendars.get(region_code) or calendars.get(region_code.partition(".")[0]) or calendars[""]


def due_moment(*, filed_at: datetime, days: int, basis: str, region_code: str) -> Due:
    """When a promise given now for a filing at `filed_at` ends (`calendars.due_of`), on the calendar of the region."""
    return due_of(filed_at=filed_at, days=days, basis=basis, calendar=calendar_for(region_code))


def working_days_between(*, start: datetime, end: datetime, region_code: str) -> int:
    """How many working days lie after the date of `start` up to and with that of `end` (Jakarta); may be negative."""
    return working_days_of(start=start, end=end, calendar=calendar_for(region_code))
