# SPDX-License-Identifier: EUPL-1.2
"""Reference data as administrators read it: units with their people, places with their homonyms, clients.

Reads only; what changes them stands in `reference_actions.py`. Nothing here is remembered: who changed something sees
it at once, whichever process answers. `mark` is what a form carries about what it showed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from melayani.government.administration import mark_of
from melayani.government.models import ApiClient, Officer, Place, RoleGrant, Unit
from melayani.government.reference_actions import place_facts, unit_facts
from melayani.government.rules import Role
from melayani.ground.plain_text import plain_line, search_form

PAGE = 50
MOST_HOMONYMS = 25
MOST_SEARCH = 80
_CODE_BEGINNING = re.compile(r"[0-9][0-9.]{1,12}")


@dataclass(frozen=True)
class UnitRecord:
    """A unit as it is kept."""

    id: int
    code: str
    name: str
    tier: str
    region_code: str
    region_name: str
    sector: str
    is_triage_desk: bool
    active: bool
    confidence: str
    mark: str


@dataclass(frozen=True)
class UnitPage:
    """A page of units by code; `after` is the last code of the page, empty on the last page."""

    rows: tuple[UnitRecord, ...]
    after: str


@dataclass(frozen=True)
class Staff:
    """Somebody with a role in a unit."""

    username: str
    name: str
    role: str


@dataclass(frozen=True)
class PlaceRecord:
    """A place as it is kept; degrees as written, empty where no point is known."""

    code: str
    level: str
    name: str
    full_name: str
    postal_code: str
    latitude: str
    longitude: str
    region_code: str
    mark: str


@dataclass(frozen=True)
class PlacePage:
    """A page of places by code; `after` is the last code of the page, empty on the last page."""

    rows: tuple[PlaceRecord, ...]
    after: str


@dataclass(frozen=True)
class ClientRecord:
    """Another system; its key is known to nobody here."""

    id: int
    code: str
    name: str
    active: bool
    created_at: datetime


# Units


def unit_register(
    *, words: str = "", region: str = "", active: bool | None = None, after: str = "", limit: int = PAGE
) -> UnitPage:
    """A page of units by code: with all `words` in name or code, in the region, open or closed. One query."""
    units = Unit.objects.filter(code__gt=plain_line(after)).select_related("region").order_by("code")
    for word in plain_line(words)[:MOST_SEARCH].split():
        units = units.filter(Q(name__icontains=word) | Q(code__icontains=word))
    if region:
        units = units.filter(region_id=plain_line(region))
    if active is not None:
        units = units.filter(active=active)
    rows = tuple(map(_unit_record, units[: limit + 1]))
    return UnitPage(rows=rows[:limit], after=rows[limit - 1].code if len(rows) > limit else "")


def unit_record(code: str) -> UnitRecord | None:
    """The unit with this code, or None."""
    found = Unit.objects.select_related("region").filter(code=plain_line(code)).first()
    return None if found is None else _unit_record(found)


def _unit_record(unit: Unit) -> UnitRecord:
    return UnitRecord(
        id=unit.pk,
        code=unit.code,
        name=unit.name,
        tier=unit.tier,
        region_code=unit.region_id,
        region_name=unit.region.full_name,
        sector=unit.sector,
        is_triage_desk=unit.is_triage_desk,
        active=unit.active,
        confidence=unit.confidence,
        mark=mark_of(unit_facts(unit)),
    )


def heads_of(unit_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """The names of the active heads of these units, by id of the unit. One query."""
    grants = RoleGrant.objects.filter(unit_id__in=unit_ids, role=Role.HEAD, officer__is_active=True)
    heads: dict[int, tuple[str, ...]] = {}
    for unit_id, name in grants.order_by("officer__name").values_list("unit_id", "officer__name"):
        heads[unit_id] = (*heads.get(unit_id, ()), name)
    return heads


def staff_of(unit_id: int) -> tuple[Staff, ...]:
    """Who has a role in the unit with an open account, by name; a person with two roles stands twice."""
    grants = RoleGrant.objects.filter(unit_id=unit_id, officer__is_active=True).order_by("officer__name", "role")
    return tuple(Staff(*values) for values in grants.values_list("officer__username", "officer__name", "role"))


def units_without_people() -> int:
    """How many open units have neither officer nor head with an open account. One query."""
    working = RoleGrant.objects.filter(role__in=(Role.OFFICER, Role.HEAD, Role.TRIAGE), officer__is_active=True)
    return Unit.objects.filter(active=True).exclude(pk__in=working.values("unit_id")).count()


def officer_names(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Name and region of the officers with these internal ids. One query, none without ids."""
    if not ids:
        return {}
    known = Officer.objects.filter(pk__in=ids).values_list("id", "name", "unit__region_id")
    return {officer_id: (name, region) for officer_id, name, region in known}


# Places


def place_register(*, words: str = "", after: str = "", limit: int = PAGE) -> PlacePage:
    """A page of places by code: whose name begins with the words, or whose code does. One query."""
    places = Place.objects.filter(code__gt=plain_line(after)).order_by("code")
    typed = plain_line(words)[:MOST_SEARCH]
    if _CODE_BEGINNING.fullmatch(typed):
        places = places.filter(code__startswith=typed)
    elif typed:
        places = _named(places, typed)
    rows = tuple(map(_place_record, places[: limit + 1]))
    return PlacePage(rows=rows[:limit], after=rows[limit - 1].code if len(rows) > limit else "")


def _named(places: QuerySet[Place], typed: str) -> QuerySet[Place]:
    """Those called so, with or without the kind before the name."""
    form = search_form(typed)
    _kind, _, bare = form.partition(" ")
    if bare and _kind in {"kabupaten", "kab", "kota", "kecamatan", "kec", "desa", "ds", "kelurahan", "kel"}:
        form = bare
    return places.filter(search_name__startswith=form) if form else places.none()


def place_record(code: str) -> PlaceRecord | None:
    """The place with this code, or None."""
    found = Place.objects.filter(code=plain_line(code)).first()
    return None if found is None else _place_record(found)


def full_names(codes: Collection[str]) -> dict[str, str]:
    """The names with their parents of these places, by code. One query, none without codes."""
    if not codes:
        return {}
    return dict(Place.objects.filter(code__in=codes).values_list("code", "full_name"))


def homonyms(code: str) -> tuple[PlaceRecord, ...]:
    """Other places that people call by the same name, by code; at most 25. One query."""
    name = Place.objects.filter(code=code).values("search_name")
    same = Place.objects.filter(search_name__in=name).exclude(code=code).order_by("code")
    return tuple(map(_place_record, same[:MOST_HOMONYMS]))


def _place_record(place: Place) -> PlaceRecord:
    facts = place_facts(place)
    return PlaceRecord(
        code=place.code,
        level=place.level,
        name=place.name,
        full_name=place.full_name,
        postal_code=place.postal_code,
        latitude=str(facts["latitude"]),
        longitude=str(facts["longitude"]),
        region_code=place.region_code,
        mark=mark_of(facts),
    )


# Clients


def clients() -> tuple[ClientRecord, ...]:
    """All other systems, open ones first, by name."""
    rows = ApiClient.objects.order_by("-active", "name", "code")
    return tuple(ClientRecord(*values) for values in rows.values_list("id", "code", "name", "active", "created_at"))


def client_record(code: str) -> ClientRecord | None:
    """The client with this code, or None."""
    return next((row for row in clients() if row.code == plain_line(code)), None)
