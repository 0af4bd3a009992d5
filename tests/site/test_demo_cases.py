# SPDX-License-Identifier: EUPL-1.2
"""The demo stories replayed through the real acts: what a demo promises, and what its officers find at work."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from melayani.cases.desk_queries import WorkList, WorkRow, actor_for, work_list
from melayani.cases.models import Case, Event
from melayani.cases.rules import EventKind, Figure, Outcome, Stage, Visibility, figure_of
from melayani.government.models import AdministrativeAct, Officer
from melayani.ground.memo import forget_all
from melayani.ledger.models import Entry
from melayani.site.demo_cases import tell_stories
from melayani.site.demo_people import PEOPLE, sample_logins
from melayani.site.demo_stories import told_stories
from tests.site.demo_promises import check_promises

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TUESDAY = datetime.fromisoformat("2026-11-24T09:00:00+07:00")
STORIES = told_stories()


@pytest.fixture(scope="module")
def at(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[datetime]:
    """A demo as it stands on an ordinary Tuesday, told once for all tests of this file and taken back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget_all()
        sample_logins(kept=[], at=TUESDAY)
        assert tell_stories(at=TUESDAY) == len(STORIES)
        yield TUESDAY
        transaction.set_rollback(True)


def test_every_stage_and_outcome_occurs_several_times(at: datetime) -> None:
    cases = list(Case.objects.all())
    stages = Counter(case.stage for case in cases)
    assert {stage: stages[stage] for stage in Stage if stages[stage] < 4} == {}
    outcomes = Counter(case.outcome for case in cases if case.outcome)
    assert {outcome: outcomes[outcome] for outcome in Outcome if outcomes[outcome] < 3} == {}
    figures = Counter(
        figure_of(stage=c.stage, outcome=c.outcome, due_at=c.due_at, asked_at=c.asked_at, at=at) for c in cases
    )
    assert {figure: figures[figure] for figure in Figure if figures[figure] < 3} == {}


def test_what_the_demo_promises_holds(at: datetime) -> None:
    check_promises(at)


def test_promises_are_broken_moved_paused_and_disputed(at: datetime) -> None:
    kinds = Counter(Event.objects.values_list("kind", flat=True))
    assert kinds[EventKind.PROMISE_MOVED] >= 4
    assert kinds[EventKind.ASKED] >= 15
    assert kinds[EventKind.REPLIED] >= 7
    assert kinds[EventKind.REOPENED] >= 12
    assert kinds[EventKind.IDENTITY_VIEWED] >= 2
    moved = Event.objects.filter(kind=EventKind.PROMISE_MOVED).select_related("text")
    assert all(event.data["why"] == "head" and event.text.released for event in moved if not is_secret(event))
    late = Case.objects.filter(broken=True, answered_at__isnull=False)
    assert late.count() >= 3
    overdue = Case.objects.filter(stage__in=(Stage.WAITING, Stage.ROUTED, Stage.TAKEN), due_at__lt=at)
    assert 10 <= overdue.count() <= 30


def is_secret(event: Event) -> bool:
    return event.case.visibility == Visibility.SECRET


def found(username: str, which: WorkList, *, at: datetime) -> tuple[WorkRow, ...]:
    officer = Officer.objects.select_related("unit").get(username=username)
    return work_list(actor=actor_for(officer), which=which, at=at).rows


def test_the_officers_of_the_demo_find_work(at: datetime) -> None:
    """Ratih and Joko of Bina Marga, Nanik at the triage desk, the two of the regency's Dinas Perhubungan."""
    fewest = {
        ("ratih", WorkList.MINE): 10,
        ("ratih", WorkList.UNIT): 25,
        ("ratih", WorkList.SOON): 3,
        ("ratih", WorkList.OVERDUE): 3,
        ("ratih", WorkList.ANSWERED): 4,
        ("ratih", WorkList.CLOSED): 15,
        ("joko", WorkList.MINE): 1,
        ("joko", WorkList.UNIT): 25,
        ("nanik", WorkList.MINE): 1,
        ("nanik", WorkList.UNIT): 14,
        ("nanik", WorkList.TRIAGE): 14,
        ("nanik", WorkList.SOON): 1,
        ("triase.jatim", WorkList.TRIAGE): 10,
        ("petugas.dishub.malang", WorkList.MINE): 4,
        ("petugas.dishub.malang", WorkList.UNIT): 8,
        ("petugas.dishub.malang", WorkList.OVERDUE): 1,
        ("kepala.dishub.malang", WorkList.ANSWERED): 3,
    }
    counted = {key: len(found(*key, at=at)) for key in fewest}
    assert {key: n for key, n in counted.items() if n < fewest[key]} == {}
    assert counted["ratih", WorkList.UNIT] <= 32
    reopened = [row for row in found("joko", WorkList.UNIT, at=at) if row.stage == Stage.REOPENED]
    assert len(reopened) >= 2


def test_secret_stories_show_nothing_and_shown_ones_have_a_title(at: datetime) -> None:
    for event in Event.objects.filter(case__visibility=Visibility.SECRET).select_related("text"):
        assert getattr(event, "text", None) is None or event.text.released is None
    shown = {
        told.title
        for told in STORIES
        if not (told.secret or told.held) and any(act.what in ("take_on", "assign") for act in told.acts)
    }
    assert len(shown) >= 180
    assert shown <= set(Case.objects.values_list("title", flat=True))


def test_units_without_an_officer_get_one_that_cannot_log_in(at: datetime) -> None:
    people = {username for _, username, _, _ in PEOPLE}
    silent = [officer for officer in Officer.objects.all() if officer.username not in people]
    assert silent
    for officer in silent:
        assert not officer.is_active
        assert not officer.has_usable_password()
    assert AdministrativeAct.objects.filter(kind="officer.created").count() == len(silent) + len(people)
    actors = set(Event.objects.filter(officer__isnull=False).values_list("officer__username", flat=True))
    assert actors - {officer.username for officer in silent} <= people
    assert actors >= {"ratih", "joko", "nanik", "petugas.dishub.malang"}


def test_a_reopened_case_is_with_the_head_and_not_the_same_hand(at: datetime) -> None:
    for case in Case.objects.filter(reopened__gt=0, stage__in=(Stage.REOPENED, Stage.TAKEN, Stage.ASKED)):
        answered = case.events.filter(kind=EventKind.ANSWERED).values_list("officer_id", flat=True)
        assert case.officer_id not in answered


def test_twice_told_is_told_once(at: datetime) -> None:
    def counted() -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (Case, Event, Entry, Officer))

    before = counted()
    assert tell_stories(at=at + timedelta(days=2)) == 0
    assert counted() == before
