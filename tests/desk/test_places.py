# SPDX-License-Identifier: EUPL-1.2
"""Places: found by name or code with their homonyms, corrected and never deleted."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.desk.pages import places
from melayani.government.models import AdministrativeAct, Place
from melayani.government.queries import place_row
from melayani.government.reference_queries import place_register
from tests.builders import KEPANJEN, a_case
from tests.desk.administering import HOSTILE, WHY, local, marks, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db
KECAMATAN = "/meja/atur/tempat/35.07.13"


@pytest.mark.parametrize(
    ("words", "found", "not_found"),
    [
        ("kepanjen", "Kec. Kepanjen, Kabupaten Malang", "Kabupaten Malang 35.07 "),
        ("Kec. KEPANJEN", "Kec. Kepanjen, Kabupaten Malang", "Sukorejo"),
        ("35.07.13", "Kec. Kepanjen, Kabupaten Malang", "Kota Malang"),
        ("malang", "Kabupaten Malang", "Kepanjen"),
    ],
)
def test_a_place_is_found_by_the_beginning_of_its_name_or_code(words: str, found: str, not_found: str) -> None:
    page = text_of(browser(yusuf()).get("/meja/atur/tempat", {"cari": words}))
    assert found in page
    assert not_found not in page


@pytest.mark.parametrize("words", [*HOSTILE, "%", "35.", "…"])
def test_a_strange_search_breaks_nothing(words: str) -> None:
    answer = browser(yusuf()).get("/meja/atur/tempat", {"cari": words, "sesudah": words})
    assert answer.status_code == 200


def test_pages_of_places_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "place_register", lambda **asked: place_register(**asked, limit=10))
    client, seen, address = browser(yusuf()), [], "/meja/atur/tempat?cari=35.07.13"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'href="/meja/atur/tempat/([0-9.]+)"', page)
        after = re.search(r'href="(/meja/atur/tempat\?[^"]*sesudah=[^"]+)"', page)
        address = after.group(1).replace("&amp;", "&") if after else ""
    codes = Place.objects.filter(code__startswith="35.07.13").order_by("code").values_list("code", flat=True)
    assert seen == list(codes)


def test_a_place_is_shown_with_its_codes_and_homonyms() -> None:
    page = text_of(browser(yusuf()).get(f"/meja/atur/tempat/{KEPANJEN}"))
    assert f"Kode {KEPANJEN} Tingkat kelurahan" in page
    assert "Desa Kepanjen, Kec. Gumukmas, Kabupaten Jember" in page
    sukorejo = Place.objects.filter(search_name="sukorejo").order_by("code")
    assert sukorejo.count() > 26
    many = text_of(browser(yusuf()).get(f"/meja/atur/tempat/{sukorejo[0].code}"))
    assert "Hanya 25 yang pertama" in many


def test_a_corrected_name_is_signed_and_reaches_what_lies_inside() -> None:
    case = a_case()
    before = (case.place_name, case.due_at)
    page = said(sent(browser(yusuf()), KECAMATAN, name="Kepanjen Raya", reason=WHY))
    assert "Tempat diperbaiki. Perubahan tercatat atas nama Anda." in page
    assert "semula: Kepanjen menjadi: Kepanjen Raya" in page
    assert place_row(KEPANJEN).full_name.endswith("Kec. Kepanjen Raya, Kabupaten Malang")
    case.refresh_from_db()
    assert (case.place_name, case.due_at) == before


@pytest.mark.parametrize("typed", ["-8.13112", "-8,13112", "-8.2"])
def test_degrees_are_read_with_point_or_comma(typed: str) -> None:
    answer = sent(browser(yusuf()), KECAMATAN, latitude=typed, longitude="112,5", reason=WHY)
    assert answer.status_code == 302
    assert Place.objects.get(code="35.07.13").latitude == float(typed.replace(",", "."))


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"name": ""}, "Nama tempat terlalu pendek", "name"),
        ({"name": "K" * 81}, "Nama tempat terlalu panjang", "name"),
        ({"latitude": "utara"}, "Tulis derajat sebagai angka", "latitude"),
        ({"longitude": "1e9"}, "Tulis derajat sebagai angka", "longitude"),
        ({"longitude": "nan"}, "Tulis derajat sebagai angka", "longitude"),
        ({"latitude": ""}, "Isi lintang dan bujur bersama", "latitude"),
        ({"latitude": "10", "longitude": "10"}, "di luar Jawa Timur", "latitude"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
        ({"name": "Kepanjen"}, "Tidak ada yang berbeda", "name"),
    ],
)
def test_a_refused_correction_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    answer = sent(browser(yusuf()), KECAMATAN, **{"name": "Nama baru", "reason": WHY, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert Place.objects.get(code="35.07.13").name == "Kepanjen"
    assert not AdministrativeAct.objects.exists()
    for name, value in change.items():
        if value and len(value) < 50:
            assert f'id="{name}" name="{name}" value="{value}"' in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_refused_or_kept_as_text(text: str) -> None:
    assert sent(browser(yusuf()), KECAMATAN, name=text, reason=WHY, latitude="", longitude="").status_code in (302, 400)
    page = browser(yusuf()).get(KECAMATAN).content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_the_second_of_two_administrators_sees_both_values() -> None:
    client = browser(yusuf())
    seen = marks(client.get(KECAMATAN))[0]
    sent(browser(local()), KECAMATAN, name="Kepanjen Satu", reason="Lebih cepat.")
    form = {"name": "Kepanjen Dua", "latitude": "-8.2", "longitude": "112.5", "reason": WHY, "seen": seen}
    answer = client.post(KECAMATAN, form)
    assert answer.status_code == 409
    assert "Sekarang tersimpan Kepanjen Satu Yang Anda tulis Kepanjen Dua" in text_of(answer)
    assert Place.objects.get(code="35.07.13").name == "Kepanjen Satu"


def test_an_administrator_of_a_region_corrects_only_there() -> None:
    client = browser(local())
    elsewhere = "/meja/atur/tempat/35.78.01"
    page = client.get(elsewhere)
    assert page.status_code == 200
    assert f'action="{elsewhere}"' not in page.content.decode()
    form = {"name": "Lain", "latitude": "", "longitude": "", "reason": WHY, "seen": "x"}
    assert client.post(elsewhere, form).status_code == 403
    assert client.post("/meja/atur/tempat/35", form).status_code == 403
    assert sent(client, KECAMATAN, name="Kepanjen Raya", reason=WHY).status_code == 302


@pytest.mark.parametrize("code", ["35.99", "a%00b", "x" * 300])
def test_an_unknown_place_is_not_found(code: str) -> None:
    assert browser(yusuf()).get(f"/meja/atur/tempat/{code}").status_code == 404


def test_the_statements_are_few() -> None:
    client = browser(yusuf())
    for address, most in (("/meja/atur/tempat?cari=suko", 3), (KECAMATAN, 6)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address
