# SPDX-License-Identifier: EUPL-1.2
"""Counts agree with the lists they count, stop at a hundred, and cost one statement."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases import actions, desk_counts, desk_queries
from melayani.cases.desk_board import Load, unit_load
from melayani.cases.desk_counts import cases_held_by, work_head
from melayani.cases.desk_queries import WorkList, actor_for, work_list
from melayani.cases.models import Case
from melayani.cases.rules import Actor, ActorKind, Stage
from tests.builders import DESK, DISHUB, a_case, a_waiting_case, an_officer, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LISTS = tuple(WorkList)
LONG_AGO = MONDAY - timedelta(days=60)


def many_cases() -> None:
    """Cases in every stage, in time and late, one due soon."""
    for at in (MONDAY, LONG_AGO):
        for stage in Stage:
            if stage is not Stage.WAITING:
                a_case(stage=stage, at=at)
        a_waiting_case(at=at)
    Case.objects.filter(pk=a_case().pk).update(due_at=MONDAY + timedelta(days=1))


def everybody() -> list[Actor]:
    """One actor of each kind, and one who holds two roles."""
    inspector = actor_for(an_officer("dewi", unit="35.inspektorat", roles=("inspectorate",)))
    administrator = actor_for(an_officer("yusuf", unit="35.kominfo", roles=("administrator",)))
    both = actor_for(an_officer("sekar", unit=DESK, roles=("triage", "officer")))
    return [officer_actor(), head_actor(), triage_actor(), inspector, administrator, both]


def listed(actor: Actor, which: WorkList, at: datetime) -> int:
    """How many cases are on all pages of a list, walked in small steps."""
    found, after = 0, ""
    while True:
        page = work_list(actor=actor, which=which, at=at, after=after, limit=3)
        found += len(page.rows)
        after = page.after
        if not after:
            return found


def disagreements() -> list[tuple[str, str, int, int]]:
    """Where the count of a list is not the number of its cases."""
    many_cases()
    wrong = []
    for actor in everybody():
        counts = work_head(actor=actor, lists=LISTS, at=MONDAY).counts
        for which in LISTS:
            cases = listed(actor, which, MONDAY)
            if counts[which] != cases:
                wrong.append((actor.code, str(which), counts[which], cases))
    return wrong


def test_counts_are_those_of_the_lists() -> None:
    assert disagreements() == []


def test_control_a_count_over_other_stages_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    real = desk_queries.in_list

    def careless(actor: Actor, which: WorkList, *, at: datetime) -> object:
        return real(actor, WorkList.UNIT if which is WorkList.SOON else which, at=at)

    monkeypatch.setattr(desk_counts, "in_list", careless)
    assert disagreements() != []


def test_one_statement_for_all_lists() -> None:
    actor = officer_actor()
    work_head(actor=actor, lists=LISTS, at=MONDAY)
    with CaptureQueriesContext(connection) as queries:
        work_head(actor=actor, lists=LISTS, at=MONDAY)
    assert len(queries) == 1
    assert work_head(actor=actor, lists=(), at=MONDAY).counts == {}


def test_counting_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_counts, "MOST_COUNTED", 2)
    for _ in range(3):
        a_case()
    assert work_head(actor=officer_actor(), lists=(WorkList.UNIT,), at=MONDAY).counts == {WorkList.UNIT: 2}


def test_nobody_counts_nothing() -> None:
    a_case()
    nobody = Actor(kind=ActorKind.OFFICER, officer_id=0)
    assert set(work_head(actor=nobody, lists=LISTS, at=MONDAY).counts.values()) == {0}
    assert work_list(actor=nobody, which=WorkList.UNIT, at=MONDAY).rows == ()


def test_the_load_of_a_unit() -> None:
    a_case(stage=Stage.TAKEN)
    late = a_case(stage=Stage.TAKEN)
    Case.objects.filter(pk=late.pk).update(due_at=MONDAY - timedelta(days=1))
    paused = a_case(stage=Stage.ASKED)
    Case.objects.filter(pk=paused.pk).update(due_at=MONDAY - timedelta(days=1))  # paused: neither soon nor late
    soon = a_case()
    Case.objects.filter(pk=soon.pk).update(due_at=MONDAY + timedelta(days=2))
    a_case(stage=Stage.ANSWERED)
    a_case(stage=Stage.REOPENED)
    ratih = officer_actor().officer_id
    loads = {load.officer_id: load for load in unit_load(unit=DISHUB, at=MONDAY)}
    assert loads == {
        ratih: Load(officer_id=ratih, open=3, soon=0, overdue=1, paused=1),
        None: Load(officer_id=None, open=2, soon=1, overdue=0, reopened=1),
    }


def test_cases_held_are_those_that_deactivating_hands_back() -> None:
    for stage in (Stage.TAKEN, Stage.ASKED, Stage.ANSWERED, Stage.CLOSED, Stage.ROUTED):
        a_case(stage=stage)
    held = cases_held_by("Ratih")
    assert held == 2
    an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    administrator = actor_for(an_officer("yusuf", unit="35.kominfo", roles=("administrator",)))
    assert actions.deactivate_officer(username="ratih", by=administrator, at=MONDAY) == held
