# SPDX-License-Identifier: EUPL-1.2
"""Topics: their order, name and description, and closing one only after its services."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.catalogue.actions import close_service
from melayani.catalogue.models import Topic
from melayani.catalogue.queries import services, topics
from melayani.government.models import AdministrativeAct
from melayani.government.rules import SYSTEM
from tests.builders import a_case
from tests.conftest import MONDAY
from tests.desk.administering import HOSTILE, WHY, local, marks, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db
RECORD, STATE = "/meja/atur/topik/perhubungan", "/meja/atur/topik/perhubungan/keadaan"
EDITED = {"name": "Lalu lintas", "description": "Lampu, rambu, parkir.", "order": "7", "reason": WHY}


def test_topics_are_listed_in_the_order_citizens_see() -> None:
    client = browser(yusuf())
    assert "Administrasi kependudukan urutan 100" in text_of(client.get("/meja/atur/topik"))
    case = a_case()
    page = said(sent(client, RECORD, **EDITED))
    assert "Topik disimpan. Perubahan tercatat atas nama Anda." in page
    assert "semula: Perhubungan menjadi: Lalu lintas" in page
    listed = text_of(client.get("/meja/atur/topik"))
    assert listed.index("Lalu lintas urutan 7") < listed.index("Administrasi kependudukan")
    assert topics()[0].name == "Lalu lintas"
    case.refresh_from_db()
    assert case.topic_name == "Perhubungan"


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"name": ""}, "Nama topik belum diisi", "name"),
        ({"name": "x" * 81}, "Nama topik terlalu panjang", "name"),
        ({"name": "kesehatan"}, "Topik lain sudah bernama begitu", "name"),
        ({"description": ""}, "Penjelasan belum diisi", "description"),
        ({"order": ""}, "Tulis urutannya", "order"),
        ({"order": "satu"}, "Tulis urutan sebagai angka", "order"),
        ({"order": "0"}, "Urutan harus 1 sampai 999", "order"),
        ({"order": "9" * 40}, "Urutan harus 1 sampai 999", "order"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
    ],
)
def test_a_refused_topic_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    before = list(Topic.objects.order_by("pk").values())
    answer = sent(browser(yusuf()), RECORD, **{**EDITED, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert list(Topic.objects.order_by("pk").values()) == before
    if "description" not in change:
        assert "Lampu, rambu, parkir." in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_refused_or_kept_as_text(text: str) -> None:
    assert sent(browser(yusuf()), RECORD, **{**EDITED, "name": text, "description": text}).status_code in (302, 400)
    for where in (RECORD, "/meja/atur/topik", "/layanan"):
        page = browser(yusuf()).get(where).content.decode()
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_the_second_of_two_administrators_sees_both() -> None:
    client = browser(yusuf())
    seen = marks(client.get(RECORD))[0]
    sent(client, RECORD, **EDITED)
    answer = client.post(RECORD, {**EDITED, "name": "Jalan raya", "seen": seen})
    assert answer.status_code == 409
    assert "Sekarang tersimpan Lalu lintas Yang Anda tulis Jalan raya" in text_of(answer)
    assert Topic.objects.get(code="perhubungan").name == "Lalu lintas"


def test_a_topic_with_open_services_is_not_closed() -> None:
    client = browser(yusuf())
    page = client.get(STATE)
    assert "layanan di topik ini masih menerima laporan. Tutup layanan itu lebih dahulu." in text_of(page)
    assert f'action="{STATE}"' not in page.content.decode()
    answer = client.post(STATE, {"to": "closed", "reason": WHY})
    assert answer.status_code == 400
    assert "Masih ada layanan yang dibuka" in text_of(answer)
    assert Topic.objects.get(code="perhubungan").active


def test_a_topic_without_open_services_is_closed_and_opened_again() -> None:
    for service in services("perhubungan"):
        close_service(code=service.code, reason=WHY, by=SYSTEM, at=MONDAY)
    client = browser(yusuf())
    assert "Topik ditutup." in said(sent(client, STATE, reason=WHY))
    assert "perhubungan" not in {row.code for row in topics()}
    assert "Topik dapat dipilih lagi." in said(sent(client, STATE, reason=WHY))
    assert "perhubungan" in {row.code for row in topics()}


def test_an_administrator_of_a_region_only_reads() -> None:
    client = browser(local())
    page = client.get(RECORD)
    assert f'action="{RECORD}"' not in page.content.decode()
    assert client.post(RECORD, {**EDITED, "seen": marks(browser(yusuf()).get(RECORD))[0]}).status_code == 403
    assert client.get(STATE).status_code == 403
    assert client.post(STATE, {"to": "closed", "reason": WHY}).status_code == 403
    assert not AdministrativeAct.objects.exists()


@pytest.mark.parametrize("rest", ["", "/keadaan"])
def test_an_unknown_topic_is_not_found(rest: str) -> None:
    assert browser(yusuf()).get(f"/meja/atur/topik/sihir{rest}").status_code == 404


def test_the_statements_are_few() -> None:
    client = browser(yusuf())
    for address, most in (("/meja/atur/topik", 3), (RECORD, 4), (STATE, 3)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address
