# SPDX-License-Identifier: EUPL-1.2
"""Finding a case: by number in any form, by words, never beyond what the officer may open; no word in the address."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.cases.rules import Visibility
from melayani.ground.case_number import read_number
from tests.builders import a_case
from tests.desk.visiting import bambang, browser, dewi, joko, nanik, ratih, yusuf

pytestmark = pytest.mark.django_db
STORY = "Tiang keropos di dekat mushola, digoyang anak kecil saja gerak. <script>alert(1)</script>"


def searched(client: Client, typed: str) -> str:
    """The page that follows when this is typed and sent."""
    return client.post("/meja/cari", {"nomor": typed}, follow=True).content.decode()


def numbers(page: str) -> list[str]:
    """The cases on the page."""
    return re.findall(r'href="/meja/kasus/(JT-\w{4}-\w{3})["?]', page)


@pytest.mark.parametrize("form", ["{}", " {} ", "jt{}", "JT {}"])
def test_a_number_is_found_in_any_form(form: str) -> None:
    case = a_case()
    letters = case.number.removeprefix("JT-")
    typed = form.format(case.number if form.strip() == "{}" else letters).lower()
    for response in (
        browser(ratih()).get("/meja/cari", {"nomor": typed}),
        browser(ratih()).post("/meja/cari", {"nomor": typed}),
    ):
        assert response.headers["Location"] == f"/meja/kasus/{case.number}"
    other_form = browser(ratih()).get(f"/meja/kasus/{case.number.lower()}")
    assert other_form.headers["Location"] == f"/meja/kasus/{case.number}"


def test_what_is_no_number_is_explained_in_an_address_and_not_looked_for() -> None:
    a_case(text=STORY)
    client = browser(ratih())
    page = client.get("/meja/cari", {"nomor": "<b>keropos</b>"}, follow=True).content.decode()
    assert "bukan nomor kasus" in page
    assert "<b>keropos" not in page
    assert numbers(page) == []
    assert 'value="&lt;b&gt;keropos&lt;/b&gt;"' in page


def test_a_case_of_another_unit_is_not_found_by_its_number() -> None:
    response = browser(bambang()).get("/meja/cari", {"nomor": a_case().number}, follow=True)
    assert response.status_code == 404
    assert "Tidak ditemukan" in response.content.decode()


def test_words_lead_to_cases_with_the_place_in_the_story() -> None:
    case = a_case(text=STORY)
    page = searched(browser(ratih()), "KEROPOS Kepanjen")
    assert numbers(page) == [case.number]
    assert "1 kasus untuk “KEROPOS Kepanjen”" in page
    assert "Tiang keropos di dekat mushola" in page
    assert "<script>alert" not in page
    assert "cerita asli 1 kasus" in page


def test_the_words_stand_in_no_address() -> None:
    client = browser(ratih())
    response = client.post("/meja/cari", {"nomor": "Bu Sari Wulandari"})
    address = response.headers["Location"]
    assert response.status_code == 302
    assert "Sari" not in address
    assert "“Bu Sari Wulandari”" in client.get(address).content.decode()
    # Somebody else who gets hold of the address sees neither the words nor what they led to.
    a_case(text="Bu Sari Wulandari menanyakan lampu jalan.")
    page = browser(joko()).get(address).content.decode()
    assert "Wulandari" not in page
    assert numbers(page) == []


def test_seven_letters_that_could_be_a_number_are_words_where_there_is_no_such_case() -> None:
    assert read_number("genting") is not None
    case = a_case(text="Genting halte jatuh satu per satu, tadi pagi hampir kena orang.")
    assert numbers(searched(browser(ratih()), "genting")) == [case.number]


def test_others_find_nothing_and_the_inspectorate_finds_in_clear_only() -> None:
    case = a_case(text=STORY)
    secret = a_case(text=STORY, visibility=Visibility.SECRET)
    for typed in ("keropos", "kepanjen", "perhubungan"):
        assert numbers(searched(browser(bambang()), typed)) == []
    assert numbers(searched(browser(dewi()), "keropos")) == []
    page = searched(browser(dewi()), "kepanjen")
    assert set(numbers(page)) == {case.number, secret.number}
    assert case.unit_name in page
    assert set(numbers(searched(browser(nanik()), "kepanjen"))) == {case.number, secret.number}
    assert browser(yusuf()).post("/meja/cari", {"nomor": "keropos"}).status_code == 403


@pytest.mark.parametrize("typed", ["", "ab", "%", "\x00", "😀", "?!"])
def test_too_little_is_explained(typed: str) -> None:
    a_case()
    page = searched(browser(ratih()), typed)
    assert numbers(page) == []
    assert "sedikitnya tiga huruf" in page


@pytest.mark.parametrize(
    "typed",
    [
        "100%",
        "lam_pu",
        "lampu\x00",
        "x" * 20_000,
        "lampu " * 900,
        "😀 lampu 😀",
        "\u202elampu",
        "' OR ''='",
        "\ud83d lampu",
    ],
)
def test_hostile_words_get_a_calm_page(typed: str) -> None:
    a_case()
    response = browser(ratih()).post("/meja/cari", {"nomor": typed.encode(errors="replace").decode()}, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[0][0].startswith("/meja/cari?kata=")
    assert len(response.redirect_chain[0][0]) < 1000


@pytest.mark.parametrize("token", ["x", "%00", "A" * 5000, "é", "==", "../..", "AAAA"])
def test_a_made_up_token_is_an_empty_search(token: str) -> None:
    response = browser(ratih()).get("/meja/cari", {"kata": token})
    assert response.status_code == 200
    assert "Tulis nomor kasus, atau beberapa kata." in response.content.decode()


def test_nothing_found_says_where_was_looked() -> None:
    page = searched(browser(ratih()), "zzzzzz")
    assert "Tidak ada kasus untuk “zzzzzz” di antara yang dicari." in page
    assert "paling banyak 10.000" in page


@pytest.mark.parametrize("cases", [1, 3])
def test_five_statements_at_most(cases: int) -> None:
    for _ in range(cases):
        a_case(text=STORY)
    client = browser(ratih())
    address = client.post("/meja/cari", {"nomor": "keropos"}).headers["Location"]
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert len(numbers(client.get(address).content.decode())) == cases
    assert len(queries) <= 5


def test_a_sender_without_the_mark_of_the_form_is_refused() -> None:
    assert browser(ratih(), csrf=True).post("/meja/cari", {"nomor": "lampu"}).status_code == 403
    assert Case.objects.count() == 0
