# SPDX-License-Identifier: EUPL-1.2
"""What a head sees of the unit: the nearest open cases, and what was answered in the last thirty days."""

from datetime import timedelta

import pytest

from melayani.cases import citizen_actions, desk_board
from melayani.cases.desk_board import answered_lately, board_rows
from melayani.cases.models import Case
from melayani.cases.rules import CITIZEN, Stage
from melayani.ground.memo import forget_all
from tests.builders import DISHUB, a_case, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def test_the_board_has_the_open_cases_of_the_unit_nearest_promise_first(monkeypatch: pytest.MonkeyPatch) -> None:
    later, sooner = a_case(stage=Stage.TAKEN), a_case(at=MONDAY - timedelta(days=3))
    a_case(stage=Stage.ANSWERED)
    a_case(stage=Stage.CLOSED)
    a_case(service="", topic="kesehatan")
    rows = board_rows(unit=DISHUB, at=MONDAY)
    assert [row.number for row in rows] == [sooner.number, later.number]
    assert [row.officer_name for row in rows] == ["", "Ratih"]
    assert rows[0].due_at == sooner.due_at
    monkeypatch.setattr(desk_board, "MOST_ON_BOARD", 1)
    assert [row.number for row in board_rows(unit=DISHUB, at=MONDAY)] == [sooner.number]


def test_what_was_answered_lately_counts_by_officer_and_not_what_was_reopened() -> None:
    ratih = officer_actor().officer_id
    a_case(stage=Stage.ANSWERED)
    a_case(stage=Stage.CLOSED, at=MONDAY - timedelta(days=10))
    a_case(stage=Stage.CLOSED, at=MONDAY - timedelta(days=40))
    a_case(stage=Stage.REOPENED)
    a_case()
    at = MONDAY + timedelta(hours=4)
    assert answered_lately(unit=DISHUB, at=at) == {ratih: 2}
    assert answered_lately(unit="35.07.kesehatan", at=at) == {}


def test_it_is_remembered_for_a_minute() -> None:
    case = a_case(stage=Stage.ANSWERED)
    at = MONDAY + timedelta(hours=4)
    ratih = officer_actor().officer_id
    assert answered_lately(unit=DISHUB, at=at) == {ratih: 1}
    citizen_actions.reopen_case(number=case.number, text="Masih padam juga.", by=CITIZEN, at=at)
    assert answered_lately(unit=DISHUB, at=at + timedelta(minutes=1)) == {ratih: 1}
    forget_all()
    assert answered_lately(unit=DISHUB, at=at + timedelta(minutes=1)) == {}
    assert Case.objects.get(number=case.number).stage == Stage.REOPENED
