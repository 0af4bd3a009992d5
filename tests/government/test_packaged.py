# SPDX-License-Identifier: EUPL-1.2
"""The packaged tables: complete, well formed, with their licence, and the same days as the `holidays` package."""

from collections import Counter
from datetime import date

import holidays
import pytest

from melayani.government import packaged
from melayani.government.packaged import DATA, PlaceFacts
from melayani.government.rules import PlaceLevel, level_of, parent_of, tier_of_region

YEARS = range(2020, 2028)
HOMONYMS = {"kediri", "blitar", "malang", "probolinggo", "pasuruan", "mojokerto", "madiun"}


@pytest.fixture(scope="module")
def places() -> dict[str, PlaceFacts]:
    return {place.code: place for place in packaged.places()}


def test_all_places_are_there_each_inside_another(places: dict[str, PlaceFacts]) -> None:
    levels = Counter(level_of(code) for code in places)
    assert levels == {
        PlaceLevel.PROVINSI: 1, PlaceLevel.KABKOTA: 38, PlaceLevel.KECAMATAN: 666, PlaceLevel.DESA: 8494,
    }  # fmt: skip
    assert all(parent_of(code) in places for code in places if code != "35")
    seen: set[str] = {""}
    for code in places:
        assert parent_of(code) in seen
        seen.add(code)


def test_names_say_what_and_where(places: dict[str, PlaceFacts]) -> None:
    assert places["35.07.13.1010"].full_name == "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang"
    assert places["35.05.20.2006"].full_name == "Desa Sukorejo, Kec. Wates, Kabupaten Blitar"
    assert places["35.73.05"].full_name == "Kec. Lowokwaru, Kota Malang"
    assert all(len(place.full_name) <= 200 and len(place.search_name) <= 80 for place in places.values())


def test_seven_names_are_both_regency_and_city(places: dict[str, PlaceFacts]) -> None:
    names = Counter(place.search_name for code, place in places.items() if level_of(code) is PlaceLevel.KABKOTA)
    assert {name for name, times in names.items() if times == 2} == HOMONYMS
    assert max(names.values()) == 2


def test_every_place_stands_at_the_mean_of_its_villages(places: dict[str, PlaceFacts]) -> None:
    assert all(place.latitude and place.longitude for place in places.values())
    for code in ("35.07.13", "35.73", "35"):
        inside = [p for c, p in places.items() if level_of(c) is PlaceLevel.DESA and c.startswith(f"{code}.")]
        mean = sum(p.latitude or 0 for p in inside) / len(inside)
        assert places[code].latitude == pytest.approx(mean, abs=1e-5)
        lowest, highest = min(p.longitude or 0 for p in inside), max(p.longitude or 0 for p in inside)
        assert lowest < (places[code].longitude or 0) < highest


def test_villages_have_postal_codes(places: dict[str, PlaceFacts]) -> None:
    for code, place in places.items():
        assert len(place.postal_code) == (5 if level_of(code) is PlaceLevel.DESA else 0)


def test_the_licence_lies_beside_the_table() -> None:
    licence = (DATA / "LICENSE-places.txt").read_text()
    assert "Copyright (c) 2017-2025 Cahya DSN" in licence
    assert "WITHOUT WARRANTY OF ANY KIND" in licence
    assert "LICENSE-places.txt" in (DATA / "NOTICE.txt").read_text()


def test_units_of_the_province_and_of_each_region() -> None:
    units = packaged.units()
    assert len({unit.code for unit in units}) == len(units) == 44 + 38 * 11
    by_code = {unit.code: unit for unit in units}
    desks = [unit for unit in units if unit.is_triage_desk]
    assert len(desks) == len({unit.region_code for unit in desks}) == 39
    assert by_code["35.kominfo"].is_triage_desk
    assert by_code["35.kominfo"].parent == "35.setda"
    assert by_code["35.setda"].parent == ""
    assert by_code["35.07.koordinator"].name == "Dinas Komunikasi dan Informatika Kabupaten Malang (koordinator)"
    assert by_code["35.73.pupr"].name == "Dinas Pekerjaan Umum dan Penataan Ruang Kota Malang"
    for unit in units:
        assert unit.code == f"{unit.region_code}.{unit.sector}"
        assert not unit.parent or by_code[unit.parent].region_code == unit.region_code
        assert "{" not in unit.name
        assert len(unit.name) <= 160
        assert unit.confidence == "B"
        assert tier_of_region(unit.region_code) != "PUSAT"


def test_bodies_say_what_and_how() -> None:
    bodies = packaged.bodies()
    assert {"bpn", "pln", "polri"} <= {body.code for body in bodies}
    assert all(body.what and body.how and body.name for body in bodies)


def of_the_package() -> dict[date, tuple[str, str]]:
    """Day to (kind, name) as the `holidays` package has it."""
    days: dict[date, tuple[str, str]] = {}
    for kind, category in (("national", "public"), ("cuti_bersama", "government")):
        for day, name in holidays.country_holidays("ID", years=YEARS, categories=(category,), language="id").items():
            days[day] = (kind, name)
    return days


def test_the_days_are_those_of_the_holidays_package() -> None:
    assert {fact.date: (fact.kind, fact.name) for fact in packaged.day_facts()} == of_the_package()


def test_control_the_comparison_sees_a_missing_day() -> None:
    facts = [fact for fact in packaged.day_facts() if fact.date != date(2025, 4, 7)]
    assert {fact.date: (fact.kind, fact.name) for fact in facts} != of_the_package()


def test_only_2027_is_provisional_and_nothing_later_is_known() -> None:
    years = packaged.years()
    assert [year.year for year in years] == list(YEARS)
    assert [year.year for year in years if year.provisional] == [2027]
    assert packaged.known_years() == list(range(2020, 2027))
    assert all(year.source for year in years)
