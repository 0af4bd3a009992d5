# SPDX-License-Identifier: EUPL-1.2
"""Distances and nearest points on the ground, in kilometres; coordinates in degrees (WGS 84), latitude first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, floor, radians, sin, sqrt

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


class PointGrid:
    """Named points in cells of 0.1 degree (about 11 km), so that a look-up reads a few dozen points, not all."""

    CELL = 0.1

    def __init__(self, points: Iterable[tuple[str, float, float]]) -> None:
        """`points` are (code, latitude, longitude)."""
        cells: dict[tuple[int, int], list[tuple[str, float, float]]] = {}
        for code, lat, long in points:
            cells.setdefault(self._cell(lat, long), []).append((code, lat, long))
        self._cells: Mapping[tuple[int, int], list[tuple[str, float, float]]] = cells

    def _cell(self, lat: float, long: float) -> tuple[int, int]:
        return floor(lat / self.CELL), floor(long / self.CELL)

    def nearest(self, *, lat: float, long: float, within_km: float) -> Nearest | None:
        """The nearest point no farther than `within_km`, or None. Ties go to the smaller code."""
        row, column = self._cell(lat, long)
        reach = int(within_km / (self.CELL * 110 * max(0.2, cos(radians(lat))))) + 1
        best: Nearest | None = None
        for north in range(row - reach, row + reach + 1):
            for east in range(column - reach, column + reach + 1):
                for code, point_lat, point_long in self._cells.get((north, east), ()):
                    far = distance_km(lat1=lat, long1=long, lat2=point_lat, long2=point_long)
                    if far <= within_km and (best is None or (far, code) < (best.distance_km, best.code)):
                        best = Nearest(code=code, distance_km=far)
        return best
