# SPDX-License-Identifier: EUPL-1.2
"""Units, places, clients: each act changes exactly this and records why and what; a refusal changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from melayani.government.administration import mark_of
from melayani.government.models import AdministrativeAct, ApiClient, Place, Unit
from melayani.government.queries import api_client_for_key, found_place, place_row, places_named, unit_row, units
from melayani.government.reference_actions import (
    add_unit,
    close_unit_alone,
    correct_place,
    create_client,
    disable_client,
    enable_client,
    open_unit,
    place_facts,
    rename_unit,
    renew_client_key,
    unit_facts,
)
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from tests.builders import DESK, DISHUB, KEPANJEN, an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
WHY = "Sesuai peraturan daerah 3/2026."
KECAMATAN = "35.07.13"


@pytest.fixture(autouse=True)
def administrators() -> None:
    """Yusuf of the province, Lokal of Kabupaten Malang, Tetangga of Kota Surabaya, and a head without that role."""
    an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    an_officer("lokal", unit=DESK, roles=("administrator",))
    an_officer("tetangga", unit="35.78.koordinator", roles=("administrator",))
    an_officer("kepala", unit=DESK, roles=("head", "triage"))


def everything() -> list[Any]:
    return [
        list(table._default_manager.order_by("pk").values())
        for table in (Unit, Place, ApiClient, AdministrativeAct, Entry)
    ]


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The act inside is refused with this code and leaves every table as it was."""
    before = everything()
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code
    assert everything() == before


def the_act() -> AdministrativeAct:
    """The newest act; the ledger has its entry."""
    act = AdministrativeAct.objects.select_related("entry", "officer").latest("sequence")
    assert (act.entry.kind, act.at) == (act.kind, MONDAY)
    return act


def rename(**changes: Any) -> Unit:
    said = {"code": DISHUB, "name": "Dinas Perhubungan dan Lalu Lintas", "reason": WHY, "by": "lokal", "at": MONDAY}
    return rename_unit(**{**said, **changes})


def add(**changes: Any) -> Unit:
    said = {
        "region_code": "35.07", "sector": "damkar", "name": "Dinas Pemadam Kebakaran", "reason": WHY, "by": "lokal",
        "at": MONDAY,
    }  # fmt: skip
    return add_unit(**{**said, **changes})


def close(**changes: Any) -> Unit:
    return close_unit_alone(**{"code": DISHUB, "reason": WHY, "by": "lokal", "at": MONDAY, **changes})


def correct(**changes: Any) -> Place:
    said = {
        "code": KECAMATAN, "name": "Kepanjen Raya", "latitude": -8.13, "longitude": 112.57, "reason": WHY,
        "by": "lokal", "at": MONDAY,
    }  # fmt: skip
    return correct_place(**{**said, **changes})


# Units


def test_a_unit_has_another_name_at_once() -> None:
    before = Unit.objects.get(code=DISHUB)
    rename(name="  Dinas   Perhubungan\nBaru ", seen=mark_of(unit_facts(before)))
    assert unit_row(DISHUB).name == "Dinas Perhubungan Baru"
    act = the_act()
    assert (act.kind, act.about, act.reason, act.officer) == (
        "unit.renamed", f"unit:{DISHUB}", WHY, an_officer("lokal", unit=DESK),
    )  # fmt: skip
    assert act.change == {"before": {"name": before.name}, "after": {"name": "Dinas Perhubungan Baru"}}
    assert Unit.objects.exclude(code=DISHUB).count() == Unit.objects.count() - 1


def test_a_unit_is_added_under_the_usual_code() -> None:
    unit = add(sector="Damkar")
    assert (unit.code, unit.tier, unit.active, unit.is_triage_desk) == ("35.07.damkar", "KABUPATEN", True, False)
    assert "35.07.damkar" in {row.code for row in units("35.07")}
    assert the_act().change == {"before": {}, "after": {"name": "Dinas Pemadam Kebakaran", "active": True}}
    assert add(region_code="35.78", by="yusuf").tier == "KOTA"
    assert add(region_code="35", by="yusuf").tier == "PROVINSI"


def test_a_unit_is_closed_and_opened_again() -> None:
    close()
    assert DISHUB not in {row.code for row in units("35.07")}
    assert (the_act().kind, the_act().change) == (
        "unit.closed", {"before": {"active": True}, "after": {"active": False}},
    )  # fmt: skip
    open_unit(code=DISHUB, reason=WHY, by="yusuf", at=MONDAY)
    assert DISHUB in {row.code for row in units("35.07")}
    assert the_act().kind == "unit.opened"


