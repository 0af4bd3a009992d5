# SPDX-License-Identifier: EUPL-1.2
"""Other systems: registered with a key that is shown once, renewed, turned off and on; by the province only."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.government.models import AdministrativeAct, ApiClient
from melayani.government.queries import api_client_for_key
from melayani.government.reference_actions import create_client
from tests.builders import a_case
from tests.conftest import MONDAY
from tests.desk.administering import HOSTILE, WHY, local, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db
NEW = "/meja/atur/klien/baru"
KEY, STATE = "/meja/atur/klien/lapor-kota/kunci", "/meja/atur/klien/lapor-kota/keadaan"


def key_in(answer: Any) -> str:
    """The key on the page."""
    found = re.search(r'<code class="secret">([^<]+)</code>', answer.content.decode())
    assert found is not None, text_of(answer)[:400]
    return found.group(1)


@pytest.fixture
def old_key() -> str:
    """The key of a system that is there."""
    return create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)


def test_no_system_yet() -> None:
    assert "Belum ada sistem lain. Daftarkan aplikasi" in text_of(browser(yusuf()).get("/meja/atur/klien"))


def test_a_key_is_shown_once_and_works() -> None:
    client = browser(yusuf())
    answer = sent(client, NEW, name="  Lapor   Kota ", code="lapor-kota")
    key = key_in(answer)
    found = api_client_for_key(key)
    assert found is not None
    assert (found.code, found.name) == ("lapor-kota", "Lapor Kota")
    assert "Kunci untuk Lapor Kota" in text_of(answer)
    assert answer.headers["Cache-Control"] == "no-store, private"
    for where in ("/meja/atur/klien", "/meja/atur/riwayat"):
        assert key not in client.get(where).content.decode()
    assert key not in str(list(AdministrativeAct.objects.values()))


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"name": ""}, "Nama belum diisi", "name"),
        ({"name": "x" * 121}, "Nama terlalu panjang", "name"),
        ({"code": ""}, "Kode sistem berisi", "code"),
        ({"code": "Lapor Kota"}, "Kode sistem berisi", "code"),
        ({"code": "lapor-kota"}, "sudah dipakai", "code"),
    ],
)
def test_a_refused_system_keeps_what_was_typed(old_key: str, change: dict[str, str], words: str, field: str) -> None:
    answer = sent(browser(yusuf()), NEW, **{"name": "Aplikasi Desa", "code": "aplikasi-desa", **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert ApiClient.objects.count() == 1
    if "name" not in change:
        assert 'value="Aplikasi Desa"' in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_refused_or_kept_as_text(text: str) -> None:
    client = browser(yusuf())
    assert sent(client, NEW, name=text, code="lapor").status_code in (200, 400)
    page = client.get("/meja/atur/klien").content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_a_new_key_replaces_the_old_one_after_a_question(old_key: str) -> None:
    client = browser(yusuf())
    assert "Kunci lama langsung tidak berlaku" in text_of(client.get(KEY))
    assert api_client_for_key(old_key) is not None
    new = key_in(sent(client, KEY, reason=WHY))
    assert api_client_for_key(old_key) is None
    assert api_client_for_key(new) is not None
    assert sent(client, KEY, reason="").status_code == 400
    assert api_client_for_key(new) is not None


def test_a_system_is_turned_off_and_on_after_a_question(old_key: str) -> None:
    client = browser(yusuf())
    assert "Sistem dimatikan." in said(sent(client, STATE, reason=WHY))
    assert api_client_for_key(old_key) is None
    assert client.post(STATE, {"to": "closed", "reason": WHY}).status_code == 400
    assert client.post(STATE, {"to": "", "reason": WHY}).status_code == 400
    assert "dimatikan" in text_of(client.get("/meja/atur/klien"))
    assert "Sistem dinyalakan." in said(sent(client, STATE, reason=WHY))
    assert api_client_for_key(old_key) is not None


@pytest.mark.usefixtures("old_key")
def test_when_a_system_last_filed_is_told() -> None:
    assert "tidak ada dalam 30.000 kasus terbaru" in text_of(browser(yusuf()).get("/meja/atur/klien"))
    Case.objects.filter(pk=a_case().pk).update(client=ApiClient.objects.get())
    assert "kasus terakhir Senin, 5 Januari, 09.00" in text_of(browser(yusuf()).get("/meja/atur/klien"))


@pytest.mark.usefixtures("old_key")
def test_an_administrator_of_a_region_only_reads() -> None:
    client = browser(local())
    page = client.get("/meja/atur/klien")
    assert "Lapor Kota" in text_of(page)
    assert KEY not in page.content.decode()
    for where in (NEW, KEY, STATE):
        assert client.get(where).status_code == 403
        assert client.post(where, {"code": "a", "name": "A", "to": "closed", "reason": WHY}).status_code == 403
    assert AdministrativeAct.objects.count() == 1


@pytest.mark.parametrize("rest", ["kunci", "keadaan"])
@pytest.mark.parametrize("code", ["sihir", "a%00b"])
def test_an_unknown_system_is_not_found(code: str, rest: str) -> None:
    assert browser(yusuf()).get(f"/meja/atur/klien/{code}/{rest}").status_code == 404


@pytest.mark.parametrize("systems", [1, 3])
def test_the_statements_do_not_grow(systems: int) -> None:
    for number in range(systems):
        create_client(code=f"sistem-{number}", name=f"Sistem {number}", at=MONDAY)
    client = browser(yusuf())
    client.get("/meja/atur/klien")
    with CaptureQueriesContext(connection) as queries:
        client.get("/meja/atur/klien")
    assert len(queries) <= 5
