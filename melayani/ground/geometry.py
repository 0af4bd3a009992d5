# SPDX-License-Identifier: EUPL-1.2
"""Distances and nearest points on the ground, in kilometres; coordinates in degrees (WGS 84), latitude first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import asin, cos, floor, hypot, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


def distance_km(*, lat1: float, long1: float, lat2: float, long2: float) -> float:
    """The great-circle distance (haversine)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(long2 - long1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True)
class Nearest:
    """The nearest named point and how far away it is."""

    code: str
    distance_km: float


KM_PER_DEGREE = EARTH_RADIUS_KM * radians(1)
# The flat distance used to sort out is wrong by far less than this share over the few kilometres of a look-up.
FLAT_ERROR = 0.01


class PointGrid:
    """Named points in cells of 0.05 degree (about 5.5 km); a look-up goes outwards ring by ring and stops early."""

    CELL = 0.05

    def __init__(self, points: Iterable[tuple[str, float, float]]) -> None:
        """`points` are (code, latitude, longitude), not near the poles."""
        cells: dict[tuple[int, int], list[tuple[str, float, float]]] = {}
        for code, lat, long in points:
            cells.setdefault(self._cell(lat, long), []).append((code, lat, long))
        self._cells: Mapping[tuple[int, int], list[tuple[str, float, float]]] = cells

    def _cell(self, lat: float, long: float) -> tuple[int, int]:
        return floor(lat / self.CELL), floor(long / self.CELL)

    def nearest(self, *, lat: float, long: float, within_km: float) -> Nearest | None:
        """The nearest point no farther than `within_km`, or None. Ties go to the smaller code."""
        east_km = KM_PER_DEGREE * max(0.05, cos(radians(lat)))
        ring_km = self.CELL * min(east_km, KM_PER_DEGREE) * (1 - FLAT_ERROR)
        best: Nearest | None = None
        reach = within_km
        ring = 0
        # Points in ring n + 1 and beyond lie at least n ring widths away.
        while (ring - 1) * ring_km <= reach:
            for code, point_lat, point_long in self._ring(lat, long, ring):
                flat = hypot((point_lat - lat) * KM_PER_DEGREE, (point_long - long) * east_km)
                if flat * (1 - FLAT_ERROR) > reach:
                    continue
                far = distance_km(lat1=lat, long1=long, lat2=point_lat, long2=point_long)
                if far <= within_km and (best is None or (far, code) < (best.distance_km, best.code)):
                    best, reach = Nearest(code=code, distance_km=far), far
            ring += 1
        return best

    def _ring(self, lat: float, long: float, ring: int) -> Iterator[tuple[str, float, float]]:
        row, column = self._cell(lat, long)
        if ring == 0:
            yield from self._cells.get((row, column), ())
            return
        for step in range(-ring, ring + 1):
            yield from self._cells.get((row - ring, column + step), ())
            yield from self._cells.get((row + ring, column + step), ())
        for step in range(1 - ring, ring):
            yield from self._cells.get((row + step, column - ring), ())
            yield from self._cells.get((row + step, column + ring), ())
