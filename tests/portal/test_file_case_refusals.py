# SPDX-License-Identifier: EUPL-1.2
"""Bad input to the filing form: a clear refusal on the right step, what was typed is kept, and nothing is written."""

from collections.abc import Mapping

import pytest
from django.test import Client

from melayani.cases import filing
from melayani.cases.models import Case
from melayani.cases.queries import citizen_case
from melayani.catalogue.actions import close_service
from melayani.government.rules import SYSTEM
from melayani.portal.pages import file_case
from tests.builders import STORY
from tests.conftest import MONDAY
from tests.portal.filing_walk import PERSON_STEP, at_check, at_person, nothing_written, number_and_key, sent, went_on
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db

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
    close_service(code="PJU", reason="Sedang ditata.", by=SYSTEM, at=MONDAY)
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
