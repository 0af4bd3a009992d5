# SPDX-License-Identifier: EUPL-1.2
"""Places from a GeoJSON file: features with the properties `code` and `name`; a border becomes its middle point."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from django.db import transaction

from melayani.government.actions import record_administration
from melayani.government.models import Place
from melayani.government.rules import SYSTEM, level_of, parent_of, place_full_name, place_search_name
from melayani.ground.errors import Refused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.site.console import BadInput
from melayani.site.imports.tables import MOST_BYTES, Imported, Problem

Point = tuple[float, float]
CODE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")


class FeatureRefused(Refused):
    """This feature cannot be taken; the message says why."""


def import_places(path: Path, *, at: datetime, skip_bad: bool) -> Imported:
    """The good features of the file are places, if all are good or bad ones may be skipped; else nothing was stored.

    Problems are numbered by feature, from 1.
    """
    new = there = 0
    problems: list[Problem] = []
    features = sorted(enumerate(read_features(path), start=1), key=_depth)
    with transaction.atomic():
        for number, feature in features:
            try:
                made = _store(feature)
            except Refused as refusal:
                problems.append(Problem(number, refusal.message))
            else:
                new, there = new + made, there + (not made)
        if problems and not skip_bad:
            transaction.set_rollback(True)
            return Imported(new=0, there=0, problems=tuple(problems))
        record_administration(kind="places.imported", event={"new": new, "there": there}, by=SYSTEM, at=at)
    forget_all()
    return Imported(new=new, there=there, problems=tuple(problems))


def read_features(path: Path) -> list[Any]:
    """The features of the file. Raises `BadInput` when it is no FeatureCollection in UTF-8."""
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path.name} terlalu besar. Bagi menjadi beberapa berkas.")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} bukan GeoJSON dalam UTF-8.") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise BadInput(f"{path.name} harus berisi FeatureCollection.")
    return features


def _depth(numbered: tuple[int, Any]) -> int:
    """Parents before children: the number of points in the code."""
    return _property(numbered[1], "code").count(".")


def _property(feature: Any, name: str) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    value = properties.get(name) if isinstance(properties, dict) else None
    return plain_line(value) if isinstance(value, str) else ""


def _store(feature: Any) -> bool:
    """The place is as the feature says, and what lies in it is named after it; whether it is new."""
    code, name = _property(feature, "code"), _property(feature, "name")
    if not CODE.fullmatch(code):
        raise FeatureRefused("code", "code harus kode wilayah seperti 35.07 atau 35.07.13.2003.")
    check_length(name, most=80, name="name")
    parent = parent_of(code)
    if parent and not Place.objects.filter(code=parent).exists():
        raise FeatureRefused("parent", f"tempat di atasnya ({parent}) belum ada.")
    known = Place.objects.filter(code=code).first()
    place = known or Place(code=code, level=level_of(code), parent_id=parent or None)
    renamed = place.name != name
    place.name, place.search_name = name, place_search_name(code, name)
    place.postal_code = _property(feature, "postal_code")[:5] or place.postal_code
    middle = middle_of(feature.get("geometry"))
    if middle is not None:
        place.longitude, place.latitude = (round(degrees, 5) for degrees in middle)
    place.full_name = _full_name(place)
    place.save()
    if renamed and known is not None:
        for inside in Place.objects.filter(code__startswith=f"{code}."):
            inside.full_name = _full_name(inside)
            inside.save(update_fields=["full_name"])
    return known is None


def _full_name(place: Place) -> str:
    parts = place.code.split(".")
    lineage = [".".join(parts[:n]) for n in range(1, len(parts))]
    names = dict(Place.objects.filter(code__in=lineage).values_list("code", "name"))
    return place_full_name(place.code, [*(names[code] for code in lineage), place.name])


def middle_of(geometry: Any) -> Point | None:
    """Longitude and latitude of a point, or the centre of area of the largest ring of a border; None = no geometry.

    Raises `FeatureRefused` for other kinds and for coordinates that are none.
    """
    if geometry is None:
        return None
    try:
        if geometry["type"] == "Point":
            return _point(geometry["coordinates"])
        given = geometry["coordinates"]
        polygons = {"Polygon": [given], "MultiPolygon": given}[geometry["type"]]
        rings = [[_point(point) for point in polygon[0]] for polygon in polygons]
        return max((_middle_of_ring(ring) for ring in rings), key=lambda found: found[0])[1]
    except (KeyError, TypeError, IndexError, ValueError, ZeroDivisionError) as error:
        raise FeatureRefused("geometry", "geometry harus Point, Polygon, atau MultiPolygon yang utuh.") from error


def _point(given: Any) -> Point:
    longitude, latitude = float(given[0]), float(given[1])
    if not (isfinite(longitude) and isfinite(latitude) and abs(longitude) <= 180 and abs(latitude) <= 90):
        raise ValueError("no coordinates")
    return longitude, latitude


def _middle_of_ring(ring: Sequence[Point]) -> tuple[float, Point]:
    """Size (in square degrees) and centre of area of a ring; of a ring without area the mean of its corners."""
    doubled = x = y = 0.0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        doubled, x, y = doubled + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    if abs(doubled) < 1e-12:
        return 0.0, (sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    return abs(doubled) / 2, (x / (3 * doubled), y / (3 * doubled))
