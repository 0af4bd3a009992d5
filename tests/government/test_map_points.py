# SPDX-License-Identifier: EUPL-1.2
"""Points for the map: all places of a level, all villages of a region, rounded, by one query each."""

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.government.map_points import points_of_level, village_points
from melayani.government.rules import PlaceLevel

pytestmark = pytest.mark.django_db


def test_all_regions_and_districts(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        points = points_of_level(PlaceLevel.KABKOTA, PlaceLevel.KECAMATAN)
    assert len(points) == 38 + 666
    assert [point.code for point in points] == sorted(point.code for point in points)


def test_the_villages_of_one_region(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        points = village_points("35.07")
    assert len(points) == 390
    assert {point.code[:5] for point in points} == {"35.07"}
    assert all(round(point.latitude, 3) == point.latitude for point in points)
    assert village_points("35.99") == ()
