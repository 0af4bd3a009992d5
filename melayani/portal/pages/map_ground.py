# SPDX-License-Identifier: EUPL-1.2
"""What the map of the filing page is drawn from when no tiles are set: borders, names and points of our own places.

It says nothing about who asks or where they are: everybody gets the same, by whole regions.
"""

import json

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.government.map_points import points_of_level, village_points
from melayani.government.queries import place_row
from melayani.government.rules import PlaceLevel, PlaceRefused
from melayani.government.shapes import region_shapes
from melayani.ground.memo import remembered
from melayani.portal.access import not_found

KEPT_SECONDS = 24 * 3600
REMEMBERED_SECONDS = 600.0


@require_safe
def map_ground_page(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """Regions and districts with their points, and the borders of the regions."""
    return _answer(whole_ground())


@require_safe
def village_ground_page(request: HttpRequest, region: str) -> HttpResponse:
    """The villages of one region with their points."""
    try:
        place = place_row(region)
    except PlaceRefused as refusal:
        raise not_found(request) from refusal
    if place.level != PlaceLevel.KABKOTA:
        raise not_found(request)
    return _answer(_villages(place.code))


@remembered(seconds=REMEMBERED_SECONDS)
def whole_ground() -> bytes:
    """The JSON of the whole province, as it is sent."""
    borders = [[n for point in ring for n in point] for shape in region_shapes().values() for ring in shape.rings]
    points = points_of_level(PlaceLevel.KABKOTA, PlaceLevel.KECAMATAN)
    return _json({"borders": borders, "places": points})


@remembered(seconds=REMEMBERED_SECONDS)
def _villages(region: str) -> bytes:
    return _json({"places": village_points(region)})


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(body: bytes) -> HttpResponse:
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    return answer
