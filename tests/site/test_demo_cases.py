# SPDX-License-Identifier: EUPL-1.2
"""The demo stories replayed through the real acts: what a demo promises, on days that are hard for it."""

from datetime import datetime, timedelta

import pytest

from melayani.cases.acting import state_of
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, Event
from melayani.cases.rules import ActorKind, EventKind, Stage, Visibility
from melayani.government.models import AdministrativeAct, Officer
from melayani.government.queries import calendar_for
from melayani.government.rules import region_of
from melayani.ground.clock import jakarta
from melayani.ledger.models import Entry
from melayani.site.demo_cases import tell_stories
from melayani.site.demo_stories import CITIZENS_ACTS, CLOSES, OPENS, in_office_hours, planned_story, told_stories

pytestmark = pytest.mark.django_db
# A Monday after long holidays, the middle of Eid, an ordinary Tuesday, mid-year; a Sunday night and a New Year's day.
HARD_DAYS = [
    "2026-01-05T09:00:00+07:00",
    "2026-03-24T12:00:00+07:00",
    "2026-11-24T04:00:00+07:00",
    "2027-06-15T16:30:00+07:00",
    "2026-08-16T23:59:00+07:00",
    "2027-01-01T00:10:00+07:00",
]


@pytest.fixture(params=HARD_DAYS)
def at(request: pytest.FixtureRequest) -> datetime:
    moment = datetime.fromisoformat(request.param)
    assert tell_stories(at=moment) == len(told_stories())
    return moment


def test_a_demo_keeps_its_promises(at: datetime) -> None:
    cases = list(Case.objects.select_related("unit", "place"))
    public = [case for case in cases if case.visibility == Visibility.PUBLIC]
    assert len(public) >= 40
    assert sum(case.closed_at is not None and case.closed_at > at - timedelta(days=60) for case in public) >= 10
    assert {case.stage for case in cases} == set(Stage)
    assert min(case.filed_at for case in cases) < at - timedelta(days=270)
    months = {(jakarta(case.filed_at).year, jakarta(case.filed_at).month) for case in cases}
    assert len(months) >= 8
    assert any(case.due_at < at and case.stage in (Stage.ROUTED, Stage.TAKEN) for case in public)
    check_acts(at)
    check_histories(cases)


def check_acts(at: datetime) -> None:
    """Nobody acts in the future or before the act before; officers only on working days in office hours."""
    last: dict[int, datetime] = {}
    for event in Event.objects.select_related("case").order_by("case_id", "sequence"):
        assert event.at < at, event
        assert last.get(event.case_id, event.at) <= event.at, event
        last[event.case_id] = event.at
        if event.data["by"] == ActorKind.OFFICER:
            local = jakarta(event.at)
            assert calendar_for(region_of(event.case.place_id)).reason(local.date()) is None, event
            assert OPENS <= local.time().replace(second=0, microsecond=0) <= CLOSES.replace(minute=5), event


def check_histories(cases: list[Case]) -> None:
    """Columns are what the events say; everything is marked as imported and recorded now."""
    for case in cases:
        events = list(case.events.order_by("sequence"))
        assert state_of(case) == replay(Happened(e.kind, e.at, e.data) for e in events), case.number
        assert case.imported
        assert all(event.data["imported"] for event in events)
        assert [event.sequence for event in events] == list(range(case.version))


def test_twice_told_is_told_once() -> None:
    first, second = (datetime.fromisoformat(f"2026-11-{day}T09:00:00+07:00") for day in (24, 26))
    tell_stories(at=first)
    before = (Case.objects.count(), Event.objects.count(), Entry.objects.count(), Officer.objects.count())
    assert tell_stories(at=second) == 0
    assert (Case.objects.count(), Event.objects.count(), Entry.objects.count(), Officer.objects.count()) == before


def test_secret_stories_show_nothing_and_released_ones_have_a_title() -> None:
    tell_stories(at=datetime.fromisoformat("2026-11-24T09:00:00+07:00"))
    for event in Event.objects.filter(case__visibility=Visibility.SECRET).select_related("text"):
        assert getattr(event, "text", None) is None or event.text.released is None
    titles = {story["title"] for story in told_stories() if story["release"]}
    assert titles <= set(Case.objects.values_list("title", flat=True))


def test_units_without_an_officer_get_one_that_cannot_log_in() -> None:
    tell_stories(at=datetime.fromisoformat("2026-11-24T09:00:00+07:00"))
    officers = list(Officer.objects.all())
    assert officers
    for officer in officers:
        assert not officer.is_active
        assert not officer.has_usable_password()
    assert AdministrativeAct.objects.filter(kind="officer.created").count() == len(officers)
    actors = set(Event.objects.filter(officer__isnull=False).values_list("officer_id", flat=True))
    assert actors <= {officer.pk for officer in officers}


def test_a_reopened_case_is_with_the_head_and_not_the_same_hand() -> None:
    tell_stories(at=datetime.fromisoformat("2026-11-24T09:00:00+07:00"))
    for case in Case.objects.filter(reopened__gt=0):
        events = list(case.events.order_by("sequence"))
        answered = [event.officer_id for event in events if event.kind == EventKind.ANSWERED]
        assert case.officer_id not in answered


def is_weekend(day: object) -> str | None:
    return "akhir pekan" if getattr(day, "weekday")() > 4 else None  # noqa: B009  # any date


def test_acts_wait_for_the_office_to_open() -> None:
    friday_evening = datetime.fromisoformat("2026-11-20T18:00:00+07:00")
    assert in_office_hours(friday_evening, is_free=is_weekend) == datetime.fromisoformat("2026-11-23T07:30:00+07:00")
    early = datetime.fromisoformat("2026-11-23T05:00:00+07:00")
    assert in_office_hours(early, is_free=is_weekend) == datetime.fromisoformat("2026-11-23T07:30:00+07:00")
    open_now = datetime.fromisoformat("2026-11-23T16:00:00+07:00")
    assert in_office_hours(open_now, is_free=is_weekend) == open_now


def test_the_control_a_calendar_that_is_ignored_is_noticed() -> None:
    """A planner that takes every day for a working day plans officers' acts on free days."""
    now = datetime.fromisoformat("2026-03-30T12:00:00+07:00")
    free = calendar_for("35").reason

    def never_free(day: object) -> str | None:
        return None

    def officers_days(is_free: object) -> list[object]:
        return [
            jakarta(act.at).date()
            for said in told_stories()
            for act in planned_story(said, now=now, is_free=is_free).acts  # type: ignore[arg-type]  # either calendar
            if act.at is not None and act.do not in CITIZENS_ACTS
        ]

    assert not any(free(day) for day in officers_days(free))  # type: ignore[arg-type]  # dates
    assert any(free(day) for day in officers_days(never_free))  # type: ignore[arg-type]  # dates
