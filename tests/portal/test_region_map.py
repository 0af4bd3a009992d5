# SPDX-License-Identifier: EUPL-1.2
"""The drawing: every place once, its number inside its own shape, paths a browser can read, nothing overlapping."""

import re

import pytest

from melayani.government.packaged import places
from melayani.government.shapes import region_shapes
from melayani.portal.region_map import Drawing, province_map, region_map

REGIONS = sorted(region_shapes())
DISTRICTS = [place.code for place in places() if place.code.count(".") == 2]


def corners(path: str) -> list[list[tuple[int, int]]]:
    """The rings of a path, as a browser walks them."""
    assert re.fullmatch(r"(M-?\d+ -?\d+l(-?\d+ ?-?\d+ ?)*z)+", path), path
    rings = []
    for part in path.split("z")[:-1]:
        start, _l, steps = part[1:].partition("l")
        x, y = (int(n) for n in start.split())
        ring, numbers = [(x, y)], [int(n) for n in re.findall(r"-?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(ring)
    return rings


def inside(rings: list[list[tuple[int, int]]], x: float, y: float) -> bool:
    odd = False
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y0 > y) is not (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                odd = not odd
    return odd


def check(drawing: Drawing, codes: set[str]) -> None:
    assert {cell.code for cell in drawing.cells} == codes
    left, top, width, height = map(int, drawing.box.split())
    for cell in drawing.cells:
        rings = corners(cell.path)
        assert inside(rings, cell.x + 0.1, cell.y + 0.1), cell.code
        for x, y in (point for ring in rings for point in ring):
            assert left <= x <= left + width
            assert top <= y <= top + height
    assert 0 < drawing.width <= 1000
    assert float(drawing.text) > 0


def test_the_province() -> None:
    check(province_map(), set(REGIONS))
    assert len(REGIONS) == 38
    assert {cell.code for cell in province_map().cells if cell.small} == {f"35.{n}" for n in range(71, 80)}


@pytest.mark.parametrize("region", REGIONS)
def test_each_region(region: str) -> None:
    drawing = region_map(region)
    assert drawing is not None
    check(drawing, {code for code in DISTRICTS if code.startswith(f"{region}.")})


def test_no_region_no_map() -> None:
    assert region_map("99.99") is None


def test_a_name_is_promised_room_only_where_it_has_some() -> None:
    letters = {cell.code: cell.letters for cell in province_map().cells}
    assert letters["35.10"] >= len("Banyuwangi")
    assert letters["35.76"] < len("Mojokerto")
