# SPDX-License-Identifier: EUPL-1.2
"""What the map is drawn from: the same for everybody, by whole regions, light, and nothing for other addresses."""

import gzip
import json

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.portal.filing_walk import at_place

pytestmark = pytest.mark.django_db
WHOLE, MALANG = "/lapor/peta", "/lapor/peta/35.07"
# PERF: a page with the pin map. One region is what a map of a village needs; near a border it may be three.
PIN_MAP = 100_000
REGIONS_NEARBY = 3
FETCHED = (
    "vendor/leaflet/leaflet.js", "vendor/leaflet/leaflet.css", "site/pin-map.js", "site/pin-map.css",
    "site/melayani.css", "site/find-place.js", "site/mark.svg",
)  # fmt: skip


def test_everybody_gets_the_whole_province(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        answer = client.get(WHOLE)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"].startswith("public")
    assert not answer.cookies
    said = json.loads(answer.content)
    assert len(said["places"]) == 704
    assert ["35.07", "Kabupaten Malang"] in [place[:2] for place in said["places"]]
    assert len(said["borders"]) >= 38
    with django_assert_num_queries(0):
        client.get(WHOLE)


def test_villages_of_a_region(client: Client) -> None:
    said = json.loads(client.get(MALANG).content)
    assert len(said["places"]) == 390
    assert "Kepanjen" in {place[1] for place in said["places"]}
    assert client.get(f"/en{MALANG}").content == client.get(MALANG).content


@pytest.mark.parametrize("region", ["35", "35.07.13", "35.07.13.1010", "99.99", "x", "35.07%00", "%E2%80%AE", "35.7"])
def test_other_places_are_not_there(client: Client, region: str) -> None:
    assert client.get(f"/lapor/peta/{region}").status_code == 404


@pytest.mark.parametrize("address", [WHOLE, MALANG])
def test_nobody_sends_anything_here(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405


def test_the_whole_way_to_a_pin_is_light(client: Client) -> None:
    page = at_place(client)
    weights = {name: weight(name) for name in FETCHED}
    weights["page"] = len(gzip.compress(page.html.encode(), 9))
    weights["ground"] = len(gzip.compress(client.get(WHOLE).content, 9))
    weights["villages"] = REGIONS_NEARBY * len(gzip.compress(client.get(MALANG).content, 9))
    assert sum(weights.values()) <= PIN_MAP, weights


def weight(name: str) -> int:
    found = finders.find(name)
    assert isinstance(found, str), name
    with open(found, "rb") as file:  # noqa: PTH123  # finders give strings
        return len(gzip.compress(file.read(), 9))


@pytest.mark.parametrize("name", ["site/find-place.js", "site/pin-map.js"])
def test_scripts_ask_only_us_and_write_no_markup(name: str) -> None:
    found = finders.find(name)
    assert isinstance(found, str)
    with open(found, encoding="utf-8") as file:  # noqa: PTH123  # finders give strings
        code = file.read()
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval(",
        "XMLHttpRequest",
        "sendBeacon",
        "localStorage",
    ):
        assert forbidden not in code
    assert "https:" not in code


def test_the_map_library_is_whole_and_names_its_licence() -> None:
    found = finders.find("vendor/leaflet/leaflet.js")
    assert isinstance(found, str)
    with open(found, encoding="utf-8") as file:  # noqa: PTH123  # finders give strings
        code = file.read()
    assert "SPDX-License-Identifier: BSD-2-Clause" in code
    assert "Leaflet 1.9.4" in code
    assert "sourceMappingURL" not in code
    assert finders.find("vendor/leaflet/LICENSE.txt")
