# SPDX-License-Identifier: EUPL-1.2
"""Each act changes exactly this and records exactly this; each refusal changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import Model
from pytest_django import Settings

from melayani.government.actions import (
    create_client,
    create_officer,
    deactivate_officer_account,
    record_administration,
    set_free_day,
    set_password,
)
from melayani.government.models import (
    AdministrativeAct,
    ApiClient,
    FreeDay,
    LoginTry,
    Officer,
    Place,
    RoleGrant,
    Unit,
)
from melayani.government.queries import api_client_for_key, calendar_for, grants_of
from melayani.government.rules import ADMINISTRATION_STREAM
from melayani.ground.canonical_json import canonical_json
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from melayani.ledger.rules import commitment, leaf_bytes, text_hash
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db

GOOD = "sawah-hijau-di-lereng"
OTHER = "perahu-biru-di-teluk"
TABLES: list[type[Model]] = [Officer, RoleGrant, ApiClient, FreeDay, LoginTry, AdministrativeAct, Entry, Place, Unit]


@pytest.fixture(autouse=True)
def quick_hashing(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def an_officer(username: str = "ratih", *, unit: str = "35.07.dishub", role: str = "officer") -> Officer:
    return create_officer(
        username=username, name=username.title(), unit_code=unit, password=GOOD, roles=[role], by="system", at=MONDAY
    )


def everything() -> list[list[dict[str, object]]]:
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The act inside is refused with this code and leaves every table as it was."""
    before = everything()
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code
    assert refusal.value.message
    assert everything() == before


def recorded() -> tuple[str, dict[str, object]]:
    """Kind and event of the newest act; its entry commits to exactly that, in the administrative stream."""
    act = AdministrativeAct.objects.select_related("entry").latest("sequence")
    entry = act.entry
    assert (entry.kind, entry.sequence, entry.unit_code, entry.sealed) == (act.kind, act.sequence, "", False)
    assert bytes(entry.stream) == ADMINISTRATION_STREAM
    bound = commitment(salt=bytes(entry.salt or b""), kind=act.kind, event=act.data)
    assert bytes(entry.leaf) == leaf_bytes(
        bound=bound, kind=act.kind, sequence=act.sequence, stream=ADMINISTRATION_STREAM,
        recorded_at=int(act.at.timestamp()), unit_code="", sealed=False,
    )  # fmt: skip
    assert commitment(salt=bytes(entry.salt or b""), kind=act.kind, event={**act.data, "by": 0}) != bound
    beside = {"reason": act.reason, "change": canonical_json(act.change).decode() if act.change else ""}
    for name, text in beside.items():
        assert act.data.get(name) == (text_hash(salt=bytes(entry.salt or b""), text=text) if text else None)
    return act.kind, {name: value for name, value in act.data.items() if name not in beside}


# Accounts


def test_an_officer_is_created() -> None:
    officer = create_officer(
        username=" Ratih ", name=" Ratih  Ayu ", unit_code="35.07.dishub", password=GOOD, roles=["head", "officer"],
        by="system", at=MONDAY,
    )  # fmt: skip
    assert (officer.username, officer.name, officer.unit.code) == ("ratih", "Ratih Ayu", "35.07.dishub")
    assert not officer.must_change_password
    assert grants_of(officer.pk) == {("head", "35.07.dishub"), ("officer", "35.07.dishub")}
    assert authenticate(username="RATIH", password=GOOD) == officer
    assert recorded() == (
        "officer.created",
        {"officer": officer.pk, "unit": "35.07.dishub", "roles": ["head", "officer"], "by": "system",
         "at": MONDAY.isoformat()},
    )  # fmt: skip
    assert "Ratih" not in str(AdministrativeAct.objects.get().data)
    assert Entry.objects.count() == 1


def test_an_initial_password_may_have_to_be_changed() -> None:
    officer = create_officer(
        username="joko", name="Joko", unit_code="35.07.dishub", password=GOOD, roles=["head"], by="system", at=MONDAY,
        must_change_password=True,
    )  # fmt: skip
    assert officer.must_change_password


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "ra"}, "username_form"),
        ({"username": "ratih ayu"}, "username_form"),
        ({"username": "rätih"}, "username_form"),
        ({"username": "r" * 61}, "username_form"),
        ({"username": "system"}, "username_form"),
        ({"username": "joko"}, "username_taken"),
        ({"username": "JOKO"}, "username_taken"),
        ({"name": "  "}, "text_empty"),
        ({"name": "R" * 121}, "text_long"),
        ({"unit_code": "35.07.nothing"}, "unit_unknown"),
        ({"roles": []}, "role_unknown"),
        ({"roles": ["officer", "king"]}, "role_unknown"),
        ({"password": "pendek"}, "password_weak"),
        ({"password": "password1234"}, "password_weak"),
        ({"password": "ratih-ratih-x", "username": "ratih-ratih"}, "password_weak"),
        ({"password": "sawah" * 50}, "password_weak"),
        ({"by": "nobody"}, "acting_unknown"),
        ({"by": "joko"}, "administrator_only"),
    ],
)
def test_an_officer_is_refused(change: dict[str, object], code: str) -> None:
    an_officer("joko")
    asked = {
        "username": "ratih", "name": "Ratih", "unit_code": "35.07.dishub", "password": GOOD, "roles": ["officer"],
        "by": "system", "at": MONDAY,
    }  # fmt: skip
    with refused(code):
        create_officer(**{**asked, **change})  # type: ignore[arg-type]  # the table says which types


