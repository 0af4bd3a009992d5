# SPDX-License-Identifier: EUPL-1.2
"""Filing without JavaScript: a calm walk that loses nothing, one case however often it is sent, and clear refusals."""

import logging
from dataclasses import replace

import pytest
from django.apps import apps
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases.acting import case_key
from melayani.cases.models import Case, Event
from melayani.cases.queries import citizen_case
from melayani.cases.rules import Privacy
from melayani.cases.vault import open_text
from melayani.ledger.models import Entry
from melayani.portal.filing_steps import filing_of
from melayani.portal.pages import file_case
from tests.builders import KEPANJEN, STORY
from tests.conftest import MONDAY
from tests.portal.filing_walk import (
    PERSON_STEP,
    STORY_STEP,
    at_check,
    at_person,
    at_place,
    nothing_written,
    number_and_key,
    opened,
    sent,
    went_on,
)
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


# The walk


def test_walk_without_script_ends_with_number_key_unit_and_promise(client: Client) -> None:
    answer = sent(client, at_check(client, tentang="topik:perhubungan"))
    assert answer.status_code == 200
    number, key = number_and_key(answer)
    text = Page(answer).text
    assert "Dijawab paling lambat Senin, 26 Januari 2026." in text
    assert "Kunci hanya ditampilkan sekali" in text
    assert "Tidak dihitung: 6 hari Sabtu dan Minggu; Jumat, 16 Januari (Isra Mikraj" in text
    case = Case.objects.get(number=number)
    assert (case.channel, case.identity, case.visibility) == ("WEB", "ANONYMOUS", "PUBLIC")
    assert (case.place_id, case.topic_id, case.kind) == (KEPANJEN, "perhubungan", "PENGADUAN")
    view = citizen_case(number=number, key=key)
    assert view is not None
    assert view.happenings[0].text == STORY
    assert view.contact == {}


def test_nothing_is_written_before_the_last_button(client: Client) -> None:
    at_check(client)
    assert nothing_written()


def test_check_page_shows_every_answer_and_a_way_to_change_it(client: Client) -> None:
    typed = {
        "privasi": "terbuka",
        "nama": "Sari Wulandari",
        "surel": "sari@contoh.example",
        "telepon": "0812 0000 0000",
    }
    page = at_check(client, typed)
    for shown in (STORY, "Keluhan atau kerusakan", "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang", *typed.values()):
        assert shown in page.text or shown == "terbuka"
    assert "Terbuka." in page.text
    wishes = {value for _name, value, _words, _address in page.form("langkah").buttons}
    assert {"ubah-apa", "ubah-tempat", "ubah-foto", "ubah-siapa", "kirim", "kembali"} <= wishes
    assert "Dijawab paling lambat" in page.text


@pytest.mark.parametrize("step", ["apa", "tempat", "foto", "siapa"])
def test_change_link_leads_to_the_step_with_what_was_typed_and_back(client: Client, step: str) -> None:
    check = at_check(client, {"privasi": "rahasia", "nama": "Sari"})
    changing = went_on(client, check, {}, button=f"ubah-{step}")
    assert changing.form("langkah").value("langkah") == step
    back = went_on(client, changing, {})
    assert "Periksa jawaban Anda" in back.text
    assert STORY in back.text
    assert "Sari" in back.text


def test_back_keeps_everything(client: Client) -> None:
    page = at_person(client)
    page = went_on(client, page, {"privasi": "anonim", "telepon": "0812"}, button="kembali")
    page = went_on(client, page, {}, button="kembali")
    page = went_on(client, page, {"patokan": "Depan balai desa"}, button="kembali")
    assert page.form("langkah").value("cerita") == STORY
    assert page.form("langkah").value("telepon") == "0812"
    assert page.form("langkah").value("patokan") == "Depan balai desa"
    assert page.form("langkah").value("tempat") == KEPANJEN


def test_other_language_keeps_what_was_typed_and_the_step(client: Client) -> None:
    form = at_place(client).form("langkah")
    english = next(button for button in form.buttons if button[3] == "/en/lapor")
    assert english[2] == "English"
    answer = pressed(client, form, button="tetap", typed={"cari": "Kepanj"})
    page = Page(answer)
    assert page.all("html")[0]["lang"] == "en"
    assert page.form("langkah").value("cari") == "Kepanj"
    assert page.form("langkah").value("cerita") == STORY


def test_form_from_a_service_page_knows_the_service(client: Client) -> None:
    form = opened(client, "/lapor?layanan=lampu-jalan").form("langkah")
    assert form.value("tentang") == "layanan:PJU"
    assert form.value("jenis") == "PENGADUAN"
    assert opened(client, "/lapor?topik=perhubungan").form("langkah").value("tentang") == "topik:perhubungan"
    assert opened(client, "/lapor?layanan=tidak-ada").form("langkah").value("tentang") == ""


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)("/lapor").status_code == 405


