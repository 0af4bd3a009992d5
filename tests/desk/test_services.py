# SPDX-License-Identifier: EUPL-1.2
"""Services: found by words, topic and state; standard, promise and state changed by the province only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.catalogue.models import Service, StandardComponent
from melayani.catalogue.queries import components, promise_for, service_row
from melayani.catalogue.rules import PUBLIC_COMPONENTS
from melayani.government.models import AdministrativeAct
from melayani.ground.memo import forget_all
from tests.builders import a_case
from tests.desk.administering import HOSTILE, WHY, local, marks, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db
RECORD = "/meja/atur/layanan/PJU"
STANDARD, PROMISE, STATE = f"{RECORD}/standar", f"{RECORD}/janji", f"{RECORD}/keadaan"
OWN = {"own": "own", "days": "3", "basis": "CALENDAR", "source": "SK 12/2026", "confidence": "A", "reason": WHY}


def test_a_service_is_found_by_words_topic_and_state() -> None:
    client = browser(yusuf())
    page = text_of(client.get("/meja/atur/layanan?cari=lampu"))
    assert "Lampu jalan PJU · janji sendiri 14 hari kerja (B) · 6 dari 6 komponen" in page
    assert "KTP elektronik" not in page
    assert "KTP elektronik" in text_of(client.get("/meja/atur/layanan?topik=adminduk"))
    assert "Tidak ada layanan seperti itu" in text_of(client.get("/meja/atur/layanan?cari=sihir"))
    Service.objects.filter(code="PJU").update(active=False)
    assert "Lampu jalan" in text_of(client.get("/meja/atur/layanan?keadaan=tutup"))
    assert "Lampu jalan" not in text_of(client.get("/meja/atur/layanan?topik=perhubungan&keadaan=buka"))
    StandardComponent.objects.filter(service__code="PJU", key="biaya").update(text="")
    assert "5 dari 6 komponen Ditutup standar belum lengkap" in text_of(client.get("/meja/atur/layanan?cari=pju"))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_strange_search_breaks_nothing(words: str) -> None:
    assert browser(yusuf()).get("/meja/atur/layanan", {"cari": words, "topik": words}).status_code == 200


def test_a_service_is_shown_with_standard_promise_and_questions() -> None:
    page = text_of(browser(yusuf()).get(RECORD))
    assert "Biaya atau tarif Perbaikan lampu jalan umum" in page
    assert "Janji layanan ini sendiri: 14 hari kerja Sumber Profil sp4n-2018 Keyakinan B: dari sumber lain" in page
    assert "Berlaku sejak dimuat bersama program, sampai diubah" in page
    assert "Berapa lampu yang padam? wajib" in page
    own = text_of(browser(yusuf()).get("/meja/atur/layanan/KK"))
    assert "C: bawaan, dapat diubah" in own
    profile = text_of(browser(yusuf()).get("/meja/atur/layanan/PARKIR"))
    assert "Menurut profil yang dipakai: 14 hari kerja" in profile


def test_a_standard_is_written_and_published_at_once() -> None:
    client = browser(yusuf())
    page = said(sent(client, STANDARD, biaya="Gratis.", produk="", reason=WHY))
    assert "Standar pelayanan disimpan dan langsung diumumkan." in page
    assert "Biaya atau tarif Gratis." in page
    assert "Produk pelayanan belum diisi" in page
    assert "dikosongkan" in page
    assert {row.key: row.text for row in components("PJU")}["biaya"] == "Gratis."


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"biaya": "x" * 2001}, "Komponen terlalu panjang", "biaya"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
        ({"reason": "a"}, "Alasan terlalu pendek", "reason"),
        ({"waktu": None}, "Tidak ada yang berbeda", "persyaratan"),
    ],
)
def test_a_refused_standard_keeps_all_that_was_typed(change: dict[str, str | None], words: str, field: str) -> None:
    before = list(StandardComponent.objects.order_by("pk").values())
    typed = {"waktu": "Sebelas hari.", "reason": WHY, **change}
    answer = sent(browser(yusuf()), STANDARD, **{name: text for name, text in typed.items() if text is not None})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert list(StandardComponent.objects.order_by("pk").values()) == before
    assert not AdministrativeAct.objects.exists()
    if typed["waktu"]:
        assert "Sebelas hari." in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_or_kept_as_text(text: str) -> None:
    assert sent(browser(yusuf()), STANDARD, biaya=text, reason=WHY).status_code in (302, 400)
    for where in (RECORD, STANDARD, "/layanan/lampu-jalan"):
        page = browser(yusuf()).get(where).content.decode()
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_the_second_of_two_administrators_sees_both_texts() -> None:
    client = browser(yusuf())
    seen = marks(client.get(STANDARD))[0]
    sent(client, STANDARD, biaya="Gratis.", reason="Lebih cepat.")
    texts = {**dict.fromkeys(PUBLIC_COMPONENTS, "Isi."), "biaya": "Lima ribu."}
    answer = client.post(STANDARD, {**texts, "reason": WHY, "seen": seen})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Yusuf baru saja mengubah data ini" in page
    assert "Sekarang tersimpan Gratis. Yang Anda tulis Lima ribu." in page
    assert ">Lima ribu.</textarea>" in answer.content.decode()
    assert client.post(STANDARD, {**texts, "reason": WHY, "seen": marks(answer)[0]}).status_code == 302


def test_a_promise_of_its_own_holds_for_new_cases_only() -> None:
    old = a_case()
    before = (old.promise_days, old.promise_basis, old.due_at)
    page = said(sent(browser(yusuf()), PROMISE, **OWN))
    assert "Kasus yang sudah masuk tetap dengan janji lamanya." in page
    assert "3 hari kalender" in page
    assert "Berlaku sejak 5 Januari 2026, sampai diubah" in page
    old.refresh_from_db()
    assert (old.promise_days, old.promise_basis, old.due_at) == before
    new = a_case()
    assert (new.promise_days, new.promise_basis) == (3, "CALENDAR")


def test_a_service_goes_back_to_the_profile() -> None:
    client = browser(yusuf())
    sent(client, PROMISE, **OWN)
    page = said(sent(client, PROMISE, own="profile", reason=WHY))
    assert "Menurut profil yang dipakai: 14 hari kerja" in page
    assert promise_for(service_code="PJU", kind="PENGADUAN").days == 14


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"days": ""}, "Jumlah hari harus 1 sampai 1000", "days"),
        ({"days": "0"}, "Jumlah hari harus 1 sampai 1000", "days"),
        ({"days": "-3"}, "Jumlah hari harus 1 sampai 1000", "days"),
        ({"days": "9" * 30}, "Jumlah hari harus 1 sampai 1000", "days"),
        ({"days": "tiga"}, "Tulis jumlah hari sebagai angka", "days"),
        ({"basis": ""}, "Pilih hari kerja atau hari kalender", "basis"),
        ({"source": ""}, "Sumber belum diisi", "source"),
        ({"source": "x" * 201}, "Sumber terlalu panjang", "source"),
        ({"confidence": ""}, "Pilih tingkat keyakinan", "confidence"),
        ({"own": ""}, "Pilih salah satu janji", "own"),
        ({"own": "raja"}, "", "own"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
        (
            {"days": "14", "basis": "WORKING", "source": "Profil sp4n-2018", "confidence": "B"},
            "sudah seperti itu",
            "own",
        ),
    ],
)
def test_a_refused_promise_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    answer = sent(browser(yusuf()), PROMISE, **{**OWN, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert Service.objects.get(code="PJU").promise_days == 14
    if "source" not in change:
        assert "SK 12/2026" in page


def test_two_promises_at_once_are_compared() -> None:
    client = browser(yusuf())
    seen = marks(client.get(PROMISE))[0]
    sent(client, PROMISE, **OWN)
    answer = client.post(PROMISE, {**OWN, "days": "9", "seen": seen})
    assert answer.status_code == 409
    assert "Hari Sekarang tersimpan 3 Yang Anda tulis 9" in text_of(answer)
    assert Service.objects.get(code="PJU").promise_days == 3


def test_a_service_is_closed_and_opened_after_a_question() -> None:
    case = a_case()
    before = Case.objects.filter(pk=case.pk).values().get()
    client = browser(yusuf())
    assert "Kasus yang sudah masuk dikerjakan sampai selesai, dengan janji yang sama." in text_of(client.get(STATE))
    assert "Layanan tidak lagi menerima laporan." in said(sent(client, STATE, reason=WHY))
    assert not service_row("PJU").active
    assert "Lampu jalan" not in text_of(browser().get("/layanan"))
    assert client.post(STATE, {"to": "closed", "reason": WHY}).status_code == 400
    assert "Layanan menerima laporan." in said(sent(client, STATE, reason=WHY))
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_another_process_shows_the_change_at_once() -> None:
    """The pages of administration do not read from memory: who changed something sees it whichever process answers."""
    client = browser(yusuf())
    client.get(RECORD)
    service_row("PJU")  # remembered here, as in another process
    Service.objects.filter(code="PJU").update(active=False, name="Lampu taman")
    assert "Lampu taman" in text_of(client.get(RECORD))
    assert "tidak menerima laporan" in text_of(client.get(RECORD))
    assert service_row("PJU").name == "Lampu jalan"
    forget_all()


@pytest.mark.parametrize("where", [STANDARD, PROMISE, STATE])
def test_an_administrator_of_a_region_only_reads(where: str) -> None:
    client = browser(local())
    assert client.get(RECORD).status_code == 200
    assert where not in client.get(RECORD).content.decode()
    assert "Hanya administrator provinsi" in text_of(client.get(RECORD))
    assert client.get(where).status_code == 403
    assert client.post(where, {**OWN, "to": "closed", "seen": "x"}).status_code == 403
    assert not AdministrativeAct.objects.exists()


@pytest.mark.parametrize("rest", ["", "/standar", "/janji", "/keadaan"])
@pytest.mark.parametrize("code", ["SIHIR", "a%00b"])
def test_an_unknown_service_is_not_found(code: str, rest: str) -> None:
    assert browser(yusuf()).get(f"/meja/atur/layanan/{code}{rest}").status_code == 404


def test_the_statements_are_few() -> None:
    client = browser(yusuf())
    for address, most in (("/meja/atur/layanan", 3), (RECORD, 6), (STANDARD, 4), (PROMISE, 4), (STATE, 4)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address
