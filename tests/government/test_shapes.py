# SPDX-License-Identifier: EUPL-1.2
"""The drawn shapes: complete, made from the village table alone, each village in the shape of its own place."""

import json

import pytest

from melayani.government import drawing
from melayani.government.packaged import DATA, places
from melayani.government.shapes import Ring, Shape, district_shapes, region_shapes

PLACES = places()
VILLAGES = [(p.code, p.latitude, p.longitude) for p in PLACES if p.code.count(".") == 3 and p.latitude and p.longitude]


def inside(rings: tuple[Ring, ...], x: float, y: float) -> bool:
    odd = False
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (y0 > y) is not (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                odd = not odd
    return odd


def test_every_region_and_district_has_a_shape_with_its_middle_inside() -> None:
    for level, found in ((1, region_shapes()), (2, district_shapes())):
        assert set(found) == {place.code for place in PLACES if place.code.count(".") == level}
        for code, shape in found.items():
            assert inside(shape.rings, shape.middle[0] + 0.1, shape.middle[1] + 0.1), code


def test_nearly_every_village_lies_in_the_shape_of_its_own_place() -> None:
    sample, wrong = VILLAGES[::31], {5: 0, 8: 0}
    shapes: dict[int, dict[str, Shape]] = {5: dict(region_shapes()), 8: dict(district_shapes())}
    for code, lat, long in sample:
        x, y = (2 * n for n in drawing.at_cell(lat=lat, long=long))
        for letters, missed in wrong.items():
            wrong[letters] = missed + (not inside(shapes[letters][code[:letters]].rings, x, y))
    assert wrong[5] <= 0.02 * len(sample)
    assert wrong[8] <= 0.05 * len(sample)


@pytest.mark.prove
def test_the_file_is_what_the_village_table_gives() -> None:
    """Drawing takes half a minute; whoever changes the table or the drawing runs it again."""
    made = json.dumps(drawing.shapes(VILLAGES), separators=(",", ":"), sort_keys=True)
    assert json.loads(made) == json.loads((DATA / "shapes.json").read_text(encoding="utf-8"))


def test_a_line_keeps_its_ends_and_stays_within_its_tolerance() -> None:
    line = [(float(n), (n % 2) * 0.4) for n in range(20)]
    assert drawing.simplified(line, 1.0) == [line[0], line[-1]]
    assert drawing.simplified(line, 0.1) == line
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
    assert set(drawing.simplified(square, 1.0)) == set(square)


def test_a_border_is_the_same_from_both_sides() -> None:
    borders = drawing.Borders(cuts={(0, 0), (0, 9)}, tolerance=0.5)
    way = [(0, n) for n in range(10)]
    right = [(n, 9) for n in range(1, 5)] + [(4, n) for n in range(8, -1, -1)] + [(n, 0) for n in range(3, 0, -1)]
    left = [(-n, 0) for n in range(1, 5)] + [(-4, n) for n in range(1, 10)] + [(-n, 9) for n in range(3, 0, -1)]
    there = borders.ring(way + right)
    back = borders.ring(way[::-1] + left)
    assert [p for p in there if p[0] == 0] == sorted(p for p in back if p[0] == 0)
