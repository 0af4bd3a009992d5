# SPDX-License-Identifier: EUPL-1.2
"""How long closed cases are kept: for ever until somebody sets a period, and then only closed ones go."""

from datetime import timedelta

import pytest

from melayani.cases import citizen_actions
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.retention import counted_by_year, kept_since, numbers_past
from melayani.cases.rules import CITIZEN, Stage
from melayani.catalogue import queries
from melayani.catalogue.models import Limit
from melayani.catalogue.retention_actions import set_retention
from melayani.catalogue.rules import MOST_KEPT_DAYS, CatalogueRefused
from melayani.government.administration import ChangeRefused
from melayani.government.models import AdministrativeAct
from melayani.government.rules import SYSTEM, NotAdministrator
from melayani.ground.plain_text import TextRefused
from tests.builders import a_case, an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DECREE = "Jadwal retensi arsip Pemprov, 2026"


def set_days(days: int) -> None:
    set_retention(days=days, source=DECREE, by=SYSTEM, at=MONDAY)


def test_until_a_period_is_set_nothing_is_past_it() -> None:
    a_case(stage=Stage.CLOSED)
    assert kept_since(at=MONDAY + 40_000 * DAY) is None
    assert numbers_past(at=MONDAY + 40_000 * DAY) == []
    assert counted_by_year(at=MONDAY + 40_000 * DAY) == {}


def test_only_cases_closed_for_longer_than_the_period_are_past_it() -> None:
    set_days(1825)
    closed = a_case(stage=Stage.CLOSED)
    for stage in (Stage.ROUTED, Stage.ASKED, Stage.ANSWERED, Stage.REOPENED):
        a_case(stage=stage)
    assert closed.closed_at is not None
    ends = closed.closed_at + 1825 * DAY
    assert numbers_past(at=ends) == []
    assert numbers_past(at=ends + HOUR) == [closed.number]
    assert counted_by_year(at=ends + HOUR) == {2026: 1}


def test_a_case_that_was_opened_again_is_not_touched_even_in_the_middle_of_a_run() -> None:
    set_days(30)
    case = a_case(stage=Stage.CLOSED)
    at = MONDAY + 60 * DAY
    assert numbers_past(at=at) == [case.number]
    # The run has read the number; then the citizen is quicker.
    citizen_actions.reopen_case(number=case.number, text="Masih padam juga.", by=CITIZEN, at=at)
    found = erase_case(number=case.number, reason=Reason.RETENTION, at=at, closed_before=kept_since(at=at))
    assert (found.kept, found.traces) == (True, ())
    assert numbers_past(at=at) == []
    # The control: without the look under the lock it would be gone.
    assert not erase_case(number=case.number, reason=Reason.RETENTION, at=at).kept


def test_what_is_erased_is_not_counted_again() -> None:
    set_days(30)
    case = a_case(stage=Stage.CLOSED)
    erase_case(number=case.number, reason=Reason.RETENTION, at=MONDAY + 60 * DAY)
    assert numbers_past(at=MONDAY + 90 * DAY) == []


def test_the_period_is_set_with_its_source_and_recorded() -> None:
    set_days(1825)
    kept = queries.limit("retention_days")
    assert (kept.days, kept.source, kept.confidence) == (1825, DECREE, "A")
    act = AdministrativeAct.objects.get(kind="catalogue.retention_set")
    assert (act.reason, act.data["days"]) == (DECREE, 1825)
    with pytest.raises(ChangeRefused):
        set_days(1825)
    set_days(0)
    assert kept_since(at=MONDAY) is None


def test_who_may_not_and_what_cannot_be_is_refused_and_nothing_written() -> None:
    an_officer("ratih")
    for days in (-1, MOST_KEPT_DAYS + 1):
        with pytest.raises(CatalogueRefused):
            set_days(days)
    with pytest.raises(TextRefused):
        set_retention(days=30, source="", by=SYSTEM, at=MONDAY)
    for by in ("ratih", "tidak-ada"):
        with pytest.raises(NotAdministrator):
            set_retention(days=30, source=DECREE, by=by, at=MONDAY)
    assert Limit.objects.get(code="retention_days").days == 0
    assert not AdministrativeAct.objects.filter(kind="catalogue.retention_set").exists()
