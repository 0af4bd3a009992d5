# SPDX-License-Identifier: EUPL-1.2
"""Narrowed lists hold exactly the cases that fit, page after page, never more than the list; no table is read whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from melayani.cases import desk_queries, desk_search, desk_walks
from melayani.cases.desk_filters import NO_TOPIC, NOBODY, Standing, WorkFilter, holders
from melayani.cases.desk_queries import WorkList, WorkPage, actor_for, work_list
from melayani.cases.desk_search import cases_with
from melayani.cases.models import Case
from melayani.cases.rules import Actor, Outcome, Stage, Visibility
from melayani.catalogue.rules import Kind
from melayani.government.models import Unit
from tests.builders import DESK, DISHUB, a_case, a_waiting_case, an_officer, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LONG_AGO = MONDAY - timedelta(days=60)
HEALTH = "35.07.kesehatan"
Fits = Callable[[Case], bool]


def late(case: Case) -> bool:
    """Whether the promise has passed and the clock runs."""
    return case.stage not in (Stage.ASKED, Stage.ANSWERED, Stage.CLOSED) and case.due_at < MONDAY


def filters() -> list[tuple[WorkFilter, Fits]]:
    """Every part of a filter by itself, and two together, each with what it means in plain words."""
    ratih = officer_actor().officer_id
    return [
        (WorkFilter(topic="perhubungan"), lambda case: case.topic_id == "perhubungan"),
        (WorkFilter(topic="kesehatan"), lambda case: case.topic_id == "kesehatan"),
        (WorkFilter(topic=NO_TOPIC), lambda case: case.topic_id is None),
        (WorkFilter(place="35.07.13"), lambda case: case.place_id.startswith("35.07.13")),
        (WorkFilter(place="35.07.1"), lambda _case: False),
        (WorkFilter(kind=Kind.ASPIRASI), lambda case: case.kind == Kind.ASPIRASI),
        (WorkFilter(visibility=Visibility.SECRET), lambda case: case.visibility == Visibility.SECRET),
        (WorkFilter(unit=DISHUB), lambda case: case.unit.code == DISHUB),
        (WorkFilter(officer=ratih), lambda case: case.officer_id == ratih),
        (WorkFilter(officer=NOBODY), lambda case: case.officer_id is None),
        (WorkFilter(standing=Standing.PAUSED), lambda case: case.stage == Stage.ASKED),
        (WorkFilter(standing=Standing.FREE), lambda case: case.stage == Stage.ROUTED),
        (WorkFilter(standing=Standing.LATE), late),
        (WorkFilter(standing=Standing.ONCE_LATE), lambda case: case.broken),
        (WorkFilter(outcome=Outcome.SOLVED), lambda case: case.outcome == Outcome.SOLVED),
        (WorkFilter(older_days=30), lambda case: case.filed_at <= MONDAY - timedelta(days=30)),
        (
            WorkFilter(visibility=Visibility.PUBLIC, older_days=30, officer=NOBODY, standing=Standing.LATE),
            lambda case: (
                late(case)
                and case.officer_id is None
                and case.visibility == Visibility.PUBLIC
                and case.filed_at <= MONDAY - timedelta(days=30)
            ),
        ),
    ]


def many_cases() -> None:
    """Cases of several topics, places, kinds and units, public and secret, in every stage, in time and late."""
    for at in (MONDAY - timedelta(days=2), LONG_AGO):
        for stage in Stage:
            if stage is not Stage.WAITING:
                a_case(stage=stage, at=at)
        a_waiting_case(at=at)
        a_case(at=at, kind=Kind.ASPIRASI, place="35.07.24.2007")
        a_case(at=at, visibility=Visibility.SECRET)
        a_case(at=at, service="", topic="kesehatan")


def everybody() -> list[Actor]:
    """An officer, a head, a triage desk and both inspectorates."""
    regional = actor_for(an_officer("wulan", unit=DESK, roles=("inspectorate",)))
    provincial = actor_for(an_officer("dewi", unit="35.inspektorat", roles=("inspectorate",)))
    return [officer_actor(), head_actor(), triage_actor(), regional, provincial]


def walked(actor: Actor, which: WorkList, narrowed: WorkFilter, limit: int = 2) -> list[int]:
    """The cases on all pages, in their order."""
    found: list[int] = []
    after = ""
    for _ in range(200):
        page = work_list(actor=actor, which=which, at=MONDAY, after=after, limit=limit, narrowed=narrowed)
        found += [row.id for row in page.rows]
        after = page.after
        if not after:
            return found
    raise AssertionError("the list does not end")


def two() -> list[Actor]:
    """One whose lists hold the cases of one unit, and one whose lists hold those of all."""
    return [officer_actor(), everybody()[-1]]


def disagreements(actors: Callable[[], list[Actor]]) -> list[tuple[str, str, WorkFilter, list[int], list[int]]]:
    """Where a narrowed list is not the whole list without what does not fit."""
    cases = {case.pk: case for case in Case.objects.select_related("unit")}
    wrong = []
    for actor in actors():
        for which in WorkList:
            whole = walked(actor, which, WorkFilter(), limit=100)
            for narrowed, fits in filters():
                expected = [number for number in whole if fits(cases[number])]
                found = walked(actor, which, narrowed)
                if found != expected:
                    wrong.append((actor.code, str(which), narrowed, found, expected))
    return wrong


def test_a_narrowed_list_is_the_list_without_what_does_not_fit() -> None:
    many_cases()
    assert disagreements(everybody) == []


@pytest.mark.parametrize("most", [1, 3])
def test_windows_leave_no_gap_and_no_double(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    many_cases()
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", most)
    assert disagreements(two) == []


def test_control_windows_that_forget_their_edge_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    many_cases()
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", 3)
    monkeypatch.setattr(desk_walks._Walk, "_up_to", property(lambda walk: ">" if walk.newest_first else "<"))
    midnight = MONDAY.replace(hour=0) + timedelta(days=1)
    Case.objects.update(due_at=midnight)  # all at the very edge of a window
    assert disagreements(two) != []


def test_a_crowd_of_units_is_read_like_a_few() -> None:
    many_cases()
    pages = {}
    for most in (0, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(desk_walks, "MOST_WALKS", most)
            pages[most] = [walked(actor, which, WorkFilter()) for actor in everybody() for which in WorkList]
    assert pages[0] == pages[10_000]
    assert any(pages[0])


def test_a_page_says_how_far_it_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        a_case(at=LONG_AGO)
    a_case(service="", topic="kesehatan")
    Case.objects.filter(topic_id="kesehatan").update(unit=Unit.objects.get(code=DISHUB))
    looked = narrowed_page(WorkFilter(topic="kesehatan"))
    assert looked.until is None
    assert len(looked.rows) == 1
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", 5)
    looked = narrowed_page(WorkFilter(topic="kesehatan"))
    assert looked.rows == ()
    assert looked.until is not None
    assert looked.until < Case.objects.get(topic_id="kesehatan").due_at
    assert len(narrowed_page(WorkFilter(topic="kesehatan"), after=looked.after).rows) == 1


def narrowed_page(narrowed: WorkFilter, after: str = "") -> WorkPage:
    """The first page of the unit's list."""
    return work_list(actor=officer_actor(), which=WorkList.UNIT, at=MONDAY, narrowed=narrowed, after=after)


