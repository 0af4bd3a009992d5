# SPDX-License-Identifier: EUPL-1.2
"""The page "Saya juga": what joining means, one press, a key shown once; and the list of similar cases."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Case, Party
from melayani.cases.rules import Stage, Visibility
from tests.builders import KEPANJEN, a_case
from tests.portal.own_case import tried
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str) -> Page:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return Page(answer)


def key_of(page: Page) -> str:
    return page.form("kunci").value("kunci")


def test_joining_gives_a_key_that_opens_the_case(client: Client) -> None:
    case = a_case()
    form = shown(client, f"/kasus/{case.number}/ikut").form("kiriman")
    answer = pressed(client, form, typed={"surel": "sari@example.org"})
    page = Page(answer)
    assert "Anda ikut kasus ini" in page.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert Party.objects.get().case_id == case.pk
    opened = tried(client, number=case.number, key=key_of(page))
    assert opened.status_code == 200
    assert "1 warga lain" in shown(client, f"/kasus/{case.number}").text


def test_sending_twice_joins_once(client: Client) -> None:
    case = a_case()
    form = shown(client, f"/kasus/{case.number}/ikut").form("kiriman")
    first, again = Page(pressed(client, form)), Page(pressed(client, form))
    assert "Anda sudah ikut sebelumnya" in again.text
    assert key_of(first) == key_of(again)
    assert Case.objects.get(pk=case.pk).joined == 1


def test_secret_and_unknown_cases_look_the_same(client: Client) -> None:
    secret = a_case(visibility=Visibility.SECRET)
    for number in (secret.number, "JT-0000-000", "apa"):
        assert client.get(f"/kasus/{number}/ikut").status_code == 404
        assert client.post(f"/kasus/{number}/ikut", {"kiriman": "x" * 24}).status_code == 404
    assert not Party.objects.exists()


def test_a_closed_case_says_what_to_do_instead(client: Client) -> None:
    case = a_case(stage=Stage.CLOSED)
    assert "sampaikan kasus baru" in shown(client, f"/kasus/{case.number}/ikut").text.lower()
    assert client.post(f"/kasus/{case.number}/ikut", {"kiriman": "x" * 24}).status_code == 409


@pytest.mark.parametrize(
    "typed",
    [
        {"surel": "bukan surel"},
        {"telepon": "=cmd()"},
        {"surel": "a" * 300 + "@example.org"},
        {"kiriman": "pendek"},
    ],
    ids=str,
)
def test_bad_input_is_refused_with_what_was_typed(client: Client, typed: dict[str, str]) -> None:
    case = a_case()
    answer = client.post(f"/kasus/{case.number}/ikut", {"kiriman": "x" * 24, **typed})
    assert answer.status_code == 422
    assert not Party.objects.exists()


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put(f"/kasus/{a_case().number}/ikut").status_code == 405
    assert client.put("/lapor/mirip").status_code == 405


def test_another_spelling_of_the_number_leads_here(client: Client) -> None:
    case = a_case()
    answer = client.get(f"/kasus/{case.number.lower().replace('-', '')}/ikut")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/kasus/{case.number}/ikut")


def test_similar_cases_of_a_place_offer_joining(client: Client) -> None:
    case = a_case()
    page = shown(client, f"/lapor/mirip?tempat={KEPANJEN}&tentang=layanan:PJU")
    assert f"/kasus/{case.number}/ikut" in page.html
    posted = client.post("/lapor/mirip", {"tempat": KEPANJEN, "tentang": "layanan:PJU", "cerita": "Lampu padam"})
    assert f"/kasus/{case.number}/ikut" in posted.content.decode()


@pytest.mark.parametrize("query", ["", "?tempat=zz", "?tempat=35&tentang=layanan:zz", "?tempat=%00", "?tempat=35.78"])
def test_similar_cases_of_nowhere_are_no_error(client: Client, query: str) -> None:
    assert client.get(f"/lapor/mirip{query}").status_code == 200


def test_the_list_costs_the_same_with_one_and_three(client: Client, django_assert_max_num_queries: Any) -> None:
    address = f"/lapor/mirip?tempat={KEPANJEN}&tentang=layanan:PJU"
    a_case()
    client.get(address)
    for _ in range(2):
        with django_assert_max_num_queries(2):
            client.get(address)
        a_case()
        a_case()
