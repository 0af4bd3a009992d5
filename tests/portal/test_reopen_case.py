# SPDX-License-Identifier: EUPL-1.2
"""Reopening is the citizen's right, goes one rung up, and says by when."""

import pytest
from django.test import Client

from melayani.cases import actions, citizen_actions
from melayani.cases.filing import Filed
from melayani.cases.models import Case, Event
from melayani.cases.rules import CITIZEN, Outcome, Stage
from tests.builders import ANSWER, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db
WHY = "Lampunya masih padam juga."


@pytest.fixture
def answered() -> Filed:
    """A case with an answer."""
    told = filed()
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY)
    return told


@pytest.mark.parametrize("confirmed", [False, True])
def test_reopening_goes_to_the_head_with_a_new_promise(client: Client, answered: Filed, confirmed: bool) -> None:
    if confirmed:
        citizen_actions.confirm_case(number=answered.number, by=CITIZEN, at=MONDAY)
    form = act_form(opened_case(client, answered), "/lacak/buka-lagi")
    answer = pressed(client, form, typed={"alasan": WHY})
    assert answer.status_code == 200
    text = Page(answer).text
    assert "Kasus dibuka kembali. Sekarang dipegang kepala unit" in text
    assert "Janji baru: dijawab paling lambat" in text
    assert WHY in text
    assert Case.objects.get(number=answered.number).stage == Stage.REOPENED


@pytest.mark.parametrize(
    ("why", "words"), [("", "Tulis apa yang belum selesai."), ("belum", "paling sedikit 10 huruf")]
)
def test_reason_is_needed_kept_and_the_box_stays_open(client: Client, answered: Filed, why: str, words: str) -> None:
    before = Event.objects.count()
    form = act_form(opened_case(client, answered), "/lacak/buka-lagi")
    answer = pressed(client, form, typed={"alasan": why})
    assert answer.status_code == 422
    page = Page(answer)
    assert words in page.text
    assert act_form(page, "/lacak/buka-lagi").value("alasan") == why
    assert any("open" in details for details in page.all("details"))
    assert Event.objects.count() == before


def test_twice_is_once(client: Client, answered: Filed) -> None:
    form = act_form(opened_case(client, answered), "/lacak/buka-lagi")
    assert pressed(client, form, typed={"alasan": WHY}).status_code == 200
    assert pressed(client, form, typed={"alasan": WHY}).status_code == 409
    assert Case.objects.get(number=answered.number).reopened == 1


def test_withdrawn_case_is_never_reopened(client: Client, answered: Filed) -> None:
    citizen_actions.withdraw_case(number=answered.number, by=CITIZEN, at=MONDAY)
    page = opened_case(client, answered)
    assert not [form for form in page.forms if form.action.endswith("buka-lagi")]
    sent = {"nomor": answered.number, "kunci": answered.key, "versi": "3", "alasan": WHY}
    answer = client.post("/lacak/buka-lagi", sent)
    assert answer.status_code == 409
    assert "sudah Anda tarik" in answer.content.decode()


def test_strangers_and_other_methods(client: Client, answered: Filed) -> None:
    assert client.get("/lacak/buka-lagi").status_code == 405
    sent = {"nomor": answered.number, "kunci": "0" * 20, "versi": "2", "alasan": WHY}
    assert client.post("/lacak/buka-lagi", sent).status_code == 404
    assert Case.objects.get(number=answered.number).stage == Stage.ANSWERED
