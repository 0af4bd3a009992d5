# SPDX-License-Identifier: EUPL-1.2
"""Loading the reference data again changes nothing, keeps edits, and brings what a newer release knows."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries

from melayani.government import loading, packaged
from melayani.government.actions import load_government, set_free_day
from melayani.government.calendars import DayFact
from melayani.government.loading import Loaded
from melayani.government.models import CalendarYear, FreeDay, Place, ReferralBody, Unit
from melayani.government.packaged import YearFacts
from melayani.government.queries import calendar_for, place_row
from melayani.ledger.models import Entry
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db

NOTHING = Loaded(places=0, units=0, bodies=0, days=0, years=0)
TABLES: list[type[Model]] = [Place, Unit, ReferralBody, FreeDay, CalendarYear]


def everything() -> list[list[dict[str, object]]]:
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


def test_all_is_there_and_the_ledger_says_nothing() -> None:
    assert (Place.objects.count(), Unit.objects.count(), FreeDay.objects.count()) == (9199, 462, 193)
    assert Place.objects.get(code="35.07.13.1010").parent_id == "35.07.13"
    assert Unit.objects.get(code="35.07.pdam").parent == Unit.objects.get(code="35.07.koordinator")
    assert Unit.objects.filter(parent=None).count() == 39
    assert not Entry.objects.exists()


def test_loading_again_changes_nothing() -> None:
    before = everything()
    assert load_government(at=MONDAY) == NOTHING
    assert everything() == before


def test_edits_of_the_administrator_stay() -> None:
    Place.objects.filter(code="35.07.13").update(name="Kepanjen Baru")
    Unit.objects.filter(code="35.07.pdam").update(name="Tirta Kanjuruhan", active=False)
    ReferralBody.objects.filter(code="pln").update(how="Telepon saja.")
    set_free_day(
        date=date(2026, 1, 16), kind="working", name="", region_code="", reason="Surat edaran", by="system", at=MONDAY
    )
    before = everything()
    assert load_government(at=MONDAY) == NOTHING
    assert everything() == before
    assert calendar_for("35").reason(date(2026, 1, 16)) is None


def test_what_is_missing_comes_back() -> None:
    Unit.objects.filter(code="35.07.pdam").delete()
    Place.objects.filter(code="35.07.13.1010").delete()
    loaded = load_government(at=MONDAY)
    assert (loaded.units, loaded.places, loaded.days) == (1, 1, 0)
    assert place_row("35.07.13.1010").name == "Kepanjen"


def test_a_unit_that_took_the_sector_under_another_code_is_left_alone() -> None:
    Unit.objects.filter(code="35.07.pdam").update(code="35.07.tirta")
    assert load_government(at=MONDAY).units == 0
    assert not Unit.objects.filter(code="35.07.pdam").exists()


def test_loading_takes_few_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(11):
        load_government(at=MONDAY)


class NewerRelease:
    """Stands in for the packaged files of a later release: the decree of 2027 moved Eid by a day."""

    def __getattr__(self, name: str) -> object:
        return getattr(packaged, name)

    def day_facts(self) -> Iterator[DayFact]:
        for fact in packaged.day_facts():
            if fact.date != date(2027, 3, 9):
                yield fact
        yield DayFact(date=date(2027, 3, 16), region_code="", kind="cuti_bersama", name="Cuti Bersama", version=1)

    def years(self) -> list[YearFacts]:
        last = YearFacts(year=2027, decree="SKB 2027", source="decree", confidence="A", provisional=False)
        return [year for year in packaged.years() if year.year != 2027] + [last]


def test_a_newer_release_corrects_its_own_days_and_only_those(monkeypatch: pytest.MonkeyPatch) -> None:
    set_free_day(
        date=date(2027, 3, 16), kind="national", name="Sudah ada", region_code="", reason="Surat edaran", by="system",
        at=MONDAY,
    )  # fmt: skip
    monkeypatch.setattr(loading, "packaged", NewerRelease())
    loaded = load_government(at=MONDAY)
    assert (loaded.days, loaded.years) == (1, 1)
    calendar = calendar_for("35")
    assert calendar.version == 3
    assert calendar.reason(date(2027, 3, 9)) is None
    assert calendar.reason(date(2027, 3, 16)) == "Sudah ada"
    assert not calendar.provisional(2027)
    assert load_government(at=MONDAY) == NOTHING
