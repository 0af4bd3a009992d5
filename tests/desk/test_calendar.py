# SPDX-License-Identifier: EUPL-1.2
"""The calendar page: the year with its source, every version, and a new fact with author and reason."""

import pytest

from melayani.government.models import FreeDay
from melayani.government.queries import calendar_for
from tests.builders import DESK, an_officer
from tests.desk.administering import WHY, marks, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db
LOCAL = {"day": "2026-02-20", "kind": "local", "name": "Hari jadi", "region": "35.07", "reason": "SK Bupati 12/2026"}


def test_a_year_is_shown_with_its_days_and_source() -> None:
    page = browser(yusuf()).get("/meja/kalender").content.decode()
    assert "Hari bebas 2026" in page
    assert "Kamis, 1 Januari" in page
    assert 'aria-current="page">2026</a>' in page


def test_a_year_without_a_decree_says_so() -> None:
    assert "Sementara" in browser(yusuf()).get("/meja/kalender/2029").content.decode()
    assert browser(yusuf()).get("/meja/kalender/9999").status_code == 404


def test_a_new_fact_holds_and_is_signed() -> None:
    client = browser(yusuf())
    response = client.post("/meja/kalender", LOCAL)
    assert response.headers["Location"] == "/meja/kalender/2026"
    day = FreeDay.objects.latest("version")
    assert (str(day.date), day.region_id, day.recorded_by) == ("2026-02-20", "35.07", yusuf())
    assert calendar_for("35.07").reason(day.date) == "Hari jadi"
    assert calendar_for("35.78").reason(day.date) is None
    page = client.get("/meja/kalender/2026").content.decode()
    assert "SK Bupati 12/2026" in page
    assert "Yusuf" in page


def test_an_older_version_stays_and_is_marked() -> None:
    client = browser(yusuf())
    client.post("/meja/kalender", LOCAL)
    client.post("/meja/kalender", {**LOCAL, "kind": "working", "name": "Dibatalkan"})
    page = client.get("/meja/kalender/2026").content.decode()
    assert page.count("(digantikan)") == 1
    assert "Dibatalkan" in page


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"day": ""}, "Pilih harinya", "day"),
        ({"day": "besok"}, "Tulis tanggal", "day"),
        ({"kind": ""}, "Pilih jenis", "kind"),
        ({"kind": "pesta"}, "Pilih jenis", "kind"),
        ({"name": ""}, "belum diisi", "name"),
        ({"region": ""}, "harus menyebut wilayah", "region"),
        ({"region": "35.99"}, "tidak dikenal", "region"),
        ({"reason": ""}, "Alasan", "reason"),
        ({"kind": "working", "region": ""}, "memang hari kerja", "day"),
    ],
)
def test_a_refusal_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    before = FreeDay.objects.count()
    response = browser(yusuf()).post("/meja/kalender", {**LOCAL, **change})
    page = response.content.decode()
    assert response.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert FreeDay.objects.count() == before
    if "reason" not in change:
        assert "SK Bupati 12/2026" in page


def test_an_administrator_of_a_region_speaks_for_it_only() -> None:
    client = browser(an_officer("lokal", unit=DESK, roles=("administrator",)))
    page = client.get("/meja/kalender").content.decode()
    assert 'value="35.07"' in page
    assert 'value="35.78"' not in page
    assert client.post("/meja/kalender", {**LOCAL, "region": "35.78"}).status_code == 400
    assert client.post("/meja/kalender", LOCAL).status_code == 302


# The decree of a year

DECREE = {"decree": "SKB 3 Menteri 1/2028", "source": "Kemenpan", "confidence": "A", "reason": WHY}


def test_a_year_with_its_decree_is_no_longer_provisional() -> None:
    client = browser(yusuf())
    assert "Catat keputusan tahun ini" in client.get("/meja/kalender/2029").content.decode()
    page = said(sent(client, "/meja/kalender/2029/keputusan", **DECREE))
    assert "Keputusan dicatat. Tahun ini tidak lagi sementara." in page
    assert "SKB 3 Menteri 1/2028 · Kemenpan" in page
    assert "belum dikenal" not in page


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"decree": ""}, "Keputusan belum diisi", "decree"),
        ({"source": "x" * 201}, "Sumber terlalu panjang", "source"),
        ({"confidence": ""}, "Pilih tingkat keyakinan", "confidence"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
    ],
)
def test_a_refused_decree_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    answer = sent(browser(yusuf()), "/meja/kalender/2029/keputusan", **{**DECREE, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    if "decree" not in change:
        assert "SKB 3 Menteri 1/2028" in page


def test_two_decrees_at_once_are_compared() -> None:
    client = browser(yusuf())
    seen = marks(client.get("/meja/kalender/2029/keputusan"))[0]
    sent(client, "/meja/kalender/2029/keputusan", **DECREE)
    answer = client.post("/meja/kalender/2029/keputusan", {**DECREE, "decree": "SKB lain", "seen": seen})
    assert answer.status_code == 409
    assert "Sekarang tersimpan SKB 3 Menteri 1/2028 Yang Anda tulis SKB lain" in text_of(answer)


def test_decrees_are_the_provinces() -> None:
    client = browser(an_officer("lokal", unit=DESK, roles=("administrator",)))
    assert "/keputusan" not in client.get("/meja/kalender/2029").content.decode()
    assert client.get("/meja/kalender/2029/keputusan").status_code == 403
    assert client.post("/meja/kalender/2029/keputusan", {**DECREE, "seen": "x"}).status_code == 403
    assert browser(yusuf()).get("/meja/kalender/9999/keputusan").status_code == 404
