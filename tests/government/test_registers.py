# SPDX-License-Identifier: EUPL-1.2
"""Accounts by region and page, who a session belongs to, and the versions of facts about days."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.government.actions import set_free_day
from melayani.government.models import Officer, RoleGrant, Unit
from melayani.government.queries import unit_row
from melayani.government.registers import account, accounts, colleagues, days_of, session_officer, years
from melayani.government.rules import PROVINCE
from tests.builders import DISHUB, an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
EVERYWHERE = frozenset({PROVINCE})


def names(after: str = "", *, regions: frozenset[str] = EVERYWHERE, limit: int = 50) -> tuple[list[str], str]:
    """The usernames on a page, and where the next one starts."""
    page = accounts(regions=regions, after=after, limit=limit)
    return [row.username for row in page.rows], page.after


def test_accounts_page_by_page() -> None:
    for username in ("citra", "andi", "budi"):
        an_officer(username)
    assert names(limit=2) == (["andi", "budi"], "budi")
    assert names("budi", limit=2) == (["citra"], "")
    assert names("zzz") == ([], "")


def test_accounts_of_a_region_only() -> None:
    an_officer("andi")
    an_officer("jauh", unit="35.78.dishub")
    an_officer("yusuf", unit="35.kominfo")
    assert names(regions=frozenset({"35.07"})) == (["andi"], "")
    assert names(regions=frozenset()) == ([], "")
    assert account(username="jauh", regions={"35.07"}) is None
    assert account(username="JAUH", regions=EVERYWHERE) is not None
    assert account(username="tiada", regions=EVERYWHERE) is None


def test_an_account_says_its_roles_and_where() -> None:
    officer = an_officer("andi", roles=("officer", "head"))
    desk = Unit.objects.get(code="35.07.koordinator")
    RoleGrant.objects.create(officer=officer, role="triage", unit=desk)
    found = account(username="andi", regions=EVERYWHERE)
    assert found is not None
    home = unit_row(DISHUB).name
    assert found.roles == (("head", home), ("officer", home), ("triage", desk.name))
    assert (found.name, found.unit_name, found.active, found.region_code) == ("Andi", home, True, "35.07")


@pytest.mark.parametrize("officers", [1, 3])
def test_accounts_cost_two_statements(officers: int) -> None:
    for number in range(officers):
        an_officer(f"petugas-{number}", roles=("officer", "head"))
    with CaptureQueriesContext(connection) as queries:
        accounts(regions=EVERYWHERE)
    assert len(queries) == 2


def test_a_session_belongs_to_an_active_officer_with_the_roles_of_now() -> None:
    officer = an_officer("andi", roles=("officer", "head"))
    with CaptureQueriesContext(connection) as queries:
        found = session_officer(officer.pk)
    assert len(queries) == 1
    assert found is not None
    assert found.grants == {("officer", DISHUB), ("head", DISHUB)}
    assert (found.username, found.name, found.unit_id) == ("andi", "Andi", officer.unit_id)
    assert found.must_change_password is False
    assert found.session_hash == Officer.objects.get(pk=officer.pk).get_session_auth_hash()
    RoleGrant.objects.filter(officer=officer).delete()
    without = session_officer(officer.pk)
    assert without is not None
    assert without.grants == frozenset()
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert session_officer(officer.pk) is None
    assert session_officer(0) is None


def test_a_new_password_makes_another_session_hash() -> None:
    officer = an_officer("andi")
    before = session_officer(officer.pk)
    officer.set_password("kata-sandi-yang-lain")
    officer.save()
    after = session_officer(officer.pk)
    assert before is not None
    assert after is not None
    assert before.session_hash != after.session_hash


def test_colleagues_are_those_of_the_unit_and_those_named() -> None:
    andi, far = an_officer("andi"), an_officer("jauh", unit="35.78.dishub")
    an_officer("lain", unit="35.78.dishub")
    found = colleagues(unit_id=unit_row(DISHUB).id, also=[far.pk, far.pk])
    assert [(person.username, person.id) for person in found] == [("andi", andi.pk), ("jauh", far.pk)]
    assert colleagues(unit_id=unit_row("35.79.dishub").id) == ()


def test_every_version_of_a_day_is_there_and_the_newest_is_current() -> None:
    an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    fact = {"date": date(2026, 2, 20), "region_code": "35.07", "reason": "SK Bupati", "by": "yusuf", "at": MONDAY}
    set_free_day(kind="local", name="Hari jadi", **fact)  # type: ignore[arg-type]  # the arguments of the act
    set_free_day(kind="working", name="Dibatalkan", **fact)  # type: ignore[arg-type]  # the arguments of the act
    found = [day for day in days_of(2026) if day.date == date(2026, 2, 20)]
    assert [(day.name, day.current, day.recorded_by) for day in found] == [
        ("Dibatalkan", True, "Yusuf"),
        ("Hari jadi", False, "Yusuf"),
    ]
    assert found[0].region_name == "Kabupaten Malang"
    assert found[0].version > found[1].version
    assert days_of(1999) == ()


def test_years_are_in_order_and_say_what_they_rest_on() -> None:
    known = years()
    assert [record.year for record in known] == sorted(record.year for record in known)
    assert any(record.decree for record in known if not record.provisional)
