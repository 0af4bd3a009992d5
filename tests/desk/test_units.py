# SPDX-License-Identifier: EUPL-1.2
"""Units: found by name and region, seen with people, cases and rules; renamed, added, closed when nobody needs them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.cases.rules import Stage
from melayani.desk.pages import units
from melayani.government.models import AdministrativeAct, Unit
from melayani.government.reference_queries import unit_register
from tests.builders import DISHUB, STORY, a_case, an_officer
from tests.desk.administering import HOSTILE, WHY, local, marks, said, sent, text_of
from tests.desk.visiting import browser, joko, ratih, yusuf

pytestmark = pytest.mark.django_db
RECORD = f"/meja/atur/unit/{DISHUB}"
STATE = f"{RECORD}/keadaan"
NEW = {"region": "35.07", "sector": "damkar", "name": "Dinas Pemadam Kabupaten Malang", "reason": WHY}


def needless() -> Unit:
    """A unit of Kabupaten Malang that no rule names."""
    return Unit.objects.create(
        code="35.07.arsip", name="Dinas Arsip Kabupaten Malang", tier="KABUPATEN", region_id="35.07", sector="arsip"
    )


def test_a_unit_is_found_by_words_region_and_state() -> None:
    joko()
    client = browser(yusuf())
    page = text_of(client.get("/meja/atur/unit?cari=perhubungan+malang&wilayah=35.07"))
    assert "Dinas Perhubungan Kabupaten Malang 35.07.dishub · Kabupaten Malang · kepala: Joko" in page
    assert "Kota Malang ·" not in page
    assert "Tidak ada unit seperti itu" in text_of(client.get("/meja/atur/unit?cari=sihir"))
    Unit.objects.filter(code=DISHUB).update(active=False)
    assert "35.07.dishub" in text_of(client.get("/meja/atur/unit?cari=perhubungan&wilayah=35.07&keadaan=tutup"))
    assert "35.07.dishub" not in text_of(client.get("/meja/atur/unit?cari=perhubungan&wilayah=35.07&keadaan=buka"))


@pytest.mark.parametrize("words", [*HOSTILE, "%", "_", "'", "35.07\x00"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(words: str) -> None:
    answer = browser(yusuf()).get("/meja/atur/unit", {"cari": words, "wilayah": words, "sesudah": words})
    assert answer.status_code == 200


def test_pages_of_units_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "unit_register", lambda **asked: unit_register(**asked, limit=3))
    client, seen, address = browser(yusuf()), [], "/meja/atur/unit?wilayah=35.07"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'href="/meja/atur/unit/([\w.-]+)"', page)
        after = re.search(r'href="(/meja/atur/unit\?[^"]*sesudah=[^"]+)"', page)
        address = after.group(1).replace("&amp;", "&") if after else ""
    codes = list(Unit.objects.filter(region_id="35.07").order_by("code").values_list("code", flat=True))
    assert [code for code in seen if code != "baru"] == codes


def test_a_unit_is_shown_with_people_cases_and_rules_but_no_text() -> None:
    ratih()
    joko()
    a_case()
    a_case(stage=Stage.ANSWERED)
    page = text_of(browser(yusuf()).get(RECORD))
    assert "Kasus terbuka 1 Kepala Joko" in page
    assert "Ratih Petugas" in page
    assert "R038 Lampu jalan kabupaten atau kota" in page
    assert "Belum pernah diubah" in page
    assert STORY not in page


def test_an_empty_unit_says_what_to_do() -> None:
    needless()
    page = text_of(browser(yusuf()).get("/meja/atur/unit/35.07.arsip"))
    assert "Belum ada petugas di unit ini. Kasusnya dilihat meja triase" in page
    assert "belum ada kepala" in page
    assert "hanya menerima kasus yang dipilihkan meja triase" in page


def test_a_renamed_unit_is_signed_and_told_with_before_and_after() -> None:
    client = browser(yusuf())
    page = said(sent(client, RECORD, name="Dinas Lalu Lintas Kabupaten Malang", reason=WHY))
    assert "Nama unit diubah. Perubahan tercatat atas nama Anda." in page
    assert "semula: Dinas Perhubungan Kabupaten Malang menjadi: Dinas Lalu Lintas Kabupaten Malang" in page
    assert f"Yusuf · Senin, 5 Januari, 09.00 {WHY}" in page
    assert Unit.objects.get(code=DISHUB).name == "Dinas Lalu Lintas Kabupaten Malang"


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"name": ""}, "Nama unit terlalu pendek", "name"),
        ({"name": "D" * 161}, "Nama unit terlalu panjang", "name"),
        ({"name": "Dinas Perhubungan Kabupaten Malang"}, "Tidak ada yang berbeda", "name"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
        ({"reason": "x" * 301}, "Alasan terlalu panjang", "reason"),
        ({"seen": ""}, "Muat ulang halaman ini", "seen"),
    ],
)
def test_a_refused_name_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    typed = {"name": "Nama yang baru", "reason": "Alasan yang panjang", **change}
    answer = sent(browser(yusuf()), RECORD, **typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert Unit.objects.get(code=DISHUB).name == "Dinas Perhubungan Kabupaten Malang"
    assert not AdministrativeAct.objects.exists()
    if "name" not in change:
        assert 'value="Nama yang baru"' in page
    if "reason" not in change:
        assert "Alasan yang panjang" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_reasons_are_refused_or_kept_as_text(text: str) -> None:
    answer = sent(browser(yusuf()), RECORD, name=text, reason=text)
    assert answer.status_code in (302, 400)
    page = browser(yusuf()).get(RECORD).content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_the_second_of_two_administrators_sees_both_names() -> None:
    client, other = browser(yusuf()), browser(local())
    seen = marks(client.get(RECORD))[0]
    sent(other, RECORD, name="Dinas Jalan Kabupaten Malang", reason="Lebih cepat.")
    answer = client.post(RECORD, {"name": "Dinas Lalu Lintas", "reason": WHY, "seen": seen})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Lokal baru saja mengubah data ini, Senin, 5 Januari, 09.00." in page
    assert "Sekarang tersimpan Dinas Jalan Kabupaten Malang Yang Anda tulis Dinas Lalu Lintas" in page
    assert 'value="Dinas Lalu Lintas"' in answer.content.decode()
    assert Unit.objects.get(code=DISHUB).name == "Dinas Jalan Kabupaten Malang"
    # Sending the same again is now a decision: the page has shown what it replaces.
    again = client.post(RECORD, {"name": "Dinas Lalu Lintas", "reason": WHY, "seen": marks(answer)[0]})
    assert again.status_code == 302
    assert Unit.objects.get(code=DISHUB).name == "Dinas Lalu Lintas"


def test_a_form_refused_for_its_words_keeps_the_mark_it_was_made_with() -> None:
    client, other = browser(yusuf()), browser(local())
    seen = marks(client.get(RECORD))[0]
    sent(other, RECORD, name="Dinas Jalan Kabupaten Malang", reason="Lebih cepat.")
    refused = client.post(RECORD, {"name": "D", "reason": WHY, "seen": seen})
    assert marks(refused) == [seen]
    assert client.post(RECORD, {"name": "Dinas Lain", "reason": WHY, "seen": marks(refused)[0]}).status_code == 409


def test_a_new_unit_says_what_comes_next() -> None:
    client = browser(yusuf())
    page = said(sent(client, "/meja/atur/unit/baru", **NEW))
    assert "Unit ditambah. Beri petugas dan kepala, lalu arahkan aturan ke sini." in page
    assert Unit.objects.get(code="35.07.damkar").name == "Dinas Pemadam Kabupaten Malang"


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"region": ""}, "Pilih wilayahnya", "region"),
        ({"region": "35.99"}, "tidak dikenal", "region"),
        ({"sector": "Dinas Pemadam"}, "Bidang ditulis", "sector"),
        ({"sector": "dishub"}, "sudah punya unit", "sector"),
        ({"name": "x"}, "Nama unit terlalu pendek", "name"),
        ({"reason": " "}, "Tulis alasannya", "reason"),
    ],
)
def test_a_refused_unit_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    before = Unit.objects.count()
    answer = browser(yusuf()).post("/meja/atur/unit/baru", {**NEW, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert Unit.objects.count() == before
    if "name" not in change:
        assert NEW["name"] in page


def test_a_needed_unit_is_not_closed_and_the_page_says_what_to_do() -> None:
    a_case()
    client = browser(yusuf())
    page = client.get(STATE)
    assert "2 aturan masih mengirim kasus ke unit ini R037" in text_of(page)
    assert "1 kasus terbuka Minta petugas unit menjawabnya" in text_of(page)
    assert f'action="{STATE}"' not in page.content.decode()
    answer = client.post(STATE, {"to": "closed", "reason": WHY})
    assert answer.status_code == 400
    assert "Masih ada aturan yang mengirim kasus ke unit ini" in text_of(answer)
    assert Unit.objects.get(code=DISHUB).active
    assert not AdministrativeAct.objects.exists()


def test_a_needless_unit_is_closed_and_opened_again() -> None:
    needless()
    client, where = browser(yusuf()), "/meja/atur/unit/35.07.arsip/keadaan"
    assert "Unit ditutup." in said(sent(client, where, reason=WHY))
    assert not Unit.objects.get(code="35.07.arsip").active
    # A second browser that still shows the form does not open it again by closing it.
    assert client.post(where, {"to": "closed", "reason": WHY}).status_code == 400
    assert "Unit dibuka lagi." in said(sent(client, where, reason=WHY))
    assert Unit.objects.get(code="35.07.arsip").active


def test_the_triage_desk_is_never_closed() -> None:
    client = browser(yusuf())
    assert "Meja triase tidak dapat ditutup" in text_of(client.get("/meja/atur/unit/35.07.koordinator/keadaan"))
    answer = client.post("/meja/atur/unit/35.07.koordinator/keadaan", {"to": "closed", "reason": WHY})
    assert answer.status_code == 400
    assert Unit.objects.get(code="35.07.koordinator").active


def test_what_is_closed_keeps_its_cases_and_promises() -> None:
    unit, case = needless(), a_case(stage=Stage.ANSWERED)
    Case.objects.filter(pk=case.pk).update(unit=unit)
    before = Case.objects.filter(pk=case.pk).values().get()
    sent(browser(yusuf()), "/meja/atur/unit/35.07.arsip/keadaan", reason=WHY)
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_an_administrator_of_a_region_reads_everywhere_and_changes_only_there() -> None:
    client = browser(local())
    assert "35.07.dishub" in text_of(client.get("/meja/atur/unit"))
    assert "35.78.dishub" not in text_of(client.get("/meja/atur/unit"))
    elsewhere = "/meja/atur/unit/35.78.dishub"
    page = client.get(elsewhere)
    assert page.status_code == 200
    assert f'action="{elsewhere}"' not in page.content.decode()
    assert "Orang dengan peran di sini" not in text_of(page)
    form = {"name": "Nama lain", "reason": WHY, "seen": marks(browser(yusuf()).get(elsewhere))[0]}
    assert client.post(elsewhere, form).status_code == 403
    assert client.get(f"{elsewhere}/keadaan").status_code == 403
    assert client.post(f"{elsewhere}/keadaan", {"to": "closed", "reason": WHY}).status_code == 403
    assert client.post("/meja/atur/unit/baru", {**NEW, "region": "35.78"}).status_code == 403
    assert "35.78" not in client.get("/meja/atur/unit/baru").content.decode()
    assert not AdministrativeAct.objects.exists()
    assert sent(client, RECORD, name="Nama lain di sini", reason=WHY).status_code == 302


@pytest.mark.parametrize("code", ["35.07.sihir", "a%00b", "%E2%80%AE", "x" * 300])
def test_an_unknown_unit_is_not_found(code: str) -> None:
    client = browser(yusuf())
    assert client.get(f"/meja/atur/unit/{code}").status_code == 404
    assert client.post(f"/meja/atur/unit/{code}/keadaan", {"to": "closed", "reason": WHY}).status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_the_statements_do_not_grow(people: int) -> None:
    for number in range(people):
        an_officer(f"petugas-{number}", roles=("officer", "head"))
        a_case()
    client = browser(yusuf())
    for address, most in (("/meja/atur/unit?wilayah=35.07", 4), (RECORD, 7), (STATE, 5)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address


def test_who_was_signed_out_meanwhile_sees_the_texts_again_and_comes_back_here() -> None:
    answer = browser().post(RECORD, {"name": "Nama yang panjang", "reason": "Alasan yang panjang", "seen": "x"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Nama yang panjang" in page
    assert "Alasan yang panjang" in page
    assert f'value="{RECORD}"' in page
    assert not AdministrativeAct.objects.exists()
