# SPDX-License-Identifier: EUPL-1.2
"""Units, bodies, grants, clients and the calendar as they are read; how many queries that takes."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.government.actions import create_client, set_free_day
from melayani.government.models import ApiClient, Officer, ReferralBody, RoleGrant, Unit
from melayani.government.queries import (
    api_client_for_key,
    body_row,
    calendar_for,
    due_moment,
    grants_of,
    referral_bodies,
    triage_desk,
    unit_by_id,
    unit_for,
    unit_row,
    units,
    working_days_between,
)
from melayani.government.rules import BodyRefused, UnitRefused
from melayani.ground.memo import forget_all
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db

STRANGE = ["", "35.07.x", "\x00", "\ud800", "35.07.dishub "]


def retire(code: str) -> None:
    """The unit is no longer active."""
    Unit.objects.filter(code=code).update(active=False)
    forget_all()


@pytest.mark.usefixtures("nothing_known")
def test_a_unit_by_code_and_by_id(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        row = unit_row("35.07.dishub")
        assert unit_by_id(row.id) == row
    assert (row.tier, row.region_code, row.sector) == ("KABUPATEN", "35.07", "dishub")
    assert (row.is_triage_desk, row.active) == (False, True)
    assert row.name == "Dinas Perhubungan Kabupaten Malang"


@pytest.mark.parametrize("code", STRANGE)
def test_unknown_units_and_bodies_are_refused(code: str) -> None:
    with pytest.raises(UnitRefused):
        unit_row(code)
    with pytest.raises(UnitRefused):
        unit_by_id(-1)
    with pytest.raises(BodyRefused):
        body_row(code)


def test_a_retired_unit_is_still_shown_but_not_found_for_new_work() -> None:
    retire("35.07.dishub")
    assert not unit_row("35.07.dishub").active
    assert unit_for(level="DAERAH", sector="dishub", region_code="35.07") is None
    assert "35.07.dishub" not in {unit.code for unit in units("35.07")}


def test_units_by_level_and_sector() -> None:
    def code(level: str, sector: str, region: str) -> str | None:
        unit = unit_for(level=level, sector=sector, region_code=region)
        return unit.code if unit else None

    assert code("DAERAH", "dishub", "35.73") == "35.73.dishub"
    assert code("PROVINSI", "dishub", "35.73") == "35.dishub"
    assert code("PROVINSI", "binamarga", "35") == "35.binamarga"
    assert code("DAERAH", "binamarga", "35.07") is None
    assert code("DAERAH", "dishub", "35") is None
    assert code("DAERAH", "dishub", "36.01") is None
    with pytest.raises(ValueError, match="unknown level"):
        code("PUSAT", "dishub", "35")


def test_every_region_has_a_desk_and_the_province_stands_in() -> None:
    assert triage_desk("35.07").code == "35.07.koordinator"
    assert triage_desk("35").code == "35.kominfo"
    retire("35.07.koordinator")
    assert triage_desk("35.07").code == "35.kominfo"
    assert triage_desk("").code == "35.kominfo"
    retire("35.kominfo")
    with pytest.raises(UnitRefused) as refusal:
        triage_desk("35.07")
    assert refusal.value.code == "no_triage_desk"
    assert triage_desk("35.73").code == "35.73.koordinator"


def test_units_of_a_region_and_of_all() -> None:
    assert len(units()) == 462
    assert len(units("35")) == 44
    codes = [unit.code for unit in units("35.07")]
    assert codes == sorted(codes)
    assert len(codes) == 11
    assert units("36") == ()


def test_bodies_by_name(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        names = [body.name for body in referral_bodies()]
        assert body_row("bpn").name in names
    assert names == sorted(names)
    ReferralBody.objects.filter(code="bpn").update(active=False)
    forget_all()
    with pytest.raises(BodyRefused):
        body_row("bpn")


def test_grants_hold_at_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    unit = Unit.objects.get(code="35.07.dishub")
    officer = Officer.objects.create(username="ratih", name="Ratih", unit=unit)
    assert grants_of(officer.pk) == frozenset()
    RoleGrant.objects.create(officer=officer, role="officer", unit=unit)
    RoleGrant.objects.create(officer=officer, role="head", unit=Unit.objects.get(code="35.07.pupr"))
    with django_assert_num_queries(1):
        assert grants_of(officer.pk) == {("officer", "35.07.dishub"), ("head", "35.07.pupr")}
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert grants_of(officer.pk) == frozenset()
    assert grants_of(-1) == frozenset()


def test_a_client_by_its_key(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    with django_assert_num_queries(1):
        client = api_client_for_key(key)
    assert client is not None
    assert (client.code, client.name) == ("lapor-kota", "Lapor Kota")
    with django_assert_num_queries(0):
        for wrong in ("", key[:-1], key + " ", key.swapcase(), "\x00", "\ud800"):
            assert api_client_for_key(wrong) is None
    ApiClient.objects.update(active=False)
    forget_all()
    assert api_client_for_key(key) is None


# The calendar


@pytest.mark.usefixtures("nothing_known")
def test_the_calendar_is_read_by_two_queries_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        assert calendar_for("35.07").reason(date(2026, 1, 16)) == "Isra Mikraj Nabi Muhammad"
    with django_assert_num_queries(0):
        due_moment(filed_at=MONDAY, days=14, basis="WORKING", region_code="35.73")
        working_days_between(start=MONDAY, end=MONDAY, region_code="35.73")


def test_the_loaded_calendar_is_version_one_and_knows_its_years() -> None:
    calendar = calendar_for("35")
    assert calendar.version == 1
    assert [calendar.provisional(year) for year in (2019, 2020, 2026, 2027, 2028)] == [True, False, False, True, True]


def test_a_promise_on_the_loaded_calendar() -> None:
    due = due_moment(filed_at=MONDAY, days=14, basis="WORKING", region_code="35.07")
    assert due.at.isoformat() == "2026-01-26T23:59:59+07:00"
    assert (date(2026, 1, 16), "Isra Mikraj Nabi Muhammad") in due.skipped
    assert (due.provisional, due.calendar_version) == (False, 1)
    assert working_days_between(start=MONDAY, end=due.at, region_code="35.07") == 14
    calendar_days = due_moment(filed_at=MONDAY, days=14, basis="CALENDAR", region_code="35.07")
    assert calendar_days.at.isoformat() == "2026-01-19T23:59:59+07:00"


def test_a_local_day_moves_promises_there_only() -> None:
    set_free_day(
        date=date(2026, 1, 6), kind="local", name="Hari jadi", region_code="35.07", reason="Keputusan bupati",
        by="system", at=MONDAY,
    )  # fmt: skip

    def due_date(region: str) -> date:
        return due_moment(filed_at=MONDAY, days=1, basis="WORKING", region_code=region).at.date()

    assert due_date("35.07") == date(2026, 1, 7)
    for elsewhere in ("35.73", "35", "", "unknown"):
        assert due_date(elsewhere) == date(2026, 1, 6)
    assert calendar_for("35.07").version == calendar_for("35.73").version == 2


def test_a_day_of_the_province_holds_in_every_region() -> None:
    set_free_day(
        date=date(2026, 1, 6), kind="local", name="Pemilihan gubernur", region_code="35", reason="Keputusan gubernur",
        by="system", at=MONDAY,
    )  # fmt: skip
    tuesday = MONDAY + timedelta(days=1)
    assert working_days_between(start=MONDAY, end=tuesday, region_code="35.07") == 0
    assert working_days_between(start=MONDAY, end=tuesday, region_code="") == 1
