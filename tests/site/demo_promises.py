# SPDX-License-Identifier: EUPL-1.2
"""What the contract says of demo cases, whatever the day of the run."""

from datetime import datetime, timedelta

from melayani.cases.acting import state_of
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, Event
from melayani.cases.rules import ActorKind, Stage, Visibility
from melayani.government.queries import calendar_for
from melayani.government.rules import region_of
from melayani.ground.clock import jakarta
from melayani.site.demo_days import CLOSES, OPENS


def check_promises(at: datetime) -> None:
    """Enough public and closed cases, every stage, something overdue, and acts and histories as they must be."""
    cases = list(Case.objects.select_related("unit", "place"))
    public = [case for case in cases if case.visibility == Visibility.PUBLIC]
    assert len(public) >= 200
    assert sum(case.closed_at is not None and case.closed_at > at - timedelta(days=60) for case in public) >= 20
    assert {case.stage for case in cases} == set(Stage)
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
            assert OPENS <= local.time().replace(second=0, microsecond=0) <= CLOSES.replace(minute=15), event


def check_histories(cases: list[Case]) -> None:
    """Columns are what the events say; everything is marked as imported and recorded now."""
    events_of: dict[int, list[Event]] = {}
    for event in Event.objects.order_by("case_id", "sequence"):
        events_of.setdefault(event.case_id, []).append(event)
    for case in cases:
        events = events_of[case.pk]
        assert state_of(case) == replay(Happened(e.kind, e.at, e.data) for e in events), case.number
        assert case.imported
        assert all(event.data["imported"] for event in events)
        assert [event.sequence for event in events] == list(range(case.version))
