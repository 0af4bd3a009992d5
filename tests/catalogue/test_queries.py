# SPDX-License-Identifier: EUPL-1.2
"""Reads of the catalogue: the right rows, in order, and no query once the shelf is warm."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from melayani.catalogue import queries
from melayani.catalogue.models import PromiseProfile, Service, Topic
from melayani.catalogue.rules import (
    COMPONENTS,
    FIELD_CHECK,
    PUBLIC_COMPONENTS,
    Basis,
    CatalogueRefused,
    Datatype,
    Kind,
    Promise,
)
from melayani.ground.memo import forget_all

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("nothing_known")
def test_the_shelf_takes_nine_statements_and_then_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(9):
        queries.topics()
    with django_assert_num_queries(0):
        queries.topic_row("perhubungan")
        queries.services("perhubungan")
        queries.service_by_slug(queries.service_row("PJU").slug)
        queries.questions("PJU")
        queries.components("PJU", public_only=False)
        queries.promise_for(service_code="PJU", kind=Kind.PENGADUAN)
        queries.promise_for(service_code="", kind=Kind.ASPIRASI)
        queries.limit("silence_days")
        queries.programmes_of("perhubungan", date(2026, 1, 5))
        queries.profiles()


def test_control_a_cold_shelf_is_noticed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    queries.topics()
    forget_all()
    with pytest.raises(pytest.fail.Exception, match="0 queries"), django_assert_num_queries(0):
        queries.service_row("PJU")


def test_topics_are_in_the_order_of_their_names() -> None:
    names = [row.name for row in queries.topics()]
    assert len(names) == 25
    assert names == sorted(names)
    assert queries.topic_row("perhubungan").name == "Perhubungan"


def test_a_topic_out_of_use_is_not_offered_but_still_known() -> None:
    Topic.objects.filter(code="desa").update(active=False)
    forget_all()
    assert "desa" not in {row.code for row in queries.topics()}
    assert "desa" in {row.code for row in queries.topics(also_unused=True)}
    assert not queries.topic_row("desa").active


def test_services_of_a_topic_are_in_the_order_of_their_names() -> None:
    rows = queries.services("perhubungan")
    assert {row.topic for row in rows} == {"perhubungan"}
    assert [row.name for row in rows] == sorted(row.name for row in rows)
    assert {row.code for row in rows} < {row.code for row in queries.services()}


def test_a_service_is_found_by_code_and_by_slug() -> None:
    row = queries.service_row("PJU")
    assert row == queries.service_by_slug(row.slug)
    assert (row.topic, row.kind, row.level, row.sector) == ("perhubungan", "PENGADUAN", "DAERAH", "dishub")
    assert row.has_questions
    assert row.active
    assert row.id == Service.objects.get(code="PJU").pk
    assert "pju" in row.keywords
    assert not queries.service_row("KK").has_questions


def test_a_closed_service_is_not_offered_but_still_known() -> None:
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    assert "PJU" not in {row.code for row in queries.services("perhubungan")}
    assert "PJU" in {row.code for row in queries.services("perhubungan", also_closed=True)}
    assert not queries.service_row("PJU").active


def test_questions_come_in_their_order_and_few_services_ask() -> None:
    asking = [row for row in queries.services() if queries.questions(row.code)]
    assert len(asking) >= 5
    assert all(row.has_questions for row in asking)
    assert len(asking) == sum(row.has_questions for row in queries.services())
    datatypes = set()
    for row in asking:
        rows = queries.questions(row.code)
        assert [question.order for question in rows] == sorted(question.order for question in rows)
        datatypes |= {question.datatype for question in rows}
        for question in rows:
            assert bool(question.values) == (question.datatype in {"singlevaluelist", "multivaluelist"})
    assert datatypes == {datatype.value for datatype in Datatype}


def test_components_come_in_the_order_of_the_regulation_with_titles() -> None:
    public = queries.components("KTP-EL")
    every = queries.components("KTP-EL", public_only=False)
    assert tuple(row.key for row in public) == PUBLIC_COMPONENTS
    assert tuple(row.key for row in every) == COMPONENTS
    assert all(row.text for row in every)
    with override("id"):
        assert str(public[0].title) == "Persyaratan"
        assert len({str(row.title) for row in every}) == 14


@pytest.mark.parametrize("service", ["PINDAH", "PJU"])
def test_what_is_not_filled_is_left_out(service: str) -> None:
    filled = queries.components(service, public_only=False)
    assert len(filled) == (6 if service == "PINDAH" else 14)


@pytest.mark.parametrize(
    ("service", "kind", "promise"),
    [
        ("KK", "PERMOHONAN_LAYANAN", (3, "WORKING", "C")),  # its own days
        ("KK", "PENGADUAN", (14, "WORKING", "B")),  # own days hold for the own kind only
        ("KK", "PERMINTAAN_INFORMASI", (5, "WORKING", "B")),
        ("SUNGAI", "PENGADUAN", (14, "WORKING", "B")),  # no own days
        ("", "PENGADUAN", (14, "WORKING", "B")),
        ("", "ASPIRASI", (5, "WORKING", "C")),
        ("", "PERMINTAAN_INFORMASI", (5, "WORKING", "B")),
        ("", "PERMOHONAN_LAYANAN", (14, "WORKING", "C")),
        ("", FIELD_CHECK, (60, "WORKING", "B")),
    ],
)
def test_own_days_come_before_the_profile(service: str, kind: str, promise: tuple[int, str, str]) -> None:
    found = queries.promise_for(service_code=service, kind=kind)
    assert (found.days, found.basis, found.confidence) == promise
    assert found.source
    if not service:
        assert found.source == "PermenPANRB 62/2018"


def test_another_profile_gives_other_clocks() -> None:
    PromiseProfile.objects.filter(code="sp4n-2018").update(active=False)
    PromiseProfile.objects.filter(code="sp4n-2025").update(active=True)
    PromiseProfile.objects.get(code="sp4n-2025").clocks.filter(kind="PENGADUAN").update(days=9, basis="CALENDAR")
    forget_all()
    assert queries.active_profile().code == "sp4n-2025"
    assert queries.promise_for(service_code="SUNGAI", kind="PENGADUAN") == Promise(
        days=9, basis=Basis.CALENDAR, source="PermenPANRB 5/2025", confidence="C"
    )


def test_sp4n_2018_is_in_use_and_sp4n_2025_waits_unverified() -> None:
    assert [(row.code, row.active, row.verified) for row in queries.profiles()] == [
        ("sp4n-2018", True, True),
        ("sp4n-2025", False, False),
    ]
    assert {row.confidence for row in queries.profiles()[1].clocks.values()} == {"C"}


@pytest.mark.parametrize(
    ("code", "days", "basis"),
    [
        ("verify_days", 3, Basis.WORKING),
        ("react_days", 5, Basis.WORKING),
        ("silence_days", 10, Basis.WORKING),
        ("pause_days", 10, Basis.WORKING),
        ("settlement_days", 60, Basis.CALENDAR),
        ("retention_days", 0, Basis.CALENDAR),
    ],
)
def test_the_limits_of_the_regulation(code: str, days: int, basis: Basis) -> None:
    row = queries.limit(code)
    assert (row.days, row.basis) == (days, basis)
    assert row.source
    assert row.confidence == {"pause_days": "C", "retention_days": "C", "settlement_days": "B"}.get(code, "A")


@pytest.mark.parametrize(
    ("day", "prefix"),
    [
        (date(2019, 2, 12), ""),
        (date(2019, 2, 13), "2019-"),
        (date(2025, 2, 19), "2019-"),
        (date(2025, 2, 20), "2025-"),
        (date(2026, 1, 5), "2025-"),
        (date(2030, 2, 19), "2025-"),
        (date(2030, 2, 20), ""),
    ],
)
def test_programmes_are_those_in_force_on_the_day(day: date, prefix: str) -> None:
    rows = queries.programmes(day)
    assert len(rows) == (9 if prefix else 0)
    assert [row.order for row in rows] == sorted(row.order for row in rows)
    assert all(row.code.startswith(prefix) for row in rows)
    for topic in queries.topics():
        mapped = queries.programmes_of(topic.code, day)
        assert bool(mapped) == bool(prefix)
        assert set(mapped) <= set(rows)


UNKNOWN: list[tuple[str, Callable[[], object]]] = [
    ("topic_unknown", lambda: queries.topic_row("sihir")),
    ("topic_unknown", lambda: queries.programmes_of("sihir", date(2026, 1, 5))),
    ("service_unknown", lambda: queries.service_row("SIHIR")),
    ("service_unknown", lambda: queries.service_by_slug("sihir")),
    ("service_unknown", lambda: queries.questions("SIHIR")),
    ("service_unknown", lambda: queries.components("SIHIR")),
    ("service_unknown", lambda: queries.promise_for(service_code="SIHIR", kind="PENGADUAN")),
    ("kind_unknown", lambda: queries.promise_for(service_code="", kind="SIHIR")),
    ("limit_unknown", lambda: queries.limit("sihir_days")),
]


@pytest.mark.parametrize(("code", "ask"), UNKNOWN)
def test_what_is_unknown_is_refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises(CatalogueRefused) as refusal:
        ask()
    assert refusal.value.code == code


def test_without_an_active_profile_there_is_no_promise() -> None:
    PromiseProfile.objects.update(active=False)
    forget_all()
    with pytest.raises(CatalogueRefused) as refusal:
        queries.promise_for(service_code="", kind="PENGADUAN")
    assert refusal.value.code == "profile_none"
