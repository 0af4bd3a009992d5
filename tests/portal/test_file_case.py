# SPDX-License-Identifier: EUPL-1.2
"""Filing without JavaScript: a calm walk that loses nothing, one case however often it is sent, and clear refusals."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases import filing
from melayani.cases.acting import case_key
from melayani.cases.models import Case, Event, Submission
from melayani.cases.queries import citizen_case
from melayani.cases.rules import Privacy
from melayani.cases.vault import open_text
from melayani.catalogue.actions import close_service
from melayani.government.rules import SYSTEM
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
    opened,
    sent,
    went_on,
)
from tests.portal.paper_browser import Page, pressed

KEY = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}")
NUMBER = re.compile(r"JT-[0-9A-Z]{4}-[0-9A-Z]{3}")
pytestmark = pytest.mark.django_db


def nothing_written() -> bool:
    return not (
        Case.objects.exists() or Event.objects.exists() or Entry.objects.exists() or Submission.objects.exists()
    )


def number_and_key(answer: HttpResponse) -> tuple[str, str]:
    text = Page(answer).text
    number, key = NUMBER.search(text), KEY.search(text)
    assert number is not None
    assert key is not None
    return number[0], key[0]


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
    assert {"ubah-apa", "ubah-tempat", "ubah-siapa", "kirim", "kembali"} <= wishes
    assert "Dijawab paling lambat" in page.text


@pytest.mark.parametrize("step", ["apa", "tempat", "siapa"])
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
    check = went_on(client, page, PERSON_STEP)
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


# Refusals: clear, and nothing written


BAD: list[tuple[str, Mapping[str, str], int]] = [
    ("no text", {"cerita": ""}, 422),
    ("blank text", {"cerita": " \n\t \u200b\u2060 "}, 422),
    ("only control marks", {"cerita": "\x00\x01\x02\x07" * 5}, 422),
    ("only direction marks", {"cerita": "\u202e\u2066\u200f" * 20}, 422),
    ("too long", {"cerita": "a" * 4001}, 422),
    ("unknown kind", {"jenis": "KELUHAN"}, 422),
    ("no kind", {"jenis": ""}, 422),
    ("unknown topic", {"tentang": "topik:tidak-ada"}, 422),
    ("unknown service", {"tentang": "layanan:TIDAK-ADA"}, 422),
    ("nonsense about", {"tentang": "apa saja"}, 422),
    ("unknown place", {"tempat": "35.99.99.9999"}, 422),
    ("place outside the province", {"tempat": "31.71.01.1001"}, 422),
    ("the whole province", {"tempat": "35"}, 422),
    ("place is no code", {"tempat": "'; DROP TABLE cases_case; --"}, 422),
    ("place with NUL", {"tempat": "35.07\x00"}, 422),
    ("landmark too long", {"patokan": "x" * 301}, 422),
    ("unknown privacy", {"privasi": "RAHASIA"}, 422),
    ("no name", {"privasi": "terbuka", "nama": "\u200b"}, 422),
    ("name too long", {"privasi": "terbuka", "nama": "N" * 121}, 422),
    ("mail is none", {"surel": "sari@"}, 422),
    ("mail with a line", {"surel": "a@contoh.example\r\nBcc: b@contoh.example"}, 422),
    ("phone is none", {"telepon": "kosong delapan"}, 422),
]


@pytest.mark.parametrize(("fields", "status"), [(f, s) for _n, f, s in BAD], ids=[name for name, _f, _s in BAD])
def test_bad_input_is_refused_clearly_and_nothing_is_written(
    client: Client, fields: Mapping[str, str], status: int
) -> None:
    answer = pressed(client, at_check(client).form("langkah"), button="kirim", typed=fields)
    assert answer.status_code == status
    assert "Ada yang perlu diperbaiki" in Page(answer).text
    assert nothing_written()


def test_ten_megabytes_are_refused_with_a_page(client: Client) -> None:
    answer = pressed(client, at_check(client).form("langkah"), button="kirim", typed={"cerita": "a" * 10_000_000})
    assert answer.status_code in (400, 413)
    assert "tidak dapat kami baca" in Page(answer).text
    assert nothing_written()


def test_thousands_of_fields_are_refused_with_a_page(client: Client) -> None:
    answer = client.post("/lapor", {f"j-{n}": "x" for n in range(2000)})
    assert answer.status_code in (400, 413)
    assert "tidak dapat kami baca" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"cerita=%ED%A0%80%ED%B0%80 lampu padam&langkah=apa", "application/x-www-form-urlencoded"),
        (b"cerita=%FF%FE%80&langkah=apa", "application/x-www-form-urlencoded"),
        ("cerita=lampu padam sekali".encode("utf-16"), "application/x-www-form-urlencoded; charset=utf-16"),
        (b"\x00\xff\x00", "application/x-www-form-urlencoded"),
        (b'{"cerita": "lampu padam"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"rusak", "multipart/form-data"),
    ],
)
def test_wrong_encodings_are_answered_and_nothing_is_written(client: Client, body: bytes, kind: str) -> None:
    answer = client.generic("POST", "/lapor", data=body, content_type=kind)
    assert answer.status_code in (400, 422)
    assert nothing_written()


def test_closed_service_is_named_and_refused(client: Client) -> None:
    check = went_on(client, at_person(client, tentang="topik:perhubungan"), PERSON_STEP)
    close_service(code="PJU", by=SYSTEM, at=MONDAY)
    answer = pressed(client, check.form("langkah"), button="kirim", typed={"tentang": "layanan:PJU"})
    assert answer.status_code == 422
    assert "Layanan ini sedang tidak menerima laporan." in Page(answer).text
    assert not Case.objects.exists()


def test_service_closed_between_check_and_send_is_refused_at_its_step(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(**_said: object) -> filing.Filed:
        raise filing.FilingRefused("service_closed", "Layanan ini sedang tidak menerima laporan. Pilih layanan lain.")

    check = at_check(client)
    monkeypatch.setattr(file_case, "file_case", closed)
    answer = sent(client, check)
    assert answer.status_code == 422
    page = Page(answer)
    assert "Layanan ini sedang tidak menerima laporan." in page.text
    assert page.form("langkah").value("langkah") == "apa"
    assert page.form("langkah").value("cerita") == STORY


def test_emoji_javanese_and_markup_are_kept_as_typed_and_shown_harmlessly(client: Client) -> None:
    story = "Lampune mati 👩‍👧‍👦 ꦭꦩ꧀ꦥꦸ <script>alert(1)</script> & \"kutip\" 'tunggal'\n\nbaris baru"
    check = at_check(client, cerita=story)
    assert "<script>alert" not in check.html
    number, key = number_and_key(sent(client, check))
    view = citizen_case(number=number, key=key)
    assert view is not None
    assert view.happenings[0].text == story


def test_direction_marks_and_nul_are_taken_out_of_a_text(client: Client) -> None:
    number, key = number_and_key(sent(client, at_check(client, cerita=f"{STORY}\u202e\x00\u2066 selesai")))
    view = citizen_case(number=number, key=key)
    assert view is not None
    assert view.happenings[0].text == f"{STORY} selesai"


def test_unknown_steps_and_wishes_show_the_first_step(client: Client) -> None:
    for fields in ({"langkah": "x"}, {"langkah": "periksa", "tuju": "tetap"}, {"tuju": "ubah-x"}, {}):
        answer = client.post("/lapor", fields)
        assert answer.status_code in (200, 422)
        assert "Apa yang terjadi?" in answer.content.decode()


# Cost


def test_query_counts_do_not_grow_with_cases(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    at_check(client)
    for cases in (1, 3):
        while Case.objects.count() < cases:
            sent(client, at_check(client))
        with django_assert_num_queries(0):
            opened(client)
        # The rows of the places found by their name.
        with django_assert_num_queries(1):
            at_check(client)


def test_promise_of_the_receipt_is_the_one_in_the_data(client: Client) -> None:
    number, _key = number_and_key(sent(client, at_check(client)))
    case = Case.objects.get(number=number)
    assert case.filed_at == MONDAY
    assert case.due_at.isoformat() == "2026-01-26T16:59:59+00:00"
