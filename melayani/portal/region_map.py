# SPDX-License-Identifier: EUPL-1.2
"""The map of the province by region, and of one region by district: drawn shapes with a number in each, ready for SVG.

Geometry comes with the program and is turned into paths once per process; a request only adds numbers. Islands far out
at sea are drawn closer, each group in a frame.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from melayani.government.rules import Tier, parent_of, tier_of_region
from melayani.government.shapes import Ring, Shape, district_shapes, region_shapes

MARGIN = 14
# The greatest width and height on a page, and how high a letter of size 1 is there; all in pixels.
MOST_WIDTH, MOST_HEIGHT, LETTER = 1000, 620, 16
NARROW = 700
# The name stands so far below the number, and one of its letters is so wide, in letters of size 1.
NAME_BELOW, NAME_WIDE = 1.25, 0.36


@dataclass(frozen=True)
class Box:
    """A rectangle on the drawing."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, x: int, y: int) -> bool:
        """Whether the point lies in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Moved:
    """Islands inside `box` are drawn `east` and `south` of where they are."""

    box: Box
    east: int
    south: int


@dataclass(frozen=True)
class Cell:
    """One place on the map: its path, where its number stands, whether it is too small for it (a city), and how many
    letters have room under the number.
    """

    code: str
    path: str
    x: int
    y: int
    small: bool
    letters: int


@dataclass(frozen=True)
class Drawing:
    """A whole map. `width` in pixels at most; `text` is the size of a letter in units of the map at that width;
    `frames` are rectangles (x, y, width, height).
    """

    box: str
    width: int
    text: str
    cells: tuple[Cell, ...]
    frames: tuple[tuple[int, int, int, int], ...]

    @property
    def narrow(self) -> bool:
        """Whether it is shrunk little on a phone, so that its letters need to grow less there."""
        return self.width <= NARROW


# Bawean, Masalembu, Karamian, and the Kangean islands.
FAR_ISLANDS = (
    Moved(Box(840, 380, 1000, 520), east=180, south=412),
    Moved(Box(1740, 230, 1820, 380), east=-180, south=600),
    Moved(Box(1850, 60, 1900, 140), east=-150, south=846),
    Moved(Box(2140, 900, 2560, 1180), east=-980, south=-184),
)


@cache
def province_map() -> Drawing:
    """All regencies and cities."""
    shapes = region_shapes()
    return _drawing(shapes, small=frozenset(code for code in shapes if tier_of_region(code) is Tier.KOTA))


@cache
def region_map(code: str) -> Drawing | None:
    """The districts of a regency or city; None when none are drawn. Ask only for codes that exist: it remembers."""
    inside = {name: shape for name, shape in district_shapes().items() if parent_of(name) == code}
    return _drawing(inside, small=frozenset()) if inside else None


def _drawing(shapes: Mapping[str, Shape], *, small: frozenset[str]) -> Drawing:
    placed, moved = dict[str, tuple[list[Ring], tuple[int, int]]](), dict[Moved, list[Ring]]()
    for code, shape in sorted(shapes.items()):
        rings = []
        for ring in shape.rings:
            island = _far_island(ring)
            rings.append(_shifted(ring, island))
            if island is not None:
                moved.setdefault(island, []).append(rings[-1])
        (middle,) = _shifted((shape.middle,), _far_island((shape.middle,)))
        placed[code] = rings, middle
    left, top, width, height = _rectangle(_around((ring for rings, _ in placed.values() for ring in rings), MARGIN))
    shown_width = min(MOST_WIDTH, MOST_HEIGHT * width // height)
    letter = width * LETTER / shown_width
    return Drawing(
        box=f"{left} {top} {width} {height}",
        width=shown_width,
        text=f"{letter:.1f}",
        cells=tuple(
            Cell(
                code=code,
                path="".join(map(_path, rings)),
                x=x,
                y=y,
                small=code in small,
                letters=int(_room(rings, x, y + NAME_BELOW * letter) / (NAME_WIDE * letter)),
            )
            for code, (rings, (x, y)) in placed.items()
        ),
        frames=tuple(_rectangle(_around(rings, MARGIN)) for rings in moved.values()),
    )


def _room(rings: Iterable[Ring], x: float, y: float) -> float:
    """The greatest width around x that stays inside at the height y; 0 when the point is outside."""
    crossings = sorted(
        x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        for ring in rings
        for (x0, y0), (x1, y1) in zip(ring, (*ring[1:], ring[0]), strict=True)
        if (y0 > y) is not (y1 > y)
    )
    on_left = [at for at in crossings if at <= x]
    on_right = [at for at in crossings if at > x]
    return 2 * min(x - on_left[-1], on_right[0] - x) if len(on_left) % 2 and on_right else 0.0


def _far_island(ring: Iterable[tuple[int, int]]) -> Moved | None:
    return next((m for m in FAR_ISLANDS if all(m.box.holds(x, y) for x, y in ring)), None)


def _shifted(ring: Ring, island: Moved | None) -> Ring:
    return ring if island is None else tuple((x + island.east, y + island.south) for x, y in ring)


def _around(rings: Iterable[Ring], margin: int) -> Box:
    points = [point for ring in rings for point in ring]
    across, down = [x for x, _y in points], [y for _x, y in points]
    return Box(min(across) - margin, min(down) - margin, max(across) + margin, max(down) + margin)


def _rectangle(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - box.left, box.bottom - box.top


def _path(ring: Ring) -> str:
    """The closed way in steps from corner to corner, as short as SVG allows."""
    steps = "".join(
        f"{x - x0}" + (f"{y - y0}" if y < y0 else f" {y - y0}") + " " for (x0, y0), (x, y) in pairwise(ring)
    )
    return f"M{ring[0][0]} {ring[0][1]}l{steps.replace(' -', '-').strip()}z"
