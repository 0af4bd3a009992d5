# SPDX-License-Identifier: EUPL-1.2
"""What time brings: silence, capped pauses and a changed calendar; twice is the same as once."""

from datetime import date, datetime, timedelta

import pytest

from melayani.cases import acting
from melayani.cases import tick as tick_module
from melayani.cases.models import Case, Event
from melayani.cases.rules import Outcome, Stage
from melayani.cases.tick import tick
from melayani.government.actions import set_free_day
from melayani.ground.canonical_json import Json
from melayani.ground.memo import forget_all
from melayani.ground.working_days import DaysRefused
from tests.builders import a_case
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
# Answered on Monday 5 January: ten working days end on Tuesday 20 January (16 January is a holiday).
TENTH = datetime.fromisoformat("2026-01-20T23:59:59+07:00")


@pytest.mark.parametrize(("proposed", "final"), [(Outcome.SOLVED, "SILENCE"), (Outcome.EXPLAINED_NO, "EXPLAINED_NO")])
def test_silence_closes_after_ten_working_days_and_never_as_solved(proposed: Outcome, final: str) -> None:
    case = a_case(stage=Stage.ANSWERED, outcome=proposed)
    assert tick(at=TENTH)["closed_by_silence"] == 0
    assert tick(at=TENTH + timedelta(seconds=1))["closed_by_silence"] == 1
    assert tick(at=TENTH + timedelta(days=1))["closed_by_silence"] == 0
    case.refresh_from_db()
    assert (case.stage, case.outcome) == (Stage.CLOSED, final)
    assert Event.objects.filter(case=case, kind="case.closed_by_silence").count() == 1


def test_a_pause_ends_by_itself_at_its_cap() -> None:
    case = a_case(stage=Stage.ASKED)
    due = case.due_at
    assert tick(at=MONDAY + timedelta(days=10))["resumed"] == 0
    assert tick(at=MONDAY + timedelta(days=30))["resumed"] == 1
    case.refresh_from_db()
    assert (case.stage, case.paused_days) == (Stage.TAKEN, 10)
    assert case.due_at > due


def test_a_new_free_day_moves_open_promises_by_an_event_and_never_earlier() -> None:
    case = a_case()
    due = case.due_at
    set_free_day(
        date=date(2026, 1, 12), kind="national", name="Libur tambahan", region_code="", reason="SKB perubahan",
        by="system", at=MONDAY,
    )  # fmt: skip
    forget_all()
    assert tick(at=MONDAY)["promises_moved"] == 1
    assert tick(at=MONDAY)["promises_moved"] == 0
    case.refresh_from_db()
    assert case.due_at == due + timedelta(days=1)
    event = Event.objects.get(case=case, kind="promise.moved")
    assert event.data["why"] == "calendar"
    moved = case.due_at
    set_free_day(
        date=date(2026, 1, 12),
        kind="working",
        name="Batal libur",
        region_code="",
        reason="SKB dicabut",
        by="system",
        at=MONDAY,
    )
    forget_all()
    assert tick(at=MONDAY)["promises_moved"] == 0
    assert Case.objects.get(pk=case.pk).due_at == moved


def test_one_case_that_refuses_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = a_case(stage=Stage.ASKED), a_case(stage=Stage.ASKED)
    real = acting.resumed

    def sometimes(*, case: Case, at: datetime) -> dict[str, Json]:
        if case.pk == first.pk:
            raise DaysRefused("days_out_of_range", "uji")
        return real(case=case, at=at)

    monkeypatch.setattr(tick_module, "resumed", sometimes)
    assert tick(at=MONDAY + timedelta(days=30))["resumed"] == 1
    for case in (first, second):
        case.refresh_from_db()
    assert (first.stage, second.stage) == (Stage.ASKED, Stage.TAKEN)


def test_what_is_ripe_is_found_behind_many_that_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick_module, "MOST_AT_ONCE", 2)
    young = [a_case(stage=Stage.ASKED, at=MONDAY + timedelta(days=26)) for _ in range(4)]
    old = a_case(stage=Stage.ASKED)
    assert tick(at=MONDAY + timedelta(days=30))["resumed"] == 1
    old.refresh_from_db()
    assert old.stage == Stage.TAKEN
    assert all(Case.objects.get(pk=case.pk).stage == Stage.ASKED for case in young)
