# SPDX-License-Identifier: EUPL-1.2
"""Lists and views: what each reader sees, keyset pages, query budgets, and figures that add up."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from melayani.cases.actions import assign_case, deactivate_officer
from melayani.cases.citizen_actions import reply_to_question
from melayani.cases.desk_queries import WorkList, desk_case, work_list
from melayani.cases.models import Case
from melayani.cases.queries import CaseRow, in_figure, public_case, public_cases, read_cursor, rows_of
from melayani.cases.rules import CITIZEN, SYSTEM, Actor, Figure, NotAllowed, Outcome, Stage, Visibility
from melayani.government.models import Unit
from melayani.ground.memo import forget_all
from tests.builders import DESK, DISHUB, a_case, a_waiting_case, filed, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def walk(**filters: Any) -> list[str]:
    """All numbers of a list, page by page of two."""
    numbers: list[str] = []
    after = ""
    while True:
        page = public_cases(after=after, at=MONDAY, limit=2, **filters)
        numbers += [row.number for row in page.rows]
        after = page.after
        if not after:
            return numbers


def test_keyset_pages_show_every_public_case_once_newest_first() -> None:
    # Two at the same moment, so that the id must break the tie.
    told = [filed(at=MONDAY + timedelta(minutes=n // 2)) for n in range(7)]
    filed(visibility=Visibility.SECRET)
    assert walk() == [t.number for t in reversed(told)]
    assert walk(region="35.07") == walk()
    assert walk(region="35.0") == []
    assert walk(topic="perhubungan") == walk()
    assert walk(topic="kesehatan") == []


@pytest.mark.parametrize("cursor", ["", "x", "1-", "-1", "9" * 60, "1-2-3", "٣-٤", f"{'9' * 30}-1"])
def test_a_cursor_that_is_not_ours_starts_from_the_first_page(cursor: str) -> None:
    filed()
    assert read_cursor(cursor) is None
    assert len(public_cases(after=cursor, at=MONDAY).rows) == 1


def test_the_figures_add_up_to_all_cases_and_agree_with_the_rule() -> None:
    for stage in Stage:
        if stage is Stage.WAITING:
            a_waiting_case()
        else:
            a_case(stage=stage)
    a_case(stage=Stage.CLOSED, outcome=Outcome.EXPLAINED_NO)
    for at in (MONDAY, MONDAY + timedelta(days=400)):
        by_query = {figure: set(_numbers(in_figure(figure, at=at))) for figure in Figure}
        rows: tuple[CaseRow, ...] = rows_of(Case.objects.all())
        by_rule: dict[Figure, set[str]] = {figure: set() for figure in Figure}
        for row in rows:
            by_rule[row.figure(at)].add(row.number)
        assert by_query == by_rule
        assert sum(map(len, by_query.values())) == Case.objects.count()
    assert not _numbers(in_figure("no-such-figure", at=MONDAY))


def _numbers(condition: Q) -> list[str]:
    return list(Case.objects.filter(condition).values_list("number", flat=True))


@pytest.mark.parametrize("count", [1, 3])
def test_budgets_do_not_grow_with_rows(count: int, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    cases = [a_case(stage=Stage.ANSWERED) for _ in range(count)]
    actor = officer_actor()
    with django_assert_max_num_queries(1):
        public_cases(at=MONDAY)
    with django_assert_max_num_queries(2):
        public_case(cases[0].number)
    with django_assert_max_num_queries(3):
        work_list(actor=actor, which=WorkList.ANSWERED, at=MONDAY)
    with django_assert_max_num_queries(5):
        desk_case(number=cases[0].number, actor=actor)


def test_work_lists_hold_what_they_say() -> None:
    routed, taken, answered, waiting = (
        a_case(),
        a_case(stage=Stage.TAKEN),
        a_case(stage=Stage.ANSWERED),
        a_waiting_case(),
    )
    late = MONDAY + timedelta(days=300)

    def numbers(which: WorkList, actor: object = None, at: object = MONDAY) -> set[str]:
        page = work_list(actor=actor or officer_actor(), which=which, at=at)  # type: ignore[arg-type]  # an actor or the default
        return {row.number for row in page.rows}

    assert numbers(WorkList.MINE) == {taken.number}
    assert numbers(WorkList.UNIT) == {routed.number, taken.number}
    assert numbers(WorkList.ANSWERED) == {answered.number}
    assert numbers(WorkList.OVERDUE, at=late) == {routed.number, taken.number}
    assert numbers(WorkList.OVERDUE) == set()
    assert numbers(WorkList.TRIAGE, actor=triage_actor()) == {waiting.number}
    assert numbers(WorkList.TRIAGE) == set()
    assert numbers(WorkList.UNIT, actor=officer_actor("lain", unit="35.07.pupr")) == set()


def test_who_may_open_a_case_at_the_desk() -> None:
    case = a_case(visibility=Visibility.SECRET)
    inspector = officer_actor("dewi", unit="35.inspektorat", roles=("inspectorate",))
    local = officer_actor("dani", unit="35.07.koordinator", roles=("inspectorate",))
    for actor in (officer_actor(), head_actor(), triage_actor(DESK), inspector, local):
        assert desk_case(number=case.number, actor=actor) is not None, actor.code
    strangers = (
        officer_actor("lain", unit="35.07.pupr"),
        officer_actor("desa", unit="35.08.koordinator", roles=("triage",)),
        officer_actor("prov", unit="35.kominfo", roles=("triage",)),
        officer_actor("yusuf", unit="35.kominfo", roles=("administrator",)),
        officer_actor("dina", unit="35.78.koordinator", roles=("inspectorate",)),
    )
    for actor in strangers:
        assert desk_case(number=case.number, actor=actor) is None, actor.code


@pytest.mark.parametrize("closed", [False, True], ids=["open-unit", "closed-unit"])
def test_what_lies_where_nobody_works_is_in_the_list_of_a_desk(closed: bool) -> None:
    """Control: as soon as somebody works there, the stand-in no longer sees it."""
    waiting, routed = a_waiting_case(), Case.objects.get(number=filed().number)
    Unit.objects.filter(code=DISHUB).update(active=not closed)
    province = officer_actor("prov", unit="35.kominfo", roles=("triage",))

    def listed(actor: Actor) -> set[str]:
        forget_all()
        return {row.number for row in work_list(actor=actor, which=WorkList.TRIAGE, at=MONDAY).rows}

    assert listed(province) == {waiting.number, routed.number}
    assert desk_case(number=waiting.number, actor=province) is not None
    desk = triage_actor(DESK)
    assert listed(province) == set()
    assert listed(desk) == {waiting.number, routed.number}
    inspector = officer_actor("dewi", unit=DESK, roles=("inspectorate",))
    forget_all()
    assert desk_case(number=routed.number, actor=inspector) is not None
    officer_actor()
    assert listed(desk) == {waiting.number}


def test_a_paused_case_whose_officer_has_gone_stands_in_a_list_and_goes_on() -> None:
    case = a_case(stage=Stage.ASKED)
    deactivate_officer(username="ratih", by=SYSTEM, at=MONDAY)
    desk = triage_actor(DESK)
    forget_all()
    assert case.number in {r.number for r in work_list(actor=desk, which=WorkList.UNIT, at=MONDAY).rows}
    reply_to_question(number=case.number, text="Tiang nomor 14.", by=CITIZEN, at=MONDAY + timedelta(hours=4))
    case.refresh_from_db()
    assert (case.stage, case.officer_id) == (Stage.ROUTED, None)
    assert case.number in {r.number for r in work_list(actor=desk, which=WorkList.TRIAGE, at=MONDAY).rows}


def test_what_lies_in_another_region_can_be_opened_by_the_desk_that_lists_it() -> None:
    case = a_case()
    assign_case(number=case.number, unit="35.78.dishub", reason="Di sana.", by=triage_actor(DESK), at=MONDAY)
    desk = officer_actor("nina", unit="35.78.koordinator", roles=("triage",))
    forget_all()
    assert case.number in {r.number for r in work_list(actor=desk, which=WorkList.TRIAGE, at=MONDAY).rows}
    assign_case(number=case.number, unit=DISHUB, reason="Bukan kami.", by=desk, at=MONDAY)
    officer_actor("budi", unit="35.78.dishub")
    forget_all()
    with pytest.raises(NotAllowed):
        assign_case(number=case.number, unit=DISHUB, reason="Lagi.", by=desk, at=MONDAY)
