# SPDX-License-Identifier: EUPL-1.2
"""Where places lie, by the thousand and nothing more: what a map needs to tell people where they are."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from melayani.government.models import Place
from melayani.government.rules import PlaceLevel


class MapPoint(NamedTuple):
    """A place as a dot: its code, its name, and its point rounded to three decimals (about 100 m)."""

    code: str
    name: str
    latitude: float
    longitude: float


def points_of_level(*levels: PlaceLevel) -> tuple[MapPoint, ...]:
    """All places of these levels, by code; one query."""
    return _points(Place.objects.filter(level__in=levels))


def village_points(region_code: str) -> tuple[MapPoint, ...]:
    """The villages of a regency or city, by code; one query."""
    return _points(Place.objects.filter(level=PlaceLevel.DESA, code__startswith=f"{region_code}."))


def _points(places: QuerySet[Place]) -> tuple[MapPoint, ...]:
    rows: Iterable[tuple[str, str, float | None, float | None]] = (
        places.filter(latitude__isnull=False, longitude__isnull=False)
        .order_by("code")
        .values_list("code", "name", "latitude", "longitude")
    )
    return tuple(
        MapPoint(code, name, round(lat, 3), round(long, 3))
        for code, name, lat, long in rows
        if lat is not None and long is not None
    )