STALE = mark_of({"name": "yang dulu", "active": True})
UNIT_REFUSALS: list[tuple[str, Callable[[], object]]] = [
    ("unit_unknown", lambda: rename(code="35.07.sihir")),
    ("unit_unknown", lambda: rename(code="35.07\x00")),
    ("text_short", lambda: rename(name="D")),
    ("text_short", lambda: rename(name="\u202e\u202e\u202e")),
    ("text_long", lambda: rename(name="D" * 161)),
    ("text_short", lambda: rename(reason="")),
    ("text_long", lambda: rename(reason="D" * 301)),
    ("unchanged", lambda: rename(name=Unit.objects.get(code=DISHUB).name)),
    ("changed_meanwhile", lambda: rename(seen=STALE)),
    ("administrator_only", lambda: rename(by="tetangga")),
    ("administrator_only", lambda: rename(by="kepala")),
    ("administrator_only", lambda: rename(code="35.dishub")),
    ("acting_unknown", lambda: rename(by="siapa")),
    ("sector_form", lambda: add(sector="dinas pemadam")),
    ("sector_form", lambda: add(sector="")),
    ("sector_form", lambda: add(sector="d" * 31)),
    ("sector_form", lambda: add(sector="damkar\x00x y")),
    ("unit_taken", lambda: add(sector="dishub")),
    ("place_unknown", lambda: add(region_code="35.99", by="yusuf")),
    ("place_unknown", lambda: add(region_code=KECAMATAN, by="yusuf")),
    ("administrator_only", lambda: add(by="tetangga")),
    ("administrator_only", lambda: add(region_code="35")),
    ("unit_is_desk", lambda: close(code=DESK)),
    ("administrator_only", lambda: close(by="tetangga")),
    ("unit_same", lambda: open_unit(code=DISHUB, reason=WHY, by="lokal", at=MONDAY)),
]


@pytest.mark.parametrize(("code", "act"), UNIT_REFUSALS)
def test_a_refused_unit_stays_as_it_was(code: str, act: Callable[[], object]) -> None:
    with refused(code):
        act()


def test_a_closed_unit_is_not_closed_twice_and_keeps_its_field() -> None:
    close()
    with refused("unit_same"):
        close()
    with refused("unit_taken"):
        add(sector="dishub")


# Places


def test_a_corrected_place_and_all_inside_it_are_named_anew() -> None:
    before = Place.objects.get(code=KECAMATAN)
    correct(seen=mark_of(place_facts(before)))
    assert place_row(KECAMATAN).full_name == "Kec. Kepanjen Raya, Kabupaten Malang"
    assert place_row(KEPANJEN).full_name.endswith(", Kec. Kepanjen Raya, Kabupaten Malang")
    assert (place_row(KECAMATAN).latitude, place_row(KECAMATAN).longitude) == (-8.13, 112.57)
    assert KECAMATAN in {row.code for row in places_named("kepanjen raya")}
    act = the_act()
    assert act.change is not None
    assert (act.kind, act.change["before"]["name"], act.change["after"]["name"]) == (
        "place.corrected", "Kepanjen", "Kepanjen Raya",
    )  # fmt: skip
    elsewhere = Place.objects.exclude(code__startswith=KECAMATAN)
    assert not elsewhere.filter(full_name__contains="Kepanjen Raya").exists()


def test_a_regency_is_renamed_with_everything_in_it() -> None:
    correct(code="35.07", name="Kabupaten Malang Raya", latitude=None, longitude=None)
    inside = Place.objects.filter(code__startswith="35.07.")
    assert inside.count() == inside.filter(full_name__endswith="Kabupaten Malang Raya").count() > 300
    assert [row.code for row in places_named("malang raya")] == ["35.07"]


