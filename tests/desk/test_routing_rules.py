# SPDX-License-Identifier: EUPL-1.2
"""Rules: found by filters, changed only after a look at the cases of the last month, retired, and never lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases import administration_queries
from melayani.cases.models import Case
from melayani.cases.rules import Visibility
from melayani.desk import foresight
from melayani.government.models import AdministrativeAct, Place
from melayani.triage.models import RoutingRule
from melayani.triage.queries import routing_for
from tests.builders import DISHUB, KEPANJEN, STORY, a_case
from tests.conftest import MONDAY
from tests.desk.administering import HOSTILE, WHY, local, marks, sent, text_of
from tests.desk.visiting import browser, yusuf
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db
RECORD, RETIRE, NEW = "/meja/atur/aturan/R038", "/meja/atur/aturan/R038/hentikan", "/meja/atur/aturan/baru"
RULE = {
    "about": "perhubungan/PJU",
    "place": "35.07",
    "target": "DAERAH/pupr",
    "why": "Di sini lampu jalan dirawat dinas pekerjaan umum.",
    "source": "Peraturan Bupati",
    "confidence": "A",
    "reason": WHY,
}


def looked(client: Client, address: str, /, **changes: Any) -> Any:
    """The page that says what a rule would have meant."""
    return sent(client, address, **{**RULE, **changes, "step": "look"})


def kept(client: Client, answer: Any, step: str = "save") -> Any:
    """What comes after the look at the past, by the button of this step."""
    return pressed(client, Page(answer.content.decode()).form("step"), button=step)


def said_after(answer: Any) -> str:
    """The words of the page a saved rule leads to."""
    assert answer.status_code == 302, text_of(answer)[:500]
    return text_of(answer.client.get(answer.headers["Location"]))


def test_rules_are_found_by_words_topic_region_confidence_and_state() -> None:
    client = browser(yusuf())
    page = text_of(client.get("/meja/atur/aturan?topik=perhubungan"))
    assert "Perhubungan: Lampu jalan di mana saja → Dinas Perhubungan setempat R038 · versi 1" in page
    assert "R001" not in page
    assert "R038" in text_of(client.get("/meja/atur/aturan?cari=lampu+jalan"))
    assert "R038" not in text_of(client.get("/meja/atur/aturan?cari=lampu&keyakinan=A"))
    assert "meja triase, dengan usulan rujuk ke PLN" in text_of(client.get("/meja/atur/aturan?topik=energi-listrik"))
    assert "Belum ada aturan yang dihentikan" in text_of(client.get("/meja/atur/aturan?keadaan=dihentikan"))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_strange_search_breaks_nothing(words: str) -> None:
    asked = dict.fromkeys(("cari", "topik", "wilayah", "keyakinan", "keadaan"), words)
    assert browser(yusuf()).get("/meja/atur/aturan", asked).status_code == 200
    assert browser(yusuf()).get(NEW, {"dari": words}).status_code == 200


def test_a_change_is_looked_at_before_it_is_kept() -> None:
    case, secret = a_case(), a_case(visibility=Visibility.SECRET)
    a_case(at=MONDAY - timedelta(days=31))
    elsewhere = a_case(place="35.78.01.1001")
    client = browser(yusuf())
    answer = looked(client, RECORD)
    page = text_of(answer)
    assert "2 dari 3 kasus tentang topik ini akan masuk ke unit lain. Ini hanya gambaran" in page
    assert f"{case.number} Lampu jalan, Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang" in page
    assert "Dinas Perhubungan Kabupaten Malang → Dinas Pekerjaan Umum" in page
    assert "kasus rahasia Lampu jalan, Kabupaten Malang" in page
    assert secret.number not in page
    assert elsewhere.number not in page
    assert STORY not in page
    assert RoutingRule.objects.filter(code="R038").count() == 1
    done = said_after(kept(client, answer))
    assert "Aturan disimpan. Kasus baru mengikutinya; kasus lama tetap di tempatnya." in done
    assert "versi 2 Perhubungan: Lampu jalan · Kabupaten Malang → Dinas Pekerjaan Umum" in done
    assert "Yusuf · Senin, 5 Januari, 09.00" in done
    assert routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN).unit_code == "35.07.pupr"
    case.refresh_from_db()
    assert (case.unit.code, case.rule_version) == (DISHUB, 1)


def test_the_form_comes_back_with_everything_typed() -> None:
    client = browser(yusuf())
    back = kept(client, looked(client, RECORD), "edit")
    form = Page(back.content.decode()).form("about")
    assert {name: form.value(name) for name in RULE} == RULE
    assert form.value("seen") == "1"
    assert RoutingRule.objects.filter(code="R038").count() == 1


def test_more_cases_than_shown_and_more_than_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in (3, 2, 1):
        a_case(at=MONDAY - timedelta(days=days))
    monkeypatch.setattr(foresight, "MOST_SHOWN", 2)
    client = browser(yusuf())
    assert "Ditampilkan 2 yang terbaru." in text_of(looked(client, RECORD))
    monkeypatch.setattr(administration_queries.past_cases, "__kwdefaults__", {"most": 2})
    page = text_of(looked(client, RECORD))
    assert "Kasusnya sangat banyak: hanya yang masuk sejak Sabtu, 3 Januari yang dihitung." in page
    assert "2 dari 2 kasus tentang topik ini" in page


def test_a_change_of_words_moves_no_case() -> None:
    a_case()
    answer = looked(browser(yusuf()), RECORD, place="", target="DAERAH/dishub")
    assert "Tidak ada kasus yang akan berubah. Yang dilihat: 1 kasus tentang topik ini." in text_of(answer)


REFUSALS = [
    ({"about": ""}, "Pilih topik atau layanannya", "about"),
    ({"about": "sihir"}, "topik sihir tidak dikenal", "about"),
    ({"about": "adminduk/PJU"}, "bertopik perhubungan", "about"),
    ({"place": "35.99"}, "tempat 35.99 tidak dikenal", "about"),
    ({"target": ""}, "Pilih ke mana kasus dikirim", "target"),
    ({"target": "DAERAH/sihir"}, "tidak ada unit DAERAH dengan bidang sihir", "about"),
    ({"target": "rujuk/nasa"}, "lembaga rujukan nasa tidak dikenal", "about"),
    ({"why": ""}, "Penjelasan belum diisi", "why"),
    ({"why": "x" * 301}, "Penjelasan terlalu panjang", "why"),
    ({"source": "x" * 201}, "Sumber terlalu panjang", "source"),
    ({"confidence": "Z"}, "Pilih tingkat keyakinan", "confidence"),
    ({"reason": ""}, "Tulis alasannya", "reason"),
    ({"reason": "a"}, "Alasan terlalu pendek", "reason"),
]


@pytest.mark.parametrize("step", ["look", "save"])
@pytest.mark.parametrize(("change", "words", "field"), REFUSALS)
@pytest.mark.parametrize("where", [RECORD, NEW])
def test_a_refused_rule_keeps_what_was_typed(
    where: str, change: dict[str, str], words: str, field: str, step: str
) -> None:
    answer = sent(browser(yusuf()), where, **{**RULE, **change, "step": step})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert RoutingRule.objects.count() == 60
    assert not AdministrativeAct.objects.exists()
    if "why" not in change:
        assert RULE["why"] in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_or_kept_as_text(text: str) -> None:
    client = browser(yusuf())
    answer = looked(client, RECORD, why=text, reason=f"{WHY} {text}"[:300], source=text[:200])
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.content.decode()
    if answer.status_code == 200:
        page = said_after(kept(client, answer))
        assert "\u202e" not in page


def test_the_second_of_two_administrators_sees_both_rules() -> None:
    client = browser(yusuf())
    answer = looked(client, RECORD)
    sent(client, RECORD, **{**RULE, "target": "rujuk/pln", "step": "save"})
    late = kept(client, answer)
    page = text_of(late)
    assert late.status_code == 409
    assert "Yusuf baru saja mengubah data ini" in page
    assert "Lembaga rujukan Sekarang tersimpan PLN Yang Anda tulis –" in page
    assert "Bidang Sekarang tersimpan – Yang Anda tulis pupr" in page
    assert RoutingRule.objects.get(code="R038", active=True).version == 2
    again = pressed(client, Page(late.content.decode()).form("about"), button="look")
    assert said_after(kept(client, again))
    assert RoutingRule.objects.get(code="R038", active=True).version == 3


def test_a_new_rule_is_looked_at_and_kept() -> None:
    case = a_case()
    client = browser(yusuf())
    answer = looked(client, NEW)
    assert "1 dari 1 kasus tentang topik ini akan masuk ke unit lain." in text_of(answer)
    assert case.number in text_of(answer)
    page = said_after(kept(client, answer))
    assert "Aturan R061" in page
    assert RoutingRule.objects.get(code="R061").place_prefix == "35.07"


def test_a_new_rule_about_exactly_the_same_is_warned_of_and_refused() -> None:
    client = browser(yusuf())
    answer = looked(client, NEW, place="")
    assert "Aturan R038 mengatur hal yang persis sama dan didahulukan" in text_of(answer)
    refused = kept(client, answer)
    assert refused.status_code == 400
    assert "Sudah ada aturan untuk topik, layanan, dan tempat ini" in text_of(refused)
    assert RoutingRule.objects.count() == 60


def test_a_new_rule_may_begin_with_another_one() -> None:
    form = Page(browser(yusuf()).get(f"{NEW}?dari=R038").content.decode()).form("about")
    assert (form.value("about"), form.value("target"), form.value("confidence")) == (
        "perhubungan/PJU",
        "DAERAH/dishub",
        "C",
    )
    assert form.value("reason") == ""


def test_a_rule_is_retired_after_a_look_at_the_past() -> None:
    case = a_case(service="KTP-EL")
    client, where = browser(yusuf()), "/meja/atur/aturan/R001/hentikan"
    page = text_of(client.get(where))
    assert "1 dari 1 kasus tentang topik ini akan masuk ke unit lain." in page
    assert "Koordinator" in page or "koordinator" in page
    done = said_after(sent(client, where, reason=WHY))
    assert "Aturan dihentikan. Versinya tetap tersimpan." in done
    assert "Aturan ini sudah dihentikan. Kodenya tidak dipakai lagi." in done
    assert "R001" in text_of(client.get("/meja/atur/aturan?keadaan=dihentikan"))
    assert client.get(where).status_code == 302
    assert client.post("/meja/atur/aturan/R001", RULE).status_code == 403
    case.refresh_from_db()
    assert (case.rule_code, case.unit.code) == ("R001", "35.07.dukcapil")


def test_a_rule_changed_meanwhile_is_not_retired() -> None:
    client = browser(yusuf())
    form = Page(client.get(RETIRE).content.decode()).form("reason")
    sent(client, RECORD, **{**RULE, "step": "save"})
    answer = client.post(RETIRE, {**dict(form.fields), "reason": WHY})
    assert answer.status_code == 409
    assert marks(answer) == ["2"]
    assert RoutingRule.objects.filter(code="R038", active=True).exists()


@pytest.mark.parametrize("reason", ["", "a", "x" * 301])
def test_a_rule_is_retired_for_a_reason(reason: str) -> None:
    answer = sent(browser(yusuf()), RETIRE, reason=reason)
    assert answer.status_code == 400
    assert RoutingRule.objects.filter(code="R038", active=True).exists()


def test_an_administrator_of_a_region_has_the_rules_of_its_places_only() -> None:
    client = browser(local())
    page = client.get(RECORD)
    assert f'action="{RECORD}"' not in page.content.decode()
    assert "hanya administrator provinsi yang dapat mengubahnya" in text_of(page)
    assert client.post(RECORD, {**RULE, "seen": "1", "step": "save"}).status_code == 403
    assert client.get(RETIRE).status_code == 403
    assert client.post(RETIRE, {"reason": WHY, "seen": "1"}).status_code == 403
    form = client.get(NEW).content.decode()
    assert 'value="PROVINSI/' not in form
    assert 'value="35.78"' not in form
    for change in ({"place": ""}, {"place": "35.78"}, {"target": "PROVINSI/dishub"}):
        refused = sent(client, NEW, **{**RULE, **change, "step": "save"})
        assert refused.status_code == 403
        assert "Hanya administrator wilayah ini" in text_of(refused)
        assert RULE["why"] in refused.content.decode()
    assert not AdministrativeAct.objects.exists()
    page_after = said_after(kept(client, looked(client, NEW)))
    assert "Aturan R061" in page_after
    assert "Hentikan aturan ini" in page_after


@pytest.mark.parametrize("code", ["R999", "a%00b", "x" * 300])
def test_an_unknown_rule_is_not_found(code: str) -> None:
    client = browser(yusuf())
    assert client.get(f"/meja/atur/aturan/{code}").status_code == 404
    assert client.get(f"/meja/atur/aturan/{code}/hentikan").status_code == 404


@pytest.mark.parametrize("cases", [1, 3])
def test_the_statements_do_not_grow(cases: int) -> None:
    villages = Place.objects.filter(level="desa", code__startswith="35.07.").values_list("code", flat=True)
    for number in range(cases):
        a_case(place=villages[number])
    client = browser(yusuf())
    for address, most in (("/meja/atur/aturan", 3), (RECORD, 5), (NEW, 3), (RETIRE, 8)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address
    looked(client, RECORD)
    with CaptureQueriesContext(connection) as queries:
        client.post(RECORD, {**RULE, "seen": "1", "step": "look"})
    assert len(queries) <= 12
    assert Case.objects.count() == cases
