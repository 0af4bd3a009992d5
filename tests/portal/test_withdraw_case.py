# SPDX-License-Identifier: EUPL-1.2
"""Taking a case back needs two steps, says what it means, and keeps the history."""

import pytest
from django.test import Client

from melayani.cases import citizen_actions
from melayani.cases.models import Case, Event
from melayani.cases.rules import CITIZEN, Outcome, Stage
from tests.builders import filed
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


def test_two_steps_and_a_word_what_it_means(client: Client) -> None:
    told = filed()
    question = pressed(client, act_form(opened_case(client, told), "/lacak/tarik"))
    page = Page(question)
    assert question.status_code == 200
    assert "tidak dapat dibuka kembali" in page.text
    assert "Dinas Perhubungan Kabupaten Malang berhenti mengerjakannya" in page.text
    assert question.headers["Cache-Control"] == "no-store"
    assert Event.objects.count() == 1
    answer = pressed(client, act_form(page, "/lacak/tarik"), typed={"tarik-komentar": "Sudah menyala lagi"})
    assert answer.status_code == 200
    assert "Kasus sudah Anda tarik." in Page(answer).text
    assert "Sudah menyala lagi" in Page(answer).text
    case = Case.objects.get(number=told.number)
    assert (case.stage, case.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)


def test_second_thoughts_lead_back_to_the_case(client: Client) -> None:
    told = filed()
    page = Page(pressed(client, act_form(opened_case(client, told), "/lacak/tarik")))
    back = Page(pressed(client, act_form(page, "/lacak")))
    assert "Yang dapat Anda lakukan sekarang" in back.text
    assert Case.objects.get(number=told.number).stage == Stage.ROUTED


def test_twice_is_once_and_a_closed_case_says_why_not(client: Client) -> None:
    told = filed()
    sure = act_form(Page(pressed(client, act_form(opened_case(client, told), "/lacak/tarik"))), "/lacak/tarik")
    assert pressed(client, sure).status_code == 200
    assert pressed(client, sure).status_code == 409
    assert Event.objects.count() == 2
    question = client.post("/lacak/tarik", {"nomor": told.number, "kunci": told.key, "versi": "2"})
    assert question.status_code == 409
    assert "sudah ditutup" in question.content.decode()


def test_answered_case_can_still_be_withdrawn_by_the_page_it_was_made_for_only(client: Client) -> None:
    told = filed()
    sure = act_form(Page(pressed(client, act_form(opened_case(client, told), "/lacak/tarik"))), "/lacak/tarik")
    citizen_actions.withdraw_case(number=told.number, by=CITIZEN, at=MONDAY)
    assert pressed(client, sure).status_code == 409


def test_strangers_and_other_methods(client: Client) -> None:
    told = filed()
    assert client.get("/lacak/tarik").status_code == 405
    for extra in ({}, {"yakin": "ya"}):
        sent = {"nomor": told.number, "kunci": "0" * 20, "versi": "1", **extra}
        assert client.post("/lacak/tarik", sent).status_code == 404
    assert client.post("/lacak/tarik", {"yakin": "ya"}).status_code == 422
    assert Case.objects.get(number=told.number).stage == Stage.ROUTED
