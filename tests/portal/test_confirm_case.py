# SPDX-License-Identifier: EUPL-1.2
"""Only the citizen says that a case is solved."""

import pytest
from django.test import Client

from melayani.cases import actions, citizen_actions
from melayani.cases.file_actions import note_case
from melayani.cases.filing import Filed
from melayani.cases.models import Case, Event
from melayani.cases.parties import join_case
from melayani.cases.rules import CITIZEN, EventKind, Outcome, Stage
from tests.builders import ANSWER, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


def answered(outcome: Outcome = Outcome.SOLVED) -> Filed:
    told = filed()
    actions.answer_case(number=told.number, text=ANSWER, outcome=outcome, by=officer_actor(), at=MONDAY)
    return told


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.SOLVED, "Ya, masalah saya selesai"),
        (Outcome.EXPLAINED_NO, "Saya menerima penjelasan ini"),
        (Outcome.DUPLICATE, "Ya, ini kasus yang sama"),
        (Outcome.UNREACHABLE, "Saya menerima penutupan ini"),
    ],
)
def test_accepting_closes_with_the_outcome_that_was_proposed(client: Client, outcome: Outcome, words: str) -> None:
    told = answered(outcome)
    form = act_form(opened_case(client, told), "/lacak/terima")
    assert [button[2] for button in form.buttons] == [words]
    answer = pressed(client, form, typed={"terima-komentar": "Terima kasih banyak"})
    assert answer.status_code == 200
    assert "Kasus ditutup atas kata Anda sendiri." in Page(answer).text
    assert "Terima kasih banyak" in Page(answer).text
    case = Case.objects.get(number=told.number)
    assert (case.stage, case.outcome, case.confirmed) == (Stage.CLOSED, outcome, True)


def test_twice_is_once(client: Client) -> None:
    form = act_form(opened_case(client, answered()), "/lacak/terima")
    assert pressed(client, form).status_code == 200
    assert pressed(client, form).status_code == 409
    assert Event.objects.filter(kind=EventKind.CONFIRMED).count() == 1


def test_not_before_the_answer(client: Client) -> None:
    told = filed()
    answer = client.post("/lacak/terima", {"nomor": told.number, "kunci": told.key, "versi": "1"})
    assert answer.status_code == 409
    assert Event.objects.count() == 1


def test_too_long_a_comment_is_kept_and_changes_nothing(client: Client) -> None:
    told = answered()
    form = act_form(opened_case(client, told), "/lacak/terima")
    answer = pressed(client, form, typed={"terima-komentar": "x" * 4001})
    assert answer.status_code == 422
    assert act_form(Page(answer), "/lacak/terima").value("terima-komentar") == "x" * 4001
    assert Case.objects.get(number=told.number).stage == Stage.ANSWERED


def test_strangers_and_other_methods(client: Client) -> None:
    told = answered()
    assert client.get("/lacak/terima").status_code == 405
    assert client.post("/lacak/terima", {"nomor": told.number, "kunci": "0" * 20, "versi": "2"}).status_code == 404
    assert Case.objects.get(number=told.number).stage == Stage.ANSWERED


def test_somebody_who_joins_meanwhile_keeps_nobody_from_confirming(client: Client) -> None:
    """Nor does a note among officers. The control: news that the citizen has not read stops the act."""
    told, other = answered(), answered()
    form = act_form(opened_case(client, told), "/lacak/terima")
    join_case(number=told.number, token="a" * 24, at=MONDAY)
    note_case(number=told.number, text="Sudah dicek lapangan.", by=officer_actor(), at=MONDAY)
    assert pressed(client, form).status_code == 200
    assert Case.objects.get(number=told.number).confirmed
    form = act_form(opened_case(client, other), "/lacak/terima")
    citizen_actions.reopen_case(number=other.number, text="Masih padam juga.", by=CITIZEN, at=MONDAY)
    assert pressed(client, form).status_code == 409
