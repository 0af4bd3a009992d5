# SPDX-License-Identifier: EUPL-1.2
"""Draws the map of East Java from the village table alone and writes `data/shapes.json`: no boundary file is used.

Every spot belongs to the nearest village, and villages of one district, one regency or city, are joined. Land is what
lies near villages: gaps between them are closed, then the rim is taken back, so that the coast stays close. Borders are
traced once and simplified once, so that neighbours fit. Run by hand when the table changes:
`python -m melayani.government.drawing`.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians

from melayani.government.packaged import DATA, places
from melayani.government.rules import Tier, tier_of_region

WEST, NORTH, EAST, SOUTH = 110.8, -4.9, 116.0, -8.95
CELL = 0.004  # degrees of latitude, about 440 m
SQUEEZE = cos(radians(7.7))  # a degree of longitude is a little shorter than one of latitude
COLUMNS, ROWS = int((EAST - WEST) * SQUEEZE / CELL), int((NORTH - SOUTH) / CELL)
REACH_CELLS = 16  # gaps up to 14 km between villages are land
STRAIT_CELLS = 3  # half of the water between Java and Madura
MADURA = frozenset({"35.26", "35.27", "35.28", "35.29"})
RIM_CELLS = 12  # then so much is taken back: the coast lies about 2 km from the last village
CLEARANCE = 0.4  # how much a place clear of the cities around counts beside depth, for the number of a regency
LEAST_CELLS = 30  # about 6 km2: a smaller speck within land comes from a misplaced point and joins what is around it
OUTSIDE = -1
DIAGONAL = 2**0.5

Point = tuple[float, float]
Node = tuple[int, int]
Labels = Sequence[int]


def at_cell(*, lat: float, long: float) -> Point:
    """Column and row of a point."""
    return (long - WEST) * SQUEEZE / CELL, (NORTH - lat) / CELL


def nearest_villages(villages: Sequence[tuple[str, float, float]]) -> Labels:
    """For every cell the index of its nearest village within reach, or OUTSIDE."""
    labels, nearest = array("i", [OUTSIDE]) * (COLUMNS * ROWS), array("d", [REACH_CELLS**2]) * (COLUMNS * ROWS)
    for index, (_code, lat, long) in enumerate(villages):
        x, y = at_cell(lat=lat, long=long)
        for row in range(max(0, int(y) - REACH_CELLS), min(ROWS, int(y) + REACH_CELLS + 1)):
            up, start = (row + 0.5 - y) ** 2, row * COLUMNS
            for column in range(max(0, int(x) - REACH_CELLS), min(COLUMNS, int(x) + REACH_CELLS + 1)):
                far = (column + 0.5 - x) ** 2 + up
                if far < nearest[start + column]:
                    nearest[start + column], labels[start + column] = far, index
    return labels


def distances(is_zero: Callable[[int], bool]) -> "array[float]":
    """For every cell how far the nearest zero cell is, in cells (chamfer distance)."""
    far = array("d", (0.0 if is_zero(at) else 1e9 for at in range(COLUMNS * ROWS)))
    for order, back in ((range(COLUMNS * ROWS), 1), (range(COLUMNS * ROWS - 1, -1, -1), -1)):
        steps = [(-back, 1.0), (-COLUMNS * back, 1.0)]
        steps += [(-(COLUMNS + 1) * back, DIAGONAL), ((1 - COLUMNS) * back, DIAGONAL)]
        for at in order:
            if far[at]:
                far[at] = min([far[at], *(far[at + s] + c for s, c in steps if 0 <= at + s < COLUMNS * ROWS)])
    return far


def land(labels: Labels, is_madura: Sequence[bool]) -> Labels:
    """The same without the rim beside what lies OUTSIDE, with a strait before Madura, and without holes."""

    def in_strait(at: int) -> bool:
        own = labels[at]
        return own != OUTSIDE and any(
            labels[b] != OUTSIDE and is_madura[labels[b]] != is_madura[own] for b in around(at)
        )

    rim = distances(lambda at: labels[at] == OUTSIDE)
    strait = distances(in_strait)
    kept = (
        label if far > RIM_CELLS and from_strait > STRAIT_CELLS else OUTSIDE
        for label, far, from_strait in zip(labels, rim, strait, strict=True)
    )
    return without_holes(array("i", kept))


def without_holes(labels: Labels) -> Labels:
    """The same with what is closed in by land joined to it, ring by ring from its rim: mountains without villages."""
    filled, sea = array("i", labels), bytearray(COLUMNS * ROWS)
    at_sea = [0]
    for at in at_sea:
        for beside in (at - 1, at + 1, at - COLUMNS, at + COLUMNS):
            if 0 <= beside < COLUMNS * ROWS and filled[beside] == OUTSIDE and not sea[beside]:
                sea[beside] = 1
                at_sea.append(beside)
    ring = [at for at, label in enumerate(filled) if label != OUTSIDE]
    while ring:
        grown: list[int] = []
        for at in ring:
            for beside in around(at):
                if filled[beside] == OUTSIDE and not sea[beside]:
                    filled[beside] = filled[at]
                    grown.append(beside)
        ring = grown
    return filled


def around(at: int) -> tuple[int, int, int, int]:
    """The four neighbours of a cell; the map has an empty margin, so that they all exist."""
    return at - 1, at + 1, at - COLUMNS, at + COLUMNS


def without_specks(labels: Labels) -> Labels:
    """The same with small parts that lie within land joined to the neighbour they touch most; never a whole place."""
    cleaned = array("i", labels)
    parts = list(_parts(labels))
    greatest: dict[int, int] = {}
    for cells, _touched in parts:
        greatest[labels[cells[0]]] = max(greatest.get(labels[cells[0]], 0), len(cells))
    for cells, touched in parts:
        whole = len(cells) == greatest[labels[cells[0]]]
        if len(cells) < LEAST_CELLS and not whole and OUTSIDE not in touched:
            other = max(sorted(touched), key=touched.__getitem__)
            for at in cells:
                cleaned[at] = other
    return cleaned


def _parts(labels: Labels) -> Iterator[tuple[list[int], Mapping[int, int]]]:
    """Cells of one label that hang together, and how often they touch each other label."""
    seen = bytearray(COLUMNS * ROWS)
    for start, label in enumerate(labels):
        if label == OUTSIDE or seen[start]:
            continue
        part = [start]
        touched: dict[int, int] = defaultdict(int)
        seen[start] = 1
        for at in part:
            for beside in around(at):
                if labels[beside] != label:
                    touched[labels[beside]] += 1
                elif not seen[beside]:
                    seen[beside] = 1
                    part.append(beside)
        yield part, touched


def middles(labels: Labels, fixed: Iterable[int] = ()) -> Mapping[int, Point]:
    """For every label the cell that lies deepest inside it and, unless it is `fixed`, clear of the fixed ones."""
    depth = distances(lambda at: labels[at] == OUTSIDE or any(labels[b] != labels[at] for b in around(at)))
    best: dict[int, tuple[float, int]] = {}
    small = set(fixed)
    for in_turn in (True, False):
        taken = [(at % COLUMNS, at // COLUMNS) for _room, at in best.values()]
        for at, label in enumerate(labels):
            if label == OUTSIDE or (label in small) is not in_turn or depth[at] <= best.get(label, (-1.0, 0))[0]:
                continue
            clear = min((hypot(at % COLUMNS - x, at // COLUMNS - y) for x, y in taken), default=1e9)
            best[label] = max(best.get(label, (-1.0, 0)), (min(depth[at], CLEARANCE * clear), at))
    return {label: (at % COLUMNS + 0.5, at // COLUMNS + 0.5) for label, (_room, at) in best.items()}


def rings(labels: Labels) -> Mapping[int, list[list[Node]]]:
    """For every label the closed ways around it along corners of cells, the label always on the right hand."""
    edges: dict[int, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for at, label in enumerate(labels):
        if label == OUTSIDE:
            continue
        x, y = at % COLUMNS, at // COLUMNS
        left, right, up, down = around(at)
        corners = [(up, (x, y), (x + 1, y)), (right, (x + 1, y), (x + 1, y + 1))]
        corners += [(down, (x + 1, y + 1), (x, y + 1)), (left, (x, y + 1), (x, y))]
        for beside, begin, end in corners:
            if labels[beside] != label:
                edges[label][begin].append(end)
    return {label: list(_walked(ways)) for label, ways in edges.items()}


def _walked(ways: dict[Node, list[Node]]) -> Iterator[list[Node]]:
    for start in sorted(ways):
        while ways[start]:
            ring = [start]
            while len(ring) == 1 or ring[-1] != start:
                ring.append(_turned(ring, ways[ring[-1]]))
            yield ring[:-1]


def _turned(ring: list[Node], onward: list[Node]) -> Node:
    """The next corner; where two parts touch at a corner, the way keeps to its own part."""
    if len(onward) > 1 and len(ring) > 1:
        (x0, y0), (x, y) = ring[-2:]
        onward.sort(key=lambda end: (x - x0) * (end[1] - y) - (y - y0) * (end[0] - x))
    return onward.pop()


def junctions(all_rings: Mapping[int, list[list[Node]]]) -> set[Node]:
    """The corners in which more than two borders meet: there every border is cut."""
    beside: dict[Node, set[Node]] = defaultdict(set)
    for own in all_rings.values():
        for ring in own:
            for before, here in zip((ring[-1], *ring[:-1]), ring, strict=True):
                beside[here].add(before)
                beside[before].add(here)
    return {node for node, ends in beside.items() if len(ends) > 2}


class Borders:
    """Simplified borders; one that two neighbours share is simplified once, whichever way it is walked."""

    def __init__(self, *, cuts: set[Node], tolerance: float) -> None:
        """`tolerance` in cells: no corner of the drawn border lies farther from the true one."""
        self._cuts, self._tolerance = cuts, tolerance
        self._known: dict[tuple[Node, ...], list[Point]] = {}

    def ring(self, corners: list[Node]) -> list[Point]:
        """The closed way, simplified; fewer than three points when nothing is left of it."""
        at_cuts = [place for place, node in enumerate(corners) if node in self._cuts]
        begin = at_cuts[0] if at_cuts else corners.index(min(corners))
        turned = [*corners[begin:], *corners[: begin + 1]]
        stops = [place for place, node in enumerate(turned) if node in self._cuts] if at_cuts else [0, len(turned) - 1]
        way: list[Point] = []
        for begin, end in pairwise(stops):
            way += self._border(tuple(turned[begin : end + 1]))[:-1]
        return way

    def _border(self, nodes: tuple[Node, ...]) -> list[Point]:
        backwards = nodes[::-1]
        if backwards < nodes:
            return self._border(backwards)[::-1]
        if nodes not in self._known:
            # Through the middles of the small steps the line is smoother than along them.
            halves = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(nodes)]
            smooth: list[Point] = [nodes[0], *halves, nodes[-1]]
            self._known[nodes] = simplified(smooth, self._tolerance)
        return self._known[nodes]


def simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """The line with as few corners as the tolerance allows (Douglas and Peucker); a closed one is halved first."""
    if line[0] == line[-1] and len(line) > 3:
        far = max(range(len(line)), key=lambda at: hypot(line[at][0] - line[0][0], line[at][1] - line[0][1]))
        return simplified(line[: far + 1], tolerance)[:-1] + simplified(line[far:], tolerance)
    kept, unsure = {0, len(line) - 1}, [(0, len(line) - 1)]
    while unsure:
        begin, end = unsure.pop()
        off, at = max(((_off(line[i], line[begin], line[end]), i) for i in range(begin + 1, end)), default=(0.0, 0))
        if off > tolerance:
            kept.add(at)
            unsure += [(begin, at), (at, end)]
    return [line[at] for at in sorted(kept)]


def _off(point: Point, begin: Point, end: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, begin, end
    length = hypot(x2 - x1, y2 - y1)
    if length == 0:
        return hypot(x - x1, y - y1)
    return abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length


def drawn(labels: Labels, names: Sequence[str], *, tolerance: float) -> dict[str, dict[str, object]]:
    """For every name its rings as whole numbers of half cells, flat (x, y, x, y, ...), and its middle."""
    all_rings = rings(labels)
    borders = Borders(cuts=junctions(all_rings), tolerance=tolerance)
    inside = middles(labels, fixed=(label for label, name in enumerate(names) if is_city(name)))
    found: dict[str, dict[str, object]] = {}
    for label, own in sorted(all_rings.items()):
        ways = [[(round(2 * x), round(2 * y)) for x, y in borders.ring(ring)] for ring in own]
        found[names[label]] = {
            "rings": [[n for point in way for n in point] for way in ways if len(way) > 2],
            "middle": [round(2 * n) for n in inside[label]],
        }
    return found


def is_city(code: str) -> bool:
    """Whether the code is that of a city: most lie like an island within a regency, and are small on the map."""
    return code.count(".") == 1 and tier_of_region(code) is Tier.KOTA


def joined(labels: Labels, codes: Sequence[str]) -> tuple[Labels, list[str]]:
    """The labels of wider places: `codes[label]` says which each belongs to."""
    names = sorted(set(codes))
    number = {name: index for index, name in enumerate(names)}
    wider = [number[code] for code in codes]
    return array("i", (wider[label] if label != OUTSIDE else OUTSIDE for label in labels)), names


def shapes(villages: Iterable[tuple[str, float, float]]) -> dict[str, object]:
    """Everything that is written: the shapes of districts, and of regencies and cities, by code."""
    points = sorted(villages)
    by_village = land(nearest_villages(points), [code[:5] in MADURA for code, _lat, _long in points])
    districts, district_names = joined(by_village, [code[:8] for code, _lat, _long in points])
    districts = without_specks(districts)
    regions, region_names = joined(districts, [name[:5] for name in district_names])
    regions = without_specks(regions)
    return {
        "from": "places.csv",
        "units": "half cells of 0.004 degree from 110.8 E, 4.9 S; x is squeezed by cos 7.7 degrees",
        "regions": drawn(regions, region_names, tolerance=2.2),
        "districts": drawn(districts, district_names, tolerance=1.3),
    }


def main() -> None:
    """Writes the file anew."""
    villages = [
        (place.code, place.latitude, place.longitude)
        for place in places()
        if place.code.count(".") == 3 and place.latitude is not None and place.longitude is not None
    ]
    text = json.dumps(shapes(villages), separators=(",", ":"), sort_keys=True)
    (DATA / "shapes.json").write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
