# SPDX-License-Identifier: EUPL-1.2
"""Places in the database: rows, lists, names, addresses, and the place of a point."""

from math import degrees

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.government.models import Place
from melayani.government.queries import children, found_place, place_row, places_named, read_address, regions
from melayani.government.rules import PlaceLevel, PlaceRefused, region_of
from melayani.ground.geometry import EARTH_RADIUS_KM, distance_km

pytestmark = pytest.mark.django_db

KEPANJEN = "35.07.13.1010"


def test_a_place_by_its_code() -> None:
    row = place_row(KEPANJEN)
    assert (row.code, row.level, row.name, row.region_code) == (KEPANJEN, "desa", "Kepanjen", "35.07")
    assert row.full_name == "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang"
    assert (row.latitude, row.longitude) == (-8.13112, 112.56794)
    assert place_row("35").region_code == "35"


@pytest.mark.parametrize("code", ["", "36", "35.07.13.9999", "35.07.", "٣٥", "35\x00", "35\n", "\ud800", "3" * 10_000])
def test_an_unknown_place_is_refused(code: str) -> None:
    for look_up in (place_row, children):
        with pytest.raises(PlaceRefused) as refusal:
            look_up(code)
        assert refusal.value.code == "place_unknown"


def test_regions_by_code_and_children_by_name() -> None:
    codes = [row.code for row in regions()]
    assert len(codes) == 38
    assert codes == sorted(codes)
    assert (codes[0], codes[-1]) == ("35.01", "35.79")
    inside = children("35.07")
    assert len(inside) == 33
    assert [row.name for row in inside] == sorted(row.name for row in inside)
    assert {row.level for row in children("35.07.13")} == {"desa"}
    assert children(KEPANJEN) == ()


def test_reference_rows_are_remembered(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        place_row("35.07"), regions(), children("35.07")
    with django_assert_num_queries(0):
        place_row("35.07"), regions(), children("35.07")


@pytest.mark.usefixtures("nothing_known")
def test_homonyms_are_both_offered(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # whether places changed, the names once, then the rows
        rows = places_named("Malang")
    assert [row.full_name for row in rows[:2]] == ["Kabupaten Malang", "Kota Malang"]
    with django_assert_num_queries(1):
        assert len(places_named("sukorejo")) == 41
    with django_assert_num_queries(0):
        assert places_named("") == places_named("xyzzy") == ()
    assert places_named("sukorejo", within="35.72")[0].full_name == "Kec. Sukorejo, Kota Blitar"


@pytest.mark.usefixtures("nothing_known")
def test_an_address_is_read_to_rows(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):
        reading = read_address("Jl. Raya Kepanjen No 3, Kec. Kepanjen, Kab. Malang")
    assert reading.place_code == "35.07.13"
    assert [row.full_name for row in reading.candidates] == ["Kec. Kepanjen, Kabupaten Malang"]
    reading = read_address("malang")
    assert reading.place_code is None
    assert [row.full_name for row in reading.candidates] == ["Kabupaten Malang", "Kota Malang"]
    reading = read_address("Semarang, Jawa Tengah")
    assert (reading.place_code, reading.candidates) == (None, ())
    assert len(read_address("sukorejo").candidates) == 20


@pytest.mark.usefixtures("nothing_known")
def test_a_place_renamed_by_the_administrator_is_found_under_its_new_name() -> None:
    Place.objects.filter(code="35.07.13").update(name="Kepanjen Baru", search_name="kepanjen baru")
    assert [row.name for row in places_named("kepanjen baru")] == ["Kepanjen Baru"]


# Points


@pytest.mark.parametrize(
    ("lat", "long", "region"),
    [
        (-7.9826, 112.6308, "35.73"),  # the square of Kota Malang
        (-7.2458, 112.7378, "35.78"),  # Tugu Pahlawan, Surabaya
        (-8.1303, 112.5690, "35.07"),  # Kepanjen
        (-7.8714, 112.5247, "35.79"),  # Batu
        (-7.0051, 113.8599, "35.29"),  # Sumenep on Madura
    ],
)
def test_a_point_lies_in_the_region_of_the_nearest_village(lat: float, long: float, region: str) -> None:
    found = found_place(lat=lat, long=long)
    assert region_of(found.code) == region
    assert not found.ask


def test_the_nearest_of_all_villages_is_found() -> None:
    lat, long = -7.61, 111.52
    points = Place.objects.filter(level=PlaceLevel.DESA).values_list("code", "latitude", "longitude")
    nearest = min(
        (distance_km(lat1=lat, long1=long, lat2=there or 0, long2=east or 0), code) for code, there, east in points
    )
    found = found_place(lat=lat, long=long)
    assert (found.distance_km, found.code) == nearest


@pytest.fixture
def southernmost() -> Place:
    """No village lies further south, so on the meridian south of it nothing is nearer."""
    place = Place.objects.filter(level=PlaceLevel.DESA).order_by("latitude").first()
    assert place is not None
    return place


@pytest.mark.parametrize(("far", "ask"), [(0.5, False), (5.99, False), (6.01, True), (15.99, True)])
def test_near_points_are_taken_far_ones_asked(southernmost: Place, far: float, ask: bool) -> None:
    lat = (southernmost.latitude or 0) - degrees(far / EARTH_RADIUS_KM)
    found = found_place(lat=lat, long=southernmost.longitude or 0)
    assert found.code == southernmost.code
    assert found.distance_km == pytest.approx(far, abs=1e-6)
    assert found.ask is ask


def test_beyond_sixteen_kilometres_is_outside(southernmost: Place) -> None:
    lat = (southernmost.latitude or 0) - degrees(16.01 / EARTH_RADIUS_KM)
    with pytest.raises(PlaceRefused) as refusal:
        found_place(lat=lat, long=southernmost.longitude or 0)
    assert refusal.value.code == "point_outside"


NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("lat", "long"),
    [
        (-6.2, 106.8), (-8.65, 115.21), (-7.57, 110.82), (0, 0), (112.6, -7.9), (90, 180), (-90, -180),
        (NAN, 112), (-7, NAN), (INFINITE, 112), (-7, -INFINITE), (1e308, 1e308),
    ],
)  # fmt: skip
def test_points_elsewhere_are_refused(lat: float, long: float) -> None:
    with pytest.raises(PlaceRefused) as refusal:
        found_place(lat=lat, long=long)
    assert refusal.value.code == "point_outside"


@pytest.mark.usefixtures("nothing_known")
def test_the_grid_is_built_by_one_query_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):  # and one asks whether places changed
        found_place(lat=-7.9826, long=112.6308)
    with django_assert_num_queries(0):
        found_place(lat=-7.2458, long=112.7378)
        with pytest.raises(PlaceRefused):
            found_place(lat=0, long=0)
