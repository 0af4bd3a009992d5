# SPDX-License-Identifier: EUPL-1.2
"""The public list: newest first, 25 a page, filters stand in the address only when set, no secret case anywhere."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases.rules import Stage, Visibility
from tests.builders import a_case, a_waiting_case, filed
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def listed(client: Client, query: str = "") -> list[str]:
    """The numbers on the page, in order."""
    answer = client.get(f"/kasus{query}")
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    return [
        link["href"].rpartition("/")[2] for link in Page(answer).all("a") if link.get("href", "").startswith("/kasus/")
    ]


def test_empty_list_teaches(client: Client) -> None:
    assert listed(client) == []
    assert "Belum ada kasus umum. Kasus muncul di sini" in client.get("/kasus").content.decode()
    filtered = client.get("/kasus?topik=sosial").content.decode()
    assert "Tidak ada kasus umum dengan saringan ini." in filtered
    assert "Kasus rahasia tidak pernah tampil di sini" in filtered


def test_pages_of_25_newest_first_reach_every_case_once(client: Client) -> None:
    numbers = [filed(at=MONDAY - n * MINUTE).number for n in range(60)]
    seen: list[str] = []
    address = "/kasus"
    for _ in range(3):
        page = Page(client.get(address))  # type: ignore[arg-type]  # the client answers with an HttpResponse
        seen += [a["href"][7:] for a in page.all("a") if a.get("href", "").startswith("/kasus/")]
        following = [a["href"] for a in page.all("a") if a.get("rel") == "next"]
        address = following[0] if following else ""
    assert address == ""
    assert seen == numbers


def test_secret_cases_are_not_in_the_list(client: Client) -> None:
    filed(visibility=Visibility.SECRET)
    public = filed().number
    assert listed(client) == [public]


def test_filters(client: Client) -> None:
    surabaya = a_case(place="35.78.01").number
    malang = a_case(place="35.73").number
    kabupaten = a_case().number
    waiting = a_waiting_case(place="35.78").number
    answered = a_case(stage=Stage.ANSWERED).number
    late = a_case(at=MONDAY - timedelta(days=40)).number
    assert set(listed(client, "?wilayah=35.78")) == {surabaya, waiting}
    assert listed(client, "?wilayah=35.73") == [malang]
    assert waiting not in listed(client, "?topik=perhubungan")
    assert listed(client, "?keadaan=dijawab") == [answered]
    assert listed(client, "?keadaan=lewat-janji") == [late]
    assert listed(client, "?wilayah=35.07&keadaan=lewat-janji&topik=perhubungan") == [late]
    assert kabupaten in listed(client, "?keadaan=menunggu")


def test_filters_by_kind_unit_district_and_all_that_is_unanswered(client: Client) -> None:
    light = a_case().number
    asked = a_case(kind="PERMINTAAN_INFORMASI").number
    answered = a_case(stage=Stage.ANSWERED).number
    late = a_case(at=MONDAY - timedelta(days=40)).number
    elsewhere = a_case(place="35.07.01").number
    road = a_case(service="", topic="infrastruktur").number
    assert listed(client, "?jenis=PERMINTAAN_INFORMASI") == [asked]
    assert set(listed(client, "?wilayah=35.07.13")) == {light, asked, answered, late, road}
    assert listed(client, "?wilayah=35.07.01") == [elsewhere]
    assert answered not in listed(client, "?keadaan=belum-dijawab")
    assert {light, late} <= set(listed(client, "?keadaan=belum-dijawab"))
    lights = set(listed(client, "?unit=35.07.dishub"))
    assert {light, late} <= lights
    assert road not in lights
    assert listed(client, "?unit=35.07.dishub&wilayah=35.07&keadaan=lewat-janji&jenis=PENGADUAN") == [late]


def test_units_are_offered_for_the_chosen_region_only(client: Client) -> None:
    def offered(query: str) -> list[str]:
        page = Page(client.get(f"/kasus{query}"))  # type: ignore[arg-type]  # the client answers with an HttpResponse
        return [name for name, _value in page.form("topik").fields]

    assert "unit" not in offered("")
    assert "unit" in offered("?wilayah=35.07")
    assert "unit" in offered("?unit=35.07.dishub")
    html = client.get("/kasus?wilayah=35.07").content.decode()
    assert "Dinas Perhubungan Kabupaten Malang" in html
    assert "Dinas Perhubungan Kabupaten Pacitan" not in html


def test_every_set_filter_can_be_taken_away_alone(client: Client) -> None:
    page = Page(client.get("/kasus?topik=sosial&wilayah=35.07.13&keadaan=belum-dijawab"))  # type: ignore[arg-type]  # as above
    addresses = {link.get("href") for link in page.all("a")}
    assert {
        "/kasus?wilayah=35.07.13&keadaan=belum-dijawab",
        "/kasus?topik=sosial&keadaan=belum-dijawab",
        "/kasus?topik=sosial&wilayah=35.07.13",
    } <= addresses
    assert "Kec. Kepanjen, Kabupaten Malang hapus" in page.text


def test_the_next_page_keeps_the_filters(client: Client) -> None:
    for n in range(30):
        filed(at=MONDAY - n * MINUTE)
    page = Page(client.get("/kasus?wilayah=35.07&keadaan=belum-dijawab&jenis=PENGADUAN"))  # type: ignore[arg-type]  # as above
    following = next(a["href"] for a in page.all("a") if a.get("rel") == "next")
    assert following.startswith("/kasus?wilayah=35.07&keadaan=belum-dijawab&jenis=PENGADUAN&sesudah=")
    assert len(listed(client, following.removeprefix("/kasus"))) == 5


@pytest.mark.parametrize(
    ("query", "clean"),
    [
        ("?topik=&wilayah=35.07&keadaan=", "/kasus?wilayah=35.07"),
        ("?topik=&wilayah=&keadaan=", "/kasus"),
        ("?utm_source=x", "/kasus"),
        ("?wilayah=35.07&x=1", "/kasus?wilayah=35.07"),
    ],
)
def test_address_holds_set_filters_only(client: Client, query: str, clean: str) -> None:
    answer = client.get(f"/kasus{query}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == clean


@pytest.mark.parametrize(
    "query",
    [
        "?topik=tidak-ada", "?wilayah=99.99", "?unit=35.07.tidak-ada", "?unit=%00", "?jenis=TIDAK", "?jenis=pengaduan",
        "?wilayah=35", "?wilayah=35.07.13.1010", "?keadaan=OVERDUE", "?topik=%00", "?keadaan=%F0%9F",
        "?wilayah=%E2%80%AE35.07", "?wilayah=<script>",
    ],
)  # fmt: skip
def test_unknown_filters_say_so(client: Client, query: str) -> None:
    answer = client.get(f"/kasus{query}")
    assert answer.status_code == 422
    assert "Pilihan ini tidak ada." in answer.content.decode()


@pytest.mark.parametrize("cursor", ["x", "0", "-", "9" * 30 + "-1", "١-٢", "%00"])
def test_cursor_that_is_not_ours_starts_from_the_first_page(client: Client, cursor: str) -> None:
    number = filed().number
    answer = client.get(f"/kasus?sesudah={cursor}")
    assert answer.status_code == 200
    assert number in answer.content.decode()


def test_cursor_before_everything_is_an_empty_page(client: Client) -> None:
    filed()
    for cursor in ("1-1", "1-" + "9" * 30):
        assert "Tidak ada lagi." in client.get(f"/kasus?sesudah={cursor}").content.decode()


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post("/kasus").status_code == 405


def test_one_query_however_many_rows(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    filed()
    listed(client)
    with django_assert_num_queries(1):
        assert len(listed(client)) == 1
    filed()
    filed()
    with django_assert_num_queries(1):
        assert len(listed(client)) == 3


def test_no_cookie_and_nothing_private(client: Client) -> None:
    told = filed(name="Sari Wulandari", email="sari@contoh.example", identity="NAMED")
    answer = client.get("/kasus")
    assert not answer.cookies
    for canary in ("Sari Wulandari", "contoh.example", told.key):
        assert canary not in answer.content.decode()