# Errors keep what was typed


def test_errors_are_summed_up_link_to_their_fields_and_keep_what_was_typed(client: Client) -> None:
    page = went_on(client, opened(client), {"cerita": "pendek", "jenis": "", "tentang": "topik:sosial"}, status=422)
    links = [link["href"] for link in page.all("a") if link.get("href", "").startswith("#")]
    assert links == ["#isi", "#cerita", "#jenis_0"]
    ids = {element.attributes.get("id") for element in page.elements}
    assert {"cerita", "jenis_0"} <= ids
    assert page.form("langkah").value("cerita") == "pendek"
    assert page.form("langkah").value("tentang") == "topik:sosial"
    area = next(area for area in page.all("textarea") if area.get("name") == "cerita")
    assert area["aria-invalid"] == "true"
    assert set(area["aria-describedby"].split()) <= ids
    assert "paling sedikit 10 huruf" in page.text
    assert page.html.count("<title>Perlu diperbaiki:") == 1


def test_named_filing_needs_a_name_and_says_so(client: Client) -> None:
    page = went_on(client, at_person(client), {"privasi": "terbuka", "surel": "sari@contoh.example"}, status=422)
    assert "Tulis nama Anda, atau pilih Anonim." in page.text
    assert page.form("langkah").value("surel") == "sari@contoh.example"
    assert page.form("langkah").value("privasi") == "terbuka"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("surel", "bukan surel", "Alamat surel ini tampaknya salah ketik."),
        ("telepon", "telepon saya", "Tulis nomor telepon dengan angka saja."),
        ("nama", "x" * 121, "Terlalu panjang: 121 huruf. Paling banyak 120 huruf."),
        ("privasi", "semua", "Pilihan ini tidak ada."),
        ("privasi", "", "Pilih siapa yang boleh tahu."),
    ],
)
def test_person_step_refuses_with_a_plain_sentence(client: Client, name: str, value: str, words: str) -> None:
    page = went_on(client, at_person(client), {**PERSON_STEP, name: value}, status=422)
    assert words in page.text
    assert nothing_written()


def test_identity_number_in_the_story_is_pointed_out(client: Client) -> None:
    assert "16 angka" in at_check(client, cerita=f"{STORY} NIK 3507131234567890").text
    assert "16 angka" not in at_check(client, cerita=f"{STORY} nomor 35071312345678901").text


# Who may know


CONTACT = {"email": "s@contoh.example"}


@pytest.mark.parametrize(
    ("privacy", "name", "kept"),
    [
        (Privacy.TERBUKA, "Sari", ("NAMED", "PUBLIC", {"name": "Sari", **CONTACT})),
        (Privacy.ANONIM, "Sari", ("ANONYMOUS", "PUBLIC", CONTACT)),
        (Privacy.RAHASIA, "Sari", ("NAMED", "SECRET", {"name": "Sari", **CONTACT})),
        (Privacy.RAHASIA, "", ("ANONYMOUS", "SECRET", CONTACT)),
    ],
)
def test_three_choices_are_what_they_say(
    client: Client, privacy: Privacy, name: str, kept: tuple[str, str, dict[str, str]]
) -> None:
    check = at_check(client, {"privasi": privacy, "nama": name, "surel": "s@contoh.example"})
    assert ("tidak dikirim, karena Anda memilih Anonim" in check.text) == (privacy is Privacy.ANONIM and bool(name))
    number, key = number_and_key(sent(client, check))
    case, view = Case.objects.get(number=number), citizen_case(number=number, key=key)
    assert view is not None
    assert (case.identity, case.visibility, view.contact) == kept


# Questions of a service


def test_questions_of_a_service_are_asked_and_kept(client: Client) -> None:
    story = {**STORY_STEP, "tentang": "layanan:PDAM"}
    page = went_on(client, opened(client), story)
    assert "Beberapa pertanyaan" in page.text
    page = went_on(client, page, {"j-RUMAH_TERDAMPAK": "banyak"}, status=422)
    assert page.form("langkah").value("j-RUMAH_TERDAMPAK") == "banyak"
    assert "Tulis angka saja" in page.text
    choices = [box["value"] for box in page.all("input") if box.get("name") == "j-GANGGUAN"][:2]
    assert len(choices) == 2
    page = went_on(client, page, {"j-GANGGUAN": choices, "j-SEJAK_KAPAN": "2026-01-02", "j-RUMAH_TERDAMPAK": "1.200"})
    assert page.form("langkah").value("langkah") == "tempat"
    page = went_on(client, page, {"tempat": KEPANJEN})
    check = went_on(client, went_on(client, page, {}), PERSON_STEP)
    assert "Jumat, 2 Januari 2026" in check.text
    number, _key = number_and_key(sent(client, check))
    case = Case.objects.get(number=number)
    assert case.service is not None
    assert case.service.code == "PDAM"
    text = Event.objects.get(case=case, sequence=0).text
    content = open_text(key=case_key(case), stream=bytes(case.stream), sequence=0, sealed=bytes(text.sealed or b""))
    assert content["answers"] == {"GANGGUAN": choices, "SEJAK_KAPAN": "2026-01-02", "RUMAH_TERDAMPAK": "1200"}


