# SPDX-License-Identifier: EUPL-1.2
"""Accounts: list, new, temporary password, closing with cases handed back; and never a word of a case."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.cases.rules import Stage
from melayani.desk.pages.officers import temporary_password
from melayani.government.models import Officer
from tests.builders import DESK, STORY, a_case, an_officer
from tests.desk.administering import WHY, said, sent, text_of
from tests.desk.visiting import browser, ratih, yusuf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]
NEW = {"username": "Sekar.Ayu", "name": "Sekar Ayu", "unit": "35.07.dishub", "roles": ["officer", "head"]}


def secret_in(page: str) -> str:
    """The temporary password on the page."""
    found = re.search(r'<code class="secret">([^<]+)</code>', page)
    assert found is not None
    return found.group(1)


def logged_in(username: str, password: str) -> Client:
    """A browser after logging in with these."""
    client = browser()
    assert client.post("/masuk", {"username": username, "password": password}).status_code == 302
    return client


def local_administrator() -> Officer:
    """An administrator of Kabupaten Malang only."""
    return an_officer("lokal", unit=DESK, roles=("administrator",))


def test_a_new_officer_gets_a_password_that_is_shown_once_and_must_be_changed() -> None:
    client = browser(yusuf())
    page = client.post("/meja/petugas/baru", NEW).content.decode()
    password = secret_in(page)
    officer = Officer.objects.get(username="sekar.ayu")
    assert sorted(officer.grants.values_list("role", flat=True)) == ["head", "officer"]
    assert password not in client.get("/meja/petugas").content.decode()
    assert logged_in("sekar.ayu", password).get("/meja").headers["Location"] == "/meja/sandi"


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"username": "a"}, "huruf kecil", "username"),
        ({"username": "ratih"}, "sudah dipakai", "username"),
        ({"name": ""}, "Nama belum diisi", "name"),
        ({"unit": ""}, "tidak dikenal", "unit"),
        ({"unit": "35.99.apa"}, "tidak dikenal", "unit"),
        ({"roles": []}, "peran", "roles"),
        ({"roles": ["raja"]}, "Pilih peran", "roles"),
    ],
)
def test_a_refused_account_keeps_what_was_typed(change: dict[str, object], words: str, field: str) -> None:
    ratih()
    client, before = browser(yusuf()), Officer.objects.count()
    response = client.post("/meja/petugas/baru", {**NEW, **change})
    page = response.content.decode()
    assert response.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert Officer.objects.count() == before
    if "name" not in change:
        assert 'value="Sekar Ayu"' in page


def test_a_reset_password_ends_the_old_one_and_is_shown_once() -> None:
    officer = ratih()
    inside = browser(officer)
    assert inside.get("/meja").status_code == 200
    client = browser(yusuf())
    assert "Buat kata sandi baru untuk Ratih" in client.get("/meja/petugas/ratih/sandi").content.decode()
    password = secret_in(client.post("/meja/petugas/ratih/sandi").content.decode())
    assert inside.get("/meja").status_code == 302
    assert logged_in("ratih", password).get("/meja").headers["Location"] == "/meja/sandi"


def test_closing_an_account_says_how_many_cases_and_hands_them_back() -> None:
    case = a_case(stage=Stage.TAKEN)
    answered = a_case(stage=Stage.ANSWERED)
    client = browser(yusuf())
    page = client.get("/meja/petugas/ratih/nonaktif").content.decode()
    assert "1 kasus terbuka kembali ke Dinas Perhubungan" in page
    assert STORY not in page
    done = client.post("/meja/petugas/ratih/nonaktif", follow=True)
    assert "Akun Ratih ditutup. 1 kasus kembali ke unit." in done.content.decode()
    case.refresh_from_db()
    assert (case.stage, case.officer_id) == (Stage.ROUTED, None)
    assert Case.objects.get(pk=answered.pk).stage == Stage.ANSWERED
    assert not Officer.objects.get(username="ratih").is_active
    assert client.get("/meja/petugas/ratih/nonaktif").status_code == 404
    assert client.post("/meja/petugas/ratih/sandi").status_code == 404


def test_nobody_closes_the_own_account() -> None:
    response = browser(yusuf()).post("/meja/petugas/yusuf/nonaktif", follow=True)
    assert "Akun sendiri tidak dapat ditutup" in response.content.decode()
    assert Officer.objects.get(username="yusuf").is_active


def test_an_administrator_of_a_region_stays_in_it() -> None:
    an_officer("jauh", unit="35.78.dishub")
    ratih()
    client = browser(local_administrator())
    page = client.get("/meja/petugas").content.decode()
    assert "ratih" in page
    assert "jauh" not in page
    assert client.get("/meja/petugas/jauh/sandi").status_code == 404
    assert client.post("/meja/petugas/jauh/nonaktif").status_code == 404
    assert Officer.objects.get(username="jauh").is_active
    form = client.get("/meja/petugas/baru").content.decode()
    assert "35.07.dishub" in form
    assert "35.78.dishub" not in form
    refused = client.post("/meja/petugas/baru", {**NEW, "unit": "35.78.dishub"})
    assert refused.status_code == 400
    assert not Officer.objects.filter(username="sekar.ayu").exists()


def test_pages_of_accounts_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        an_officer(f"petugas-{number}")
    monkeypatch.setattr("melayani.government.registers.accounts.__kwdefaults__", {"after": "", "limit": 3})
    client, seen, address = browser(yusuf()), [], "/meja/petugas"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<span class="small">([\w.-]+)</span></th>', page)
        after = re.search(r'href="(/meja/petugas\?sesudah=[^"]+)"', page)
        address = after.group(1) if after else ""
    assert seen == [*(f"petugas-{number}" for number in range(5)), "yusuf"]


@pytest.mark.parametrize("more", [1, 3])
def test_the_statements_do_not_grow(more: int) -> None:
    client = browser(yusuf())
    for number in range(more):
        an_officer(f"petugas-{number}", roles=("officer", "head"))
    client.get("/meja/petugas")
    with CaptureQueriesContext(connection) as queries:
        client.get("/meja/petugas")
    assert len(queries) <= 4


def test_administrators_read_no_case() -> None:
    case = a_case()
    client = browser(yusuf())
    pages = [client.get(address) for address in ("/meja/petugas", "/meja/kalender", "/meja/janji")]
    assert all(page.status_code == 200 and STORY not in page.content.decode() for page in pages)
    assert client.get(f"/meja/kasus/{case.number}").status_code == 404


def test_accounts_are_found_by_words_and_by_unit() -> None:
    ratih()
    an_officer("jauh", unit="35.78.dishub", roles=("officer",))
    client = browser(yusuf())
    assert "jauh" not in client.get("/meja/petugas?cari=RATIH").content.decode()
    assert "jauh" in client.get("/meja/petugas?cari=surabaya").content.decode()
    page = client.get("/meja/petugas?unit=35.07.dishub").content.decode()
    assert "ratih" in page
    assert "jauh" not in page
    assert client.get("/meja/petugas", {"cari": "a\x00%_\u202e", "unit": "\x00"}).status_code == 200


# Roles

ROLES = "/meja/petugas/ratih/peran"
GIVEN = {"role": "head", "unit": "35.07.dishub", "reason": WHY}


def test_a_role_is_given_and_every_role_is_seen() -> None:
    ratih()
    page = said(sent(browser(yusuf()), ROLES, **GIVEN))
    assert "Peran diberikan dan langsung berlaku." in page
    assert "Kepala unit Dinas Perhubungan Kabupaten Malang Cabut" in page
    assert "Peran diberikan · Ratih · Kepala unit, Dinas Perhubungan Kabupaten Malang Yusuf" in page
    assert WHY in page


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"role": ""}, "Pilih perannya", "role"),
        ({"role": "raja"}, "Pilih peran dari daftar", "role"),
        ({"role": "officer"}, "sudah memegang peran itu", "role"),
        ({"unit": ""}, "Pilih unitnya", "unit"),
        ({"unit": "35.99.apa"}, "tidak dikenal atau tidak aktif", "unit"),
        ({"reason": ""}, "Tulis alasannya", "reason"),
        ({"reason": "<b>" + "x" * 400}, "Alasan terlalu panjang", "reason"),
    ],
)
def test_a_refused_role_keeps_what_was_typed(change: dict[str, str], words: str, field: str) -> None:
    ratih()
    answer = sent(browser(yusuf()), ROLES, **{**GIVEN, **change})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert f'href="#{field}"' in page
    assert Officer.objects.get(username="ratih").grants.count() == 1
    if "reason" not in change:
        assert WHY in page


def test_a_role_is_taken_after_a_question_and_cases_go_back() -> None:
    case = a_case(stage=Stage.TAKEN)
    client = browser(yusuf())
    where = f"{ROLES}/cabut?peran=officer&unit=35.07.dishub"
    page = text_of(client.get(where))
    assert "Cabut peran Petugas dari Ratih?" in page
    assert "1 kasus terbuka kembali ke unit dan menunggu petugas lain." in page
    form = {"peran": "officer", "unit": "35.07.dishub"}
    refused = client.post(f"{ROLES}/cabut", {**form, "reason": ""})
    assert refused.status_code == 400
    assert Officer.objects.get(username="ratih").grants.count() == 1
    assert "Peran dicabut. 1 kasus kembali ke unit." in said(client.post(f"{ROLES}/cabut", {**form, "reason": WHY}))
    assert Officer.objects.get(username="ratih").grants.count() == 0
    case.refresh_from_db()
    assert case.officer_id is None
    gone = client.post(f"{ROLES}/cabut", {**form, "reason": WHY})
    assert "tidak lagi memegang peran itu" in said(gone)


def test_nobody_changes_the_own_roles() -> None:
    client = browser(yusuf())
    page = client.get("/meja/petugas/yusuf/peran")
    assert "Peran sendiri tidak dapat diubah" in text_of(page)
    assert "Cabut" not in text_of(page)
    assert client.post("/meja/petugas/yusuf/peran", GIVEN).status_code == 400
    taken = {"peran": "administrator", "unit": "35.kominfo", "reason": WHY}
    assert client.post("/meja/petugas/yusuf/peran/cabut", taken).status_code == 400
    assert [grant.role for grant in Officer.objects.get(username="yusuf").grants.all()] == ["administrator"]


def test_roles_elsewhere_are_not_for_a_local_administrator() -> None:
    an_officer("jauh", unit="35.78.dishub")
    ratih()
    client = browser(local_administrator())
    assert client.get("/meja/petugas/jauh/peran").status_code == 404
    assert client.post("/meja/petugas/jauh/peran", GIVEN).status_code == 404
    assert client.get("/meja/petugas/jauh/peran/cabut?peran=officer&unit=35.78.dishub").status_code == 404
    for change in ({"unit": "35.78.dishub"}, {"unit": "35.kominfo", "role": "administrator"}, {"role": "inspectorate"}):
        assert client.post(ROLES, {**GIVEN, **change}).status_code == 403
    assert client.post(ROLES, GIVEN).status_code == 302


def test_a_role_is_given_in_a_unit_of_another_region() -> None:
    ratih()
    client = browser(yusuf())
    assert 'value="35.78.dishub"' not in client.get(ROLES).content.decode()
    assert 'value="35.78.dishub"' in client.get(f"{ROLES}?wilayah=35.78").content.decode()
    assert client.get(f"{ROLES}?wilayah=\x00sihir").status_code == 200
    refused = client.post(ROLES, {**GIVEN, "unit": "35.78.dishub", "reason": ""})
    assert 'value="35.78.dishub" selected' in refused.content.decode()
    assert client.post(ROLES, {**GIVEN, "unit": "35.78.dishub"}).status_code == 302


@pytest.mark.parametrize("more", [1, 3])
def test_the_statements_of_the_roles_do_not_grow(more: int) -> None:
    an_officer("ratih", roles=("officer", "head", "triage")[:more])
    client = browser(yusuf())
    client.get(ROLES)
    with CaptureQueriesContext(connection) as queries:
        client.get(ROLES)
    assert len(queries) <= 7


def test_temporary_passwords_are_long_and_never_the_same() -> None:
    made = {temporary_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-hj-np-z2-9]{5}-){3}[a-hj-np-z2-9]{5}", password) for password in made)
