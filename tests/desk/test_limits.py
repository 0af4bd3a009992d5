# SPDX-License-Identifier: EUPL-1.2
"""Searching and failing to log in have a limit, told with how long to wait; colleagues feel nothing of it."""

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.desk import limits
from melayani.government.models import LoginTry, Officer
from tests.builders import an_officer
from tests.desk.visiting import browser, joko, ratih
from tests.portal.paper_browser import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]
THEIRS, OURS = "10.7.0.1", "10.7.0.2"
PASSWORD = "bintang-timur-di-atas-bromo"
WRONG = "salah"


def searched(client: Client, times: int = 1, where: str = "/meja/cari?nomor=xx") -> HttpResponse:
    """The answer to the last of so many searches."""
    for _ in range(times):
        answer = client.get(where)
    assert isinstance(answer, HttpResponse)
    return answer


def stopped(client: Client) -> bool:
    """Whether the sixty-first search at once is refused."""
    assert searched(client, 60).status_code != 429
    return searched(client).status_code == 429


def test_sixty_searches_at_once_then_one_each_second(monkeypatch: pytest.MonkeyPatch, clock: datetime) -> None:
    client = browser(ratih())
    assert stopped(client)
    answer = searched(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Coba lagi 1 detik lagi." in Page(answer).text
    assert "Try again in 1 second." in Page(searched(client, where="/en/meja/cari?nomor=xx")).text
    assert client.get("/meja/daftar/saya").status_code != 429
    monkeypatch.setenv("MELAYANI_NOW", (clock + timedelta(seconds=1)).isoformat())
    assert searched(client).status_code != 429
    assert searched(client).status_code == 429


def test_a_colleague_at_the_same_address_searches_on() -> None:
    assert stopped(browser(ratih()))
    assert searched(browser(joko())).status_code != 429


def test_control_with_a_wider_budget_the_sixty_first_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.SEARCHES, "burst", 61)
    assert not stopped(browser(ratih()))


def test_strangers_are_sent_to_the_login_and_count_for_nobody() -> None:
    assert searched(browser(), 70).status_code == 302


# Logins


def with_password() -> Officer:
    """An officer who knows a password."""
    officer = an_officer("ratih")
    officer.set_password(PASSWORD)
    officer.save()
    return officer


def tried(address: str, username: str, password: str = WRONG) -> HttpResponse:
    """The answer to one attempt from the address."""
    answer = Client(REMOTE_ADDR=address).post("/masuk", {"username": username, "password": password})
    assert isinstance(answer, HttpResponse)
    return answer


def test_many_names_from_one_address_are_stopped_before_hashing(
    monkeypatch: pytest.MonkeyPatch, clock: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with_password()
    answers = [tried(THEIRS, f"nama{number}") for number in range(60)]
    assert {answer.status_code for answer in answers} == {400}
    with django_assert_num_queries(0):
        refused = tried(THEIRS, "nama-lain")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "Coba lagi 1 menit lagi." in Page(refused).text
    assert LoginTry.objects.count() == 60
    assert tried(OURS, "ratih", PASSWORD).status_code == 302
    monkeypatch.setenv("MELAYANI_NOW", (clock + timedelta(seconds=5)).isoformat())
    assert tried(THEIRS, "ratih", PASSWORD).status_code == 302


def test_logins_that_succeed_do_not_count() -> None:
    with_password()
    assert {tried(THEIRS, "ratih", PASSWORD).status_code for _ in range(70)} == {302}


def test_how_long_to_wait_is_said_in_the_singular_and_plural_of_the_language() -> None:
    for _ in range(8):
        tried(THEIRS, "ratih")
    answer = Client(REMOTE_ADDR=THEIRS).post("/en/masuk", {"username": "ratih", "password": "x"})
    assert answer.headers["Retry-After"] == "900"
    assert "Try again in 15 minutes." in Page(answer.content.decode()).text