def test_required_question_left_out_by_jumping_to_the_end_is_asked_again(client: Client) -> None:
    form = at_check(client).form("langkah")
    answer = pressed(client, form, button="kirim", typed={"tentang": "layanan:PDAM"})
    assert answer.status_code == 422
    assert Page(answer).form("langkah").value("langkah") == "rinci"
    assert nothing_written()


# Sent more than once


def test_same_form_twice_is_one_case_with_one_answer(client: Client) -> None:
    check = at_check(client)
    first, second = sent(client, check), sent(client, check)
    assert number_and_key(first) == number_and_key(second)
    assert Case.objects.count() == 1
    assert Entry.objects.count() == 1
    assert "tidak dibuat kasus kedua" in Page(second).text
    assert "tidak dibuat kasus kedua" not in Page(first).text


def test_control_without_the_token_two_cases_would_be_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_case, "filing_of", lambda draft: replace(filing_of(draft), token=""))
    check = at_check(client)
    assert number_and_key(sent(client, check)) != number_and_key(sent(client, check))
    assert Case.objects.count() == 2


def test_every_fresh_form_has_its_own_token_and_is_kept_by_nobody(client: Client) -> None:
    answers = [client.get("/lapor") for _ in range(3)]
    tokens = {Page(answer).form("langkah").value("kiriman") for answer in answers}  # type: ignore[arg-type]  # as sent
    assert len(tokens) == 3
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)
    boxes = [box for box in opened(client).all("input") if box.get("name") == "kiriman"]
    assert [box["autocomplete"] for box in boxes] == ["off"]


@pytest.mark.parametrize("token", ["", "short", "x" * 65, "tanda tangan dengan spasi dua puluh"])
def test_form_without_its_token_is_asked_to_be_sent_again(client: Client, token: str) -> None:
    answer = pressed(client, at_check(client).form("langkah"), button="kirim", typed={"kiriman": token})
    assert answer.status_code == 422
    assert nothing_written()
    assert sent(client, Page(answer)).status_code == 200
    assert Case.objects.count() == 1


# The key and personal data travel in no address, log or memory


def test_key_and_typed_words_are_in_no_address_cookie_or_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = sent(client, at_check(client, {"privasi": "terbuka", "nama": "Sari", "surel": "sari@contoh.example"}))
    number, key = number_and_key(answer)
    page = Page(answer)
    addresses = [element.attributes.get(name, "") for element in page.elements for name in ("href", "action", "src")]
    # The one link that holds the key holds it in the fragment, which no browser sends.
    assert [address for address in addresses if key in address] == [f"/lacak/{number}#{key}"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Location" not in answer.headers
    assert key not in str(client.cookies)
    for canary in (key, key.replace("-", ""), "Sari", "contoh.example", STORY):
        assert canary not in caplog.text
    assert "sessionid" not in client.cookies


def test_no_network_address_is_kept(client: Client) -> None:
    pressed(
        client, at_check(client).form("langkah"), button="kirim", REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Canary/9"
    )
    kept = [str(row) for model in apps.get_models() for row in model._default_manager.values()[:500]]
    assert Case.objects.count() == 1
    assert not [row for row in kept if "203.0.113.77" in row or "Canary/9" in row]


# Cost


def test_query_counts_do_not_grow_with_cases(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    at_check(client)
    for cases in (1, 3):
        while Case.objects.count() < cases:
            sent(client, at_check(client))
        with django_assert_num_queries(0):
            opened(client)
        # The places found by their name, similar cases with their texts, and the photos of the form: at their step and
        # before sending.
        with django_assert_num_queries(5):
            at_check(client)


def test_promise_of_the_receipt_is_the_one_in_the_data(client: Client) -> None:
    number, _key = number_and_key(sent(client, at_check(client)))
    case = Case.objects.get(number=number)
    assert case.filed_at == MONDAY
    assert case.due_at.isoformat() == "2026-01-26T16:59:59+00:00"
