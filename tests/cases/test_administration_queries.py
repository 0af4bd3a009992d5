# SPDX-License-Identifier: EUPL-1.2
"""What administrators ask about cases: numbers, never a text, and never a secret case by its number."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.cases import administration_queries
from melayani.cases.administration_queries import cases_held_in, last_filings, open_cases_in, past_cases
from melayani.cases.models import Case
from melayani.cases.rules import Stage, Visibility
from melayani.government.models import ApiClient
from melayani.government.queries import unit_row
from melayani.triage.rules import PastCase
from tests.builders import DISHUB, KEPANJEN, a_case, a_waiting_case, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
TOPICS = {"perhubungan"}


def test_open_cases_are_counted_and_counting_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = unit_row(DISHUB).id
    assert open_cases_in(unit) == 0
    for stage in (Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.ANSWERED, Stage.CLOSED):
        a_case(stage=stage)
    assert open_cases_in(unit) == 3
    monkeypatch.setattr(administration_queries, "MOST_COUNTED", 2)
    assert open_cases_in(unit) == 2


def test_what_an_officer_holds_in_a_unit() -> None:
    ratih = officer_actor()
    a_case(stage=Stage.TAKEN)
    a_case()
    assert cases_held_in(officer_id=ratih.officer_id or 0, unit_id=unit_row(DISHUB).id) == 1
    assert cases_held_in(officer_id=ratih.officer_id or 0, unit_id=unit_row("35.07.pupr").id) == 0


def test_past_cases_of_a_topic_without_the_numbers_of_secret_ones() -> None:
    old = a_case(at=MONDAY - timedelta(days=31))
    case = a_case(at=MONDAY - timedelta(days=2))
    secret = a_case(at=MONDAY - timedelta(days=1), visibility=Visibility.SECRET)
    a_waiting_case()
    found = past_cases(topics=TOPICS, at=MONDAY)
    assert found.cases == (
        PastCase("perhubungan", "PJU", KEPANJEN, DISHUB, ""),
        PastCase("perhubungan", "PJU", KEPANJEN, DISHUB, case.number),
    )
    assert (found.since, found.whole) == (MONDAY - timedelta(days=30), True)
    assert {old.number, secret.number}.isdisjoint({past.number for past in found.cases})
    assert past_cases(topics={"kesehatan"}, at=MONDAY).cases == ()
    assert past_cases(topics=(), at=MONDAY).cases == ()


def test_what_is_beyond_the_newest_cases_is_said_to_be_missing() -> None:
    for days in (3, 2, 1):
        a_case(at=MONDAY - timedelta(days=days))
    found = past_cases(topics=TOPICS, at=MONDAY, most=2)
    assert len(found.cases) == 2
    assert (found.since, found.whole) == (MONDAY - timedelta(days=2), False)
    assert past_cases(topics=TOPICS, at=MONDAY, most=3).whole


def test_no_cases_at_all() -> None:
    assert past_cases(topics=TOPICS, at=MONDAY).whole
    assert last_filings() == {}


@pytest.mark.parametrize("cases", [1, 3])
def test_the_questions_cost_the_same(cases: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(cases):
        a_case()
    with django_assert_num_queries(3):
        past_cases(topics=TOPICS, at=MONDAY)
    with django_assert_num_queries(1):
        open_cases_in(unit_row(DISHUB).id)
    with django_assert_num_queries(2):
        last_filings()


def test_when_a_system_last_filed() -> None:
    client = ApiClient.objects.create(code="a", name="A", key_hash=b"a", created_at=MONDAY)
    other = ApiClient.objects.create(code="b", name="B", key_hash=b"b", created_at=MONDAY)
    for days, by in ((3, client), (2, client), (1, other)):
        case = a_case(at=MONDAY - timedelta(days=days))
        Case.objects.filter(pk=case.pk).update(client=by)
    assert last_filings() == {client.pk: MONDAY - timedelta(days=2), other.pk: MONDAY - timedelta(days=1)}
    assert last_filings(most=1) == {other.pk: MONDAY - timedelta(days=1)}
