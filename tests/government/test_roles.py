# SPDX-License-Identifier: EUPL-1.2
"""Roles given and taken, and the decree of a year: who may, what is recorded, and refusals that change nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from melayani.government.actions import (
    deactivate_officer_account,
    give_role,
    set_calendar_year,
    set_password,
    take_role_from_account,
)
from melayani.government.administration import mark_of
from melayani.government.models import AdministrativeAct, CalendarYear, RoleGrant, Unit
from melayani.government.queries import calendar_for, grants_of
from melayani.government.registers import acts, roles_of, years
from melayani.government.rules import NotAdministrator
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from tests.builders import DESK, DISHUB, an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
WHY = "Surat tugas 12/2026."


@pytest.fixture(autouse=True)
def people() -> None:
    """Yusuf of the province, Lokal of Kabupaten Malang, and Ratih, an officer there."""
    an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    an_officer("lokal", unit=DESK, roles=("administrator",))
    an_officer("ratih")


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The act inside is refused with this code and leaves roles, years, record and ledger as they were."""

    def everything() -> list[Any]:
        tables = (RoleGrant, CalendarYear, AdministrativeAct, Entry)
        return [list(table._default_manager.order_by("pk").values()) for table in tables]

    before = everything()
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code
    assert everything() == before


def give(**changes: Any) -> RoleGrant:
    said = {"username": "ratih", "role": "head", "unit_code": DISHUB, "reason": WHY, "by": "lokal", "at": MONDAY}
    return give_role(**{**said, **changes})


def take(**changes: Any) -> object:
    said = {"username": "ratih", "role": "officer", "unit_code": DISHUB, "reason": WHY, "by": "lokal", "at": MONDAY}
    return take_role_from_account(**{**said, **changes})


def test_a_role_given_holds_at_once() -> None:
    ratih = an_officer("ratih")
    give(username=" RATIH ")
    assert grants_of(ratih.pk) == {("officer", DISHUB), ("head", DISHUB)}
    act = acts().rows[0]
    assert (act.kind, act.about, act.reason, act.by) == ("officer.role_given", f"officer:{ratih.pk}", WHY, "Lokal")
    assert (act.data["role"], act.data["unit"]) == ("head", DISHUB)


def test_a_role_taken_is_gone_at_once_even_in_a_closed_unit() -> None:
    Unit.objects.filter(code=DISHUB).update(active=False)
    take()
    assert grants_of(an_officer("ratih", roles=()).pk) == frozenset()
    assert acts().rows[0].kind == "officer.role_taken"


def test_roles_are_told_with_their_units() -> None:
    give(unit_code=DESK, role="triage")
    assert [(held.role, held.unit_code) for held in roles_of(an_officer("ratih").pk)] == [
        ("officer", DISHUB), ("triage", DESK),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("officer_unknown", {"username": "siapa"}),
        ("officer_unknown", {"username": "rat\x00"}),
        ("role_unknown", {"role": "raja"}),
        ("role_held", {"role": "officer"}),
        ("unit_unknown", {"unit_code": "35.07.sihir"}),
        ("text_short", {"reason": ""}),
        ("text_long", {"reason": "x" * 301}),
        ("own_roles", {"username": "lokal", "unit_code": DESK}),
        # Neither an officer of another region, nor a unit there, nor the inspectorate is for a local administrator.
        ("administrator_only", {"username": "yusuf"}),
        ("administrator_only", {"unit_code": "35.78.dishub"}),
        ("administrator_only", {"unit_code": "35.kominfo", "role": "administrator"}),
        ("administrator_only", {"role": "inspectorate"}),
        ("administrator_only", {"by": "ratih"}),
    ],
)
def test_a_role_is_not_given(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        give(**changes)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("officer_unknown", {"username": "siapa"}),
        ("role_not_held", {"role": "head"}),
        ("role_not_held", {"unit_code": DESK}),
        ("own_roles", {"username": "lokal", "role": "administrator", "unit_code": DESK}),
        ("administrator_only", {"username": "yusuf", "role": "administrator", "unit_code": "35.kominfo"}),
        ("administrator_only", {"by": "ratih"}),
        ("text_short", {"reason": " "}),
    ],
)
def test_a_role_is_not_taken(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        take(**changes)


def test_the_province_may_everywhere() -> None:
    give(by="yusuf", role="inspectorate")
    take(by="yusuf")


# The decree of a year


def decree(**changes: Any) -> CalendarYear:
    said = {
        "year": 2029, "decree": "SKB 3 Menteri 1/2028", "source": "Kemenpan", "confidence": "A", "reason": WHY,
        "by": "yusuf", "at": MONDAY,
    }  # fmt: skip
    return set_calendar_year(**{**said, **changes})


def test_a_year_with_a_decree_is_no_longer_provisional() -> None:
    assert calendar_for("35").provisional(2029)
    decree()
    assert not calendar_for("35").provisional(2029)
    known = next(year for year in years() if year.year == 2029)
    assert (known.decree, known.confidence, known.provisional) == ("SKB 3 Menteri 1/2028", "A", False)
    assert (acts().rows[0].about, acts().rows[0].after["decree"]) == ("year:2029", "SKB 3 Menteri 1/2028")
    decree(decree="SKB 3 Menteri 2/2028", seen=known.mark)
    assert acts().rows[0].before == {"decree": "SKB 3 Menteri 1/2028"}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("year_range", {"year": 1999}),
        ("year_range", {"year": 2101}),
        ("confidence_unknown", {"confidence": "Z"}),
        ("text_empty", {"decree": " "}),
        ("text_long", {"source": "x" * 201}),
        ("text_short", {"reason": ""}),
        ("administrator_only", {"by": "lokal"}),
        ("changed_meanwhile", {"seen": mark_of({"decree": "lain"})}),
    ],
)
def test_a_decree_is_refused(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        decree(**changes)


def test_the_same_decree_twice_is_no_news() -> None:
    decree()
    with refused("unchanged"):
        decree()


@pytest.mark.parametrize(
    ("role", "unit"), [("inspectorate", DESK), ("administrator", "35.kominfo")], ids=["inspector", "of the province"]
)
def test_a_local_administrator_does_not_reach_further_by_a_password(role: str, unit: str) -> None:
    """Whoever sets a password can log in with it: that must not open more than appointing would."""
    an_officer("lokal", unit=DESK, roles=("administrator",))
    mighty, plain = an_officer("wulan", unit=DESK, roles=()), an_officer("ratih")
    RoleGrant.objects.create(officer=mighty, role=role, unit=Unit.objects.get(code=unit))
    before = mighty.password
    with pytest.raises(NotAdministrator):
        set_password(username="wulan", password="sawah-hijau-di-lereng", by="lokal", at=MONDAY)
    with pytest.raises(NotAdministrator):
        deactivate_officer_account(username="wulan", by="lokal", at=MONDAY)
    mighty.refresh_from_db()
    assert (mighty.password, mighty.is_active) == (before, True)
    # The control: an officer of the own region gets a password, and the province reaches everybody.
    set_password(username=plain.username, password="sawah-hijau-di-lereng", by="lokal", at=MONDAY)
    set_password(username="wulan", password="sawah-hijau-di-lereng", by="system", at=MONDAY)