def test_no_account_in_a_retired_unit() -> None:
    Unit.objects.filter(code="35.07.dishub").update(active=False)
    with refused("unit_unknown"):
        an_officer()


def test_administrators_act_in_their_region_those_of_the_province_everywhere() -> None:
    local = an_officer("yusuf", unit="35.07.koordinator", role="administrator")
    provincial = an_officer("yanti", unit="35.kominfo", role="administrator")

    def create(username: str, unit: str, by: str) -> Officer:
        return create_officer(
            username=username, name="Baru", unit_code=unit, password=GOOD, roles=["officer"], by=by, at=MONDAY
        )

    create("satu", "35.07.pupr", local.username)
    assert recorded()[1]["by"] == local.pk
    assert AdministrativeAct.objects.latest("sequence").officer == local
    for unit in ("35.73.pupr", "35.kominfo"):
        with refused("administrator_only"):
            create("dua", unit, local.username)
    create("tiga", "35.73.pupr", provincial.username)
    deactivate_officer_account(username="yusuf", by="yanti", at=MONDAY)
    with refused("acting_unknown"):
        create("empat", "35.07.pupr", "yusuf")


def test_a_reset_password_must_be_changed_and_an_own_one_not() -> None:
    ratih = an_officer()
    an_officer("yusuf", unit="35.07.koordinator", role="administrator")
    reset = set_password(username="Ratih", password=OTHER, by="yusuf", at=MONDAY)
    assert Officer.objects.get(username="ratih", must_change_password=True) == reset == ratih
    assert authenticate(username="ratih", password=OTHER) == ratih
    assert recorded()[0] == "officer.password_reset"
    set_password(username="ratih", password=GOOD, by="ratih", at=MONDAY)
    assert Officer.objects.get(username="ratih", must_change_password=False) == ratih
    assert authenticate(username="ratih", password=GOOD) == ratih
    assert recorded() == (
        "officer.password_changed", {"officer": ratih.pk, "by": ratih.pk, "at": MONDAY.isoformat()},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("username", "password", "by", "code"),
    [
        ("nobody", GOOD, "system", "officer_unknown"),
        ("ratih", "pendek", "system", "password_weak"),
        ("ratih", GOOD, "joko", "administrator_only"),
        ("ratih", GOOD, "nobody", "acting_unknown"),
    ],
)
def test_a_password_is_refused(username: str, password: str, by: str, code: str) -> None:
    an_officer()
    an_officer("joko", role="head")
    with refused(code):
        set_password(username=username, password=password, by=by, at=MONDAY)


def test_a_deactivated_officer_cannot_log_in_and_has_no_grants() -> None:
    ratih = an_officer()
    deactivate_officer_account(username="ratih", by="system", at=MONDAY)
    assert authenticate(username="ratih", password=GOOD) is None
    assert grants_of(ratih.pk) == frozenset()
    assert RoleGrant.objects.filter(officer=ratih).exists()
    assert recorded() == ("officer.deactivated", {"officer": ratih.pk, "by": "system", "at": MONDAY.isoformat()})
    with refused("officer_unknown"):
        deactivate_officer_account(username="ratih", by="system", at=MONDAY)
    with refused("officer_unknown"):
        set_password(username="ratih", password=GOOD, by="system", at=MONDAY)


def test_nobody_closes_the_own_account_and_only_administrators_close_others() -> None:
    an_officer("yusuf", unit="35.kominfo", role="administrator")
    an_officer("joko", role="head")
    with refused("own_account"):
        deactivate_officer_account(username="yusuf", by="yusuf", at=MONDAY)
    with refused("administrator_only"):
        deactivate_officer_account(username="yusuf", by="joko", at=MONDAY)


# Clients


def test_a_client_gets_a_key_that_is_kept_only_as_a_hash() -> None:
    key = create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    assert len(key) >= 40
    client = api_client_for_key(key)
    assert client is not None
    assert client.code == "lapor-kota"
    row = ApiClient.objects.get()
    assert key not in str(vars(row))
    assert key.encode() not in bytes(row.key_hash)
    assert recorded() == ("client.created", {"client": "lapor-kota", "by": "system", "at": MONDAY.isoformat()})
    assert create_client(code="lapor-dua", name="Lapor Dua", at=MONDAY) != key