def test_a_filter_never_reaches_beyond_the_list() -> None:
    assert beyond() == []


def test_control_a_filter_that_reaches_beyond_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_queries, "_any_of", lambda _unit_ids: ("1 = 1", ()))
    assert beyond() != []


def beyond() -> list[int]:
    """What an officer of another unit finds of this one's cases by naming its unit or its officer."""
    a_case(stage=Stage.TAKEN)
    stranger = officer_actor("bambang", unit=HEALTH)
    found = []
    for which in WorkList:
        for narrowed in (
            WorkFilter(unit=DISHUB),
            WorkFilter(officer=officer_actor().officer_id),
            WorkFilter(unit=DISHUB, officer=officer_actor().officer_id),
        ):
            found += walked(stranger, which, narrowed)
    return found


def test_who_can_be_chosen_as_holder() -> None:
    head_actor()
    officer_actor()
    officer_actor("bambang", unit=HEALTH)
    units = tuple(Unit.objects.filter(code__in=(DISHUB,)).values_list("id", flat=True))
    assert [holder.username for holder in holders(units)] == ["joko", "ratih"]
    assert holders(()) == ()


# No whole table is read, whatever the size of it: asked of the planner.


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement with its values."""
    seen: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., object], sql: str, params: Any, many: bool, context: object) -> object:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield seen


def whole_reads(sql: str, params: Any) -> list[str]:
    """The parts of the plan that read all cases."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return [row[3] for row in cursor.fetchall() if row[3] in ("SCAN cases_case", "SCAN c")]
        # A small table is best read whole; what matters is whether there is another way.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        lines = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
        return [line for line in lines if "Seq Scan on cases_case" in line]


def reads_of_everybody() -> list[str]:
    """The whole reads of all lists with all filters, and of searching, for everybody."""
    found = []
    for actor in everybody():
        with statements() as seen:
            for which in WorkList:
                for narrowed in (WorkFilter(), *(narrowed for narrowed, _fits in filters())):
                    work_list(actor=actor, which=which, at=MONDAY, narrowed=narrowed)
            cases_with(("lampu",), actor=actor)
        # The newest of all, backwards along the primary key up to a limit, is no whole read.
        asked = [(sql, params) for sql, params in seen if "cases_case" in sql and desk_search._NEWEST not in sql]
        found += [plan for sql, params in asked for plan in whole_reads(sql, params)]
    return found


def test_nothing_reads_all_cases() -> None:
    many_cases()
    assert reads_of_everybody() == []


def test_control_a_list_without_its_index_is_caught() -> None:
    many_cases()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX case_work_list")
    assert reads_of_everybody() != []
