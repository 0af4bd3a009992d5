# SPDX-License-Identifier: EUPL-1.2
"""The first page: what one can do, figures that add up, what is late, and nothing of secret cases."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases.rules import Stage, Visibility
from melayani.ground.memo import forget_all
from tests.builders import a_case, filed
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db


def home(client: Client) -> Page:
    answer = client.get("/")
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    return Page(answer)


def test_says_what_to_do_and_where_to_call_in_an_emergency(client: Client) -> None:
    page = home(client)
    addresses = {link.get("href") for link in page.all("a")}
    assert "/kasus?tampilan=peta" in addresses
    assert {"/lapor", "/lacak", "/kasus", "/layanan", "/privasi", "/tentang", "/aksesibilitas", "/status"} <= addresses
    assert "tel:112" in addresses


def test_empty_instance_teaches(client: Client) -> None:
    text = home(client).text
    assert "Belum ada kasus umum dalam tiga puluh hari terakhir." in text
    assert "Belum ada kasus umum yang lewat janji. Bagus." in text


def test_figures_are_of_thirty_days_and_add_up(client: Client) -> None:
    a_case()
    a_case(stage=Stage.ANSWERED)
    a_case(stage=Stage.CLOSED)
    a_case(at=MONDAY - timedelta(days=29))
    a_case(at=MONDAY - timedelta(days=31))
    a_case(visibility=Visibility.SECRET)
    page = home(client)
    numbers = [int(n) for n in re.findall(r"<div><b>(\d+)</b>", page.html)]
    assert numbers[0] == 4
    assert numbers[0] == sum(numbers[1:])
    assert "kasus rahasia tidak ikut dihitung" in page.text


def test_late_cases_are_shown_longest_first_and_secret_ones_are_not(client: Client) -> None:
    later = a_case(at=MONDAY - timedelta(days=30)).number
    first = a_case(at=MONDAY - timedelta(days=60)).number
    secret = a_case(at=MONDAY - timedelta(days=50), visibility=Visibility.SECRET).number
    page = home(client)
    shown = [link["href"][7:] for link in page.all("a") if link.get("href", "").startswith("/kasus/")]
    assert shown[:2] == [first, later]
    assert secret not in page.html
    assert "Lewat janji" in page.text


def test_the_share_of_kept_promises_and_the_number_of_late_ones_are_true(client: Client) -> None:
    a_case(stage=Stage.ANSWERED)
    assert (
        "Dari 1 janji di antaranya yang sudah dijawab atau sudah jatuh tempo, 100 dari 100 kami tepati."
        in home(client).text
    )
    forget_all()
    for _ in range(7):
        a_case(at=MONDAY - timedelta(days=60))
    a_case(at=MONDAY - timedelta(days=60), visibility=Visibility.SECRET)
    text = home(client).text
    assert "Semua yang lewat janji (7)" in text
    # Longer ago than the thirty days: not in the share.
    assert "Dari 1 janji" in text


def test_no_share_before_a_promise_was_put_to_the_test(client: Client) -> None:
    a_case()
    assert "kami tepati" not in home(client).text


def test_figures_are_at_most_seconds_old(client: Client) -> None:
    home(client)
    number = filed().number
    assert number not in home(client).html
    forget_all()
    assert number in home(client).html


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post("/").status_code == 405


def test_four_queries_and_none_while_remembered(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in (1, 3):
        for _ in range(rows):
            filed()
        home(client)
        forget_all()
        a_case()  # reference data is in memory, the front is not
        with django_assert_num_queries(4):
            home(client)
        with django_assert_num_queries(0):
            answer = client.get("/")
        assert not answer.cookies
