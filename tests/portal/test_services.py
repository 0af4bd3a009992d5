# SPDX-License-Identifier: EUPL-1.2
"""Finding a service by everyday words, without a script: the best first, and an empty answer that helps."""

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.catalogue.actions import close_service
from melayani.catalogue.queries import services
from melayani.government.rules import SYSTEM
from melayani.ground.memo import forget_all
from melayani.portal.service_search import found_services
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db


def searched(client: Client, typed: str) -> Page:
    answer = client.get("/layanan", {"cari": typed})
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    assert not answer.cookies
    return Page(answer)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("KTP", "ktp-elektronik"),
        ("ktp hilang", "ktp-elektronik"),
        ("saya mau ngurus e-KTP", "ktp-elektronik"),
        ("gawe ktp", "ktp-elektronik"),
        ("lampu jalan", "lampu-jalan"),
        ("LAMPU JALAN MATI", "lampu-jalan"),
        ("lamp", "lampu-jalan"),
        ("air pdam", "air-pdam"),
    ],
)
def test_everyday_words_find_the_service(client: Client, typed: str, slug: str) -> None:
    found = found_services(typed)
    assert found
    assert found[0].slug == slug
    page = searched(client, typed)
    assert f"/layanan/{slug}" in {link.get("href") for link in page.all("a")}
    assert page.form("cari").value("cari") == typed


def test_every_service_is_found_by_its_own_name() -> None:
    for row in services():
        assert row in found_services(row.name), row.name


@pytest.mark.parametrize("typed", ["zzzqqq", "💥", "'; DROP TABLE", "=1+1", "kk" * 3000])
def test_nothing_found_says_what_to_do(client: Client, typed: str) -> None:
    page = searched(client, typed)
    if "Tidak ada layanan yang cocok" in page.text:
        assert "Anda juga dapat langsung menyampaikannya." in page.text
    assert "/lapor" in {link.get("href") for link in page.all("a")}


def test_markup_and_hidden_marks_are_shown_as_text_or_not_at_all(client: Client) -> None:
    page = searched(client, "<script>alert(1)</script>\x00\u202ektp")
    assert "<script>alert" not in page.html
    assert "\u202e" not in page.html
    assert "\x00" not in page.html


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "\x00"])
def test_an_empty_search_is_the_whole_catalogue(client: Client, typed: str) -> None:
    page = searched(client, typed)
    assert len([link for link in page.all("a") if link.get("href", "").startswith("/layanan/")]) == len(services())


def test_short_words_are_whole_words() -> None:
    assert "kartu-keluarga" in [row.slug for row in found_services("kk")]
    assert found_services("k") == ()
    assert found_services("kt") == ()


def test_closed_services_are_not_found() -> None:
    close_service(code="PJU", reason="Sedang diperbarui.", by=SYSTEM, at=MONDAY)
    forget_all()
    assert "lampu-jalan" not in [row.slug for row in found_services("lampu jalan")]


def test_a_search_asks_the_database_nothing_while_the_catalogue_is_remembered(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    searched(client, "ktp")
    with django_assert_num_queries(0):
        searched(client, "lampu")


def test_search_results_are_not_for_search_engines(client: Client) -> None:
    assert 'content="noindex, follow"' in searched(client, "ktp").html
    assert "noindex" not in searched(client, "").html