@pytest.mark.parametrize(
    ("code", "name", "refusal"),
    [
        ("", "Lapor", "client_form"),
        ("Lapor Kota", "Lapor", "client_form"),
        ("-lapor", "Lapor", "client_form"),
        ("l" * 41, "Lapor", "client_form"),
        ("baru", " ", "text_empty"),
        ("baru", "L" * 121, "text_long"),
        ("lapor-kota", "Lapor", "client_taken"),
    ],
)
def test_a_client_is_refused(code: str, name: str, refusal: str) -> None:
    create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    with refused(refusal):
        create_client(code=code, name=name, at=MONDAY)


# The calendar

TUESDAY = date(2026, 1, 6)


def a_free_day(**change: object) -> FreeDay:
    asked = {
        "date": TUESDAY, "kind": "local", "name": "Hari jadi", "region_code": "35.07", "reason": "Keputusan bupati",
        "by": "system", "at": MONDAY,
    }  # fmt: skip
    return set_free_day(**{**asked, **change})  # type: ignore[arg-type]  # the tests say which types


def test_a_local_day_is_a_new_version_and_known_at_once() -> None:
    assert calendar_for("35.07").reason(TUESDAY) is None
    day = a_free_day()
    assert (day.version, day.kind, day.name, day.region_id) == (2, "local", "Hari jadi", "35.07")
    assert calendar_for("35.07").reason(TUESDAY) == "Hari jadi"
    assert calendar_for("35.73").reason(TUESDAY) is None
    assert recorded() == (
        "calendar.day_set",
        {"date": "2026-01-06", "kind": "local", "region": "35.07", "version": 2, "by": "system",
         "at": MONDAY.isoformat()},
    )  # fmt: skip
    a_free_day(region_code="35.73")
    assert calendar_for("35.07").version == 3


def test_a_day_is_taken_back_and_freed_again_without_changing_old_facts() -> None:
    first = a_free_day()
    a_free_day(kind="working", name="", reason="Batal")
    assert calendar_for("35.07").reason(TUESDAY) is None
    a_free_day(reason="Jadi libur")
    assert calendar_for("35.07").reason(TUESDAY) == "Hari jadi"
    assert FreeDay.objects.get(pk=first.pk).kind == "local"
    assert list(FreeDay.objects.filter(date=TUESDAY).order_by("version").values_list("version", flat=True)) == [2, 3, 4]


def test_a_national_day_is_taken_back_everywhere_by_the_province() -> None:
    an_officer("yusuf", unit="35.kominfo", role="administrator")
    day = a_free_day(date=date(2026, 1, 16), kind="working", name="", region_code="", by="yusuf")
    assert day.recorded_by == Officer.objects.get(username="yusuf")
    assert calendar_for("35.29").reason(date(2026, 1, 16)) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "holiday"}, "day_kind"),
        ({"region_code": ""}, "day_region"),
        ({"kind": "national"}, "day_region"),
        ({"kind": "cuti_bersama"}, "day_region"),
        ({"kind": "working", "date": date(2026, 1, 10)}, "day_weekend"),
        ({"kind": "working"}, "day_unchanged"),
        ({"kind": "national", "region_code": "", "date": date(2026, 1, 16), "name": "Isra Mikraj Nabi Muhammad"},
         "day_unchanged"),
        ({"region_code": "35.99"}, "place_unknown"),
        ({"region_code": "35.07.13"}, "place_unknown"),
        ({"name": " "}, "text_empty"),
        ({"name": "H" * 121}, "text_long"),
        ({"reason": ""}, "text_short"),
        ({"reason": "H" * 301}, "text_long"),
        ({"by": "nobody"}, "acting_unknown"),
        ({"by": "yusuf", "region_code": "35.73"}, "administrator_only"),
        ({"by": "yusuf", "region_code": "", "kind": "national"}, "administrator_only"),
    ],
)  # fmt: skip
def test_a_free_day_is_refused(change: dict[str, object], code: str) -> None:
    an_officer("yusuf", unit="35.07.koordinator", role="administrator")
    with refused(code):
        a_free_day(**change)


# The administrative stream


def test_acts_are_numbered_without_gaps_and_refusals_take_no_number() -> None:
    an_officer()
    with refused("username_taken"):
        an_officer()
    a_free_day()
    create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    assert list(AdministrativeAct.objects.order_by("pk").values_list("sequence", flat=True)) == [0, 1, 2]
    assert [bytes(entry.stream) for entry in Entry.objects.all()] == [ADMINISTRATION_STREAM] * 3


def test_rooms_above_record_their_own_acts() -> None:
    ratih = an_officer()
    act = record_administration(kind="triage.rule_changed", event={"rule": "R-1"}, by="ratih", at=MONDAY)
    assert (act.sequence, act.officer) == (1, ratih)
    assert recorded() == ("triage.rule_changed", {"rule": "R-1", "by": ratih.pk, "at": MONDAY.isoformat()})
    with refused("acting_unknown"):
        record_administration(kind="triage.rule_changed", event={}, by="nobody", at=MONDAY)


def test_an_act_that_fails_later_leaves_nothing() -> None:
    before = everything()

    @transaction.atomic
    def act_and_fail() -> None:
        an_officer()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act_and_fail()
    assert everything() == before