def test_a_point_alone_is_moved() -> None:
    name, place = place_row(KEPANJEN).full_name, Place.objects.get(code=KEPANJEN)
    correct(code=KEPANJEN, name=place.name, latitude=-8.2, longitude=112.5)
    assert place_row(KEPANJEN).full_name == name
    assert found_place(lat=-8.2, long=112.5).code == KEPANJEN


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("place_unknown", {"code": "35.99"}),
        ("place_name", {"code": "35.07\x00"}),  # read without the control mark: the regency, whose kind is missing
        ("text_short", {"name": "K"}),
        ("text_long", {"name": "K" * 81}),
        ("text_short", {"reason": "a"}),
        ("half_a_point", {"latitude": None}),
        ("half_a_point", {"longitude": None}),
        ("point_outside", {"latitude": 0.0, "longitude": 0.0}),
        ("point_outside", {"latitude": float("nan")}),
        ("point_outside", {"latitude": float("inf")}),
        ("place_name", {"code": "35.07", "name": "Malang"}),
        ("place_name", {"code": "35.07", "name": "Kota Malang"}),
        ("place_name", {"code": "35.78", "name": "Kabupaten Surabaya", "by": "yusuf"}),
        ("changed_meanwhile", {"seen": STALE}),
        ("administrator_only", {"by": "tetangga"}),
        ("administrator_only", {"by": "kepala"}),
        ("administrator_only", {"code": "35", "name": "Jawa Timur"}),
    ],
)
def test_a_refused_place_stays_as_it_was(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        correct(**changes)


def test_a_place_as_it_was_is_no_correction() -> None:
    place = Place.objects.get(code=KEPANJEN)
    with refused("unchanged"):
        correct(code=KEPANJEN, name=place.name, latitude=place.latitude, longitude=place.longitude)


class Clock:
    """A clock of this process that can be turned on."""

    def __init__(self) -> None:
        """Starts anywhere."""
        self.seconds = 1000.0

    def monotonic(self) -> float:
        """What the memories ask."""
        return self.seconds


@pytest.fixture
def clock_of_process(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The memories of this process live by this clock."""
    clock = Clock()
    monkeypatch.setattr("melayani.ground.memo.time.monotonic", clock.monotonic)
    return clock


def remembers_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that did not act itself: nothing forgets by order."""
    monkeypatch.setattr("melayani.government.reference_actions.forget_all", lambda: None)


@pytest.mark.usefixtures("nothing_known")
def test_other_processes_know_the_new_name_and_point_within_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, clock_of_process: Clock
) -> None:
    remembers_in_another_process(monkeypatch)
    assert places_named("kepanjen raya") == ()
    correct()
    correct(code=KEPANJEN, name="Kepanjen", latitude=-8.2, longitude=112.5)
    clock_of_process.seconds += 31
    assert KECAMATAN in {row.code for row in places_named("kepanjen raya")}
    assert found_place(lat=-8.2, long=112.5).code == KEPANJEN


def test_control_without_an_act_the_old_name_stays_for_an_hour(clock_of_process: Clock) -> None:
    assert places_named("kepanjen raya") == ()
    Place.objects.filter(code=KECAMATAN).update(name="Kepanjen Raya", search_name="kepanjen raya")  # no act
    clock_of_process.seconds += 31
    assert places_named("kepanjen raya") == ()


# Clients


def test_a_client_made_by_an_administrator_is_signed() -> None:
    key = create_client(code="lapor-kota", name="Lapor Kota", by="yusuf", at=MONDAY)
    assert api_client_for_key(key) is not None
    assert (the_act().kind, the_act().about) == ("client.created", "client:lapor-kota")
    assert the_act().officer == an_officer("yusuf", unit="35.kominfo")


def test_a_client_is_shut_out_and_let_in_again() -> None:
    key = create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    disable_client(code="lapor-kota", reason=WHY, by="yusuf", at=MONDAY)
    assert api_client_for_key(key) is None
    with refused("client_same"):
        disable_client(code="lapor-kota", reason=WHY, by="yusuf", at=MONDAY)
    enable_client(code="lapor-kota", reason=WHY, by="yusuf", at=MONDAY)
    assert api_client_for_key(key) is not None
    assert [act.kind for act in AdministrativeAct.objects.order_by("sequence")] == [
        "client.created", "client.disabled", "client.enabled",
    ]  # fmt: skip


def test_a_new_key_shuts_out_the_old_one() -> None:
    old = create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    new = renew_client_key(code="lapor-kota", reason=WHY, by="yusuf", at=MONDAY)
    assert api_client_for_key(old) is None
    found = api_client_for_key(new)
    assert found is not None
    assert found.code == "lapor-kota"
    assert new not in str(AdministrativeAct.objects.values())


CLIENT_ACTS: list[Callable[[str], object]] = [
    lambda by: create_client(code="baru", name="Baru", by=by, at=MONDAY),
    lambda by: renew_client_key(code="lapor-kota", reason=WHY, by=by, at=MONDAY),
    lambda by: disable_client(code="lapor-kota", reason=WHY, by=by, at=MONDAY),
    lambda by: enable_client(code="lapor-kota", reason=WHY, by=by, at=MONDAY),
]


@pytest.mark.parametrize("act", CLIENT_ACTS)
def test_clients_are_the_provinces(act: Callable[[str], object]) -> None:
    create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    for by in ("lokal", "kepala"):
        with refused("administrator_only"):
            act(by)


@pytest.mark.parametrize("reason", ["", "x" * 301])
def test_a_client_is_changed_for_a_reason(reason: str) -> None:
    create_client(code="lapor-kota", name="Lapor Kota", at=MONDAY)
    with refused("text_short" if not reason else "text_long"):
        disable_client(code="lapor-kota", reason=reason, by="yusuf", at=MONDAY)
    with refused("client_unknown"):
        disable_client(code="lain", reason=WHY, by="yusuf", at=MONDAY)
