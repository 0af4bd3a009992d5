# SPDX-License-Identifier: EUPL-1.2
"""Distances and the grid against a plain search over all points."""

from hypothesis import given
from hypothesis import strategies as st

from melayani.ground.geometry import PointGrid, distance_km

degrees = st.tuples(st.floats(-8.8, -6.8), st.floats(111, 114.5))


def test_known_distance() -> None:
    # Surabaya to Malang along the great circle: about 78 km.
    assert 76 < distance_km(lat1=-7.2575, long1=112.7521, lat2=-7.9666, long2=112.6326) < 81


@given(st.lists(degrees, min_size=1, max_size=30), degrees, st.floats(0.5, 30))
def test_the_grid_finds_what_a_plain_search_finds(
    points: list[tuple[float, float]], at: tuple[float, float], within: float
) -> None:
    named = [(f"{n:03}", lat, long) for n, (lat, long) in enumerate(points)]
    lat, long = at
    far = [(distance_km(lat1=lat, long1=long, lat2=a, long2=b), code) for code, a, b in named]
    expected = min((pair for pair in far if pair[0] <= within), default=None)
    found = PointGrid(named).nearest(lat=lat, long=long, within_km=within)
    assert (found and (found.distance_km, found.code)) == expected
