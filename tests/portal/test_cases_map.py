# SPDX-License-Identifier: EUPL-1.2
"""The map of cases: every region and district once on the map and once in the table, true numbers, no script."""

import gzip
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases.models import Case
from melayani.cases.rules import Visibility
from melayani.government.queries import children, regions
from melayani.ground.memo import forget_all
from melayani.portal.pages.cases_map import SHADES, shade_of
from tests.builders import a_case, filed
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
MAP = "/kasus?tampilan=peta"
HTML_COMPRESSED = 14_000


def seen(client: Client, address: str = MAP) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    assert not answer.cookies
    return Page(answer)


def on_map(page: Page) -> dict[str, str]:
    """Address by label of every link of the map."""
    labelled = [link for link in page.all("a") if re.fullmatch(r"n\d", link.get("class", ""))]
    return {link["aria-label"]: link["href"] for link in labelled}


def in_table(page: Page) -> dict[str, tuple[str, str]]:
    """(unanswered, late) by name of every row."""
    rows = re.findall(
        r'<tr><td>(?:<a [^>]*>)?([^<]+)(?:</a>)?</td><td class="num">(.*?)</td><td(?: class="num")?>(.*?)</td></tr>',
        page.html,
    )
    return {name: (count, re.sub(r"<[^>]*>", "", late)) for name, count, late in rows}


def test_every_region_is_on_the_map_and_in_the_table_with_the_same_number(client: Client) -> None:
    a_case()
    a_case(at=MONDAY - timedelta(days=40))
    a_case(place="35.78.01")
    a_case(visibility=Visibility.SECRET)
    page = seen(client)
    labels, rows = on_map(page), in_table(page)
    assert set(rows) == {row.name for row in regions()}
    assert {label.partition(":")[0] for label in labels} == set(rows)
    assert rows["Kabupaten Malang"] == ("2", "1")
    assert rows["Kota Surabaya"] == ("1", "0")
    assert labels["Kabupaten Malang: 2 kasus belum dijawab, 1 di antaranya lewat janji"] == f"{MAP}&wilayah=35.07"
    assert labels["Kabupaten Pacitan: 0 kasus belum dijawab"] == f"{MAP}&wilayah=35.01"
    assert "Seluruh Jawa Timur: 3 kasus belum dijawab, 1 di antaranya lewat janji." in page.text
    drawn = re.findall(r'dy="\.35em">([^<]+)</text>', page.html)
    assert sum(map(int, drawn)) == 3


def test_a_region_shows_its_districts_and_they_add_up(client: Client) -> None:
    a_case()
    a_case(place="35.07.01")
    whole = a_case(place="35.07")
    Case.objects.filter(pk=whole.pk).update(due_at=MONDAY - timedelta(days=3))
    page = seen(client, f"{MAP}&wilayah=35.07")
    labels, rows = on_map(page), in_table(page)
    assert {label.partition(":")[0] for label in labels} == {row.name for row in children("35.07")}
    assert rows["Kepanjen"] == ("1", "0")
    assert rows["Kecamatannya belum diketahui"] == ("1", "1")
    assert [sum(int(row[column]) for row in rows.values()) for column in (0, 1)] == [3, 1]
    assert "/kasus?wilayah=35.07.13&keadaan=belum-dijawab" in labels.values()
    assert "Kabupaten Malang: 3 kasus belum dijawab, 1 di antaranya lewat janji." in page.text
    assert f"/kasus/{whole.number}" in {link.get("href") for link in page.all("a")}
    # A district of it is the same map, and the list is one tap away.
    assert on_map(seen(client, f"{MAP}&wilayah=35.07.13")) == labels
    assert "/kasus?wilayah=35.07&keadaan=belum-dijawab" in {link.get("href") for link in page.all("a")}


def test_an_empty_map_teaches(client: Client) -> None:
    assert "Seluruh Jawa Timur: 0 kasus belum dijawab." in seen(client).text
    assert "Tidak ada kasus umum yang menunggu jawaban di sini." in seen(client, f"{MAP}&wilayah=35.01").text


@pytest.mark.parametrize("region", ["35.01", "35.25", "35.29", "35.76", "35.78"])
def test_every_kind_of_region_can_be_opened_and_is_light(client: Client, region: str) -> None:
    page = seen(client, f"{MAP}&wilayah={region}")
    assert len(on_map(page)) == len(children(region))
    assert len(gzip.compress(page.html.encode(), 9)) <= HTML_COMPRESSED


def test_the_whole_map_is_light(client: Client) -> None:
    for row in regions():
        a_case(place=row.code, at=MONDAY - timedelta(days=40))
    page = seen(client)
    assert len(gzip.compress(page.html.encode(), 9)) <= HTML_COMPRESSED
    assert page.all("script") == []


def test_numbers_in_the_drawing_are_written_for_machines(client: Client) -> None:
    for address in (MAP, f"{MAP}&wilayah=35.78", f"/en{MAP}"):
        html = seen(client, address).html
        for number in re.findall(r'\b(?:font-size|(?<!d)x|(?<!d)y|width|height|cx|cy|viewBox)="([^"]*)"', html):
            assert re.fullmatch(r"-?[\d.]+( -?[\d.]+)*", number), number


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("?tampilan=peta&wilayah=", "/kasus?tampilan=peta"),
        ("?tampilan=peta&topik=sosial&wilayah=35.07", "/kasus?tampilan=peta&wilayah=35.07"),
        ("?tampilan=daftar", "/kasus"),
        ("?tampilan=%00", "/kasus"),
    ],
)
def test_address_holds_what_the_map_shows(client: Client, query: str, clean: str) -> None:
    answer = client.get(f"/kasus{query}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == clean


@pytest.mark.parametrize("region", ["99.99", "35", "35.07.13.1010", "x", "%00", "35.07%E2%80%AE"])
def test_unknown_regions_say_so(client: Client, region: str) -> None:
    answer = client.get(f"{MAP}&wilayah={region}")
    assert answer.status_code == 422
    assert "Pilihan ini tidak ada." in answer.content.decode()


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post(MAP).status_code == 405


def test_at_most_two_queries_and_the_numbers_are_kept_a_minute(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in (1, 3):
        for _ in range(rows):
            filed()
        for address, fresh, kept in ((MAP, 1, 0), (f"{MAP}&wilayah=35.07", 2, 1)):
            seen(client, address)
            forget_all()
            a_case()  # reference data is in memory, the numbers are not
            regions(), children("35.07")
            with django_assert_num_queries(fresh):
                seen(client, address)
            with django_assert_num_queries(kept):
                seen(client, address)


@pytest.mark.parametrize(
    ("number", "most", "shade"), [(0, 0, 0), (0, 9, 0), (1, 1, 4), (1, 1000, 1), (5, 8, 3), (8, 8, 4)]
)
def test_shades(number: int, most: int, shade: int) -> None:
    assert shade_of(number, most=most) == shade
    assert shade_of(number, most=most) <= SHADES
