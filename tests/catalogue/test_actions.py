# SPDX-License-Identifier: EUPL-1.2
"""Acts of administrators: each changes exactly this, records exactly this, and a refusal changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from melayani.catalogue.actions import activate_profile, close_service, open_service, set_promise
from melayani.catalogue.models import PromiseClock, PromiseProfile, Service
from melayani.catalogue.queries import active_profile, promise_for, service_row, services
from melayani.catalogue.rules import Basis, CatalogueRefused, Promise
from melayani.government.models import AdministrativeAct, Officer
from melayani.government.rules import SYSTEM, NotAdministrator
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused
from melayani.ledger.models import Entry
from tests.builders import an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def yusuf() -> Officer:
    """The administrator of the province."""
    return an_officer("yusuf", unit="35.kominfo", roles=("administrator",))


def stored() -> list[Any]:
    """Everything an act of this room could change, and how many acts were recorded."""
    return [
        list(Service.objects.order_by("id").values_list()),
        list(PromiseProfile.objects.order_by("code").values_list()),
        list(PromiseClock.objects.order_by("id").values_list()),
        Entry.objects.count(),
        AdministrativeAct.objects.count(),
    ]


def the_act() -> tuple[str, dict[str, Any], Officer | None]:
    """The one act recorded, with its entry in the ledger."""
    act = AdministrativeAct.objects.select_related("entry", "officer").get()
    assert act.entry.kind == act.kind
    assert act.at == MONDAY
    return act.kind, {key: value for key, value in act.data.items() if key not in ("at", "by")}, act.officer


def test_a_promise_set_holds_for_new_cases_of_the_own_kind(yusuf: Officer) -> None:
    assert promise_for(service_code="PJU", kind="PENGADUAN").days == 14
    before = stored()
    set_promise(
        service_code="PJU",
        days=3,
        basis="CALENDAR",
        source="  Keputusan kepala dinas 12/2026 ",
        confidence="A",
        by="yusuf",
        at=MONDAY,
    )
    assert promise_for(service_code="PJU", kind="PENGADUAN") == Promise(
        days=3, basis=Basis.CALENDAR, source="Keputusan kepala dinas 12/2026", confidence="A"
    )
    assert promise_for(service_code="PJU", kind="ASPIRASI").days == 5
    assert the_act() == (
        "catalogue.promise_set",
        {"service": "PJU", "days": 3, "basis": "CALENDAR", "confidence": "A"},
        yusuf,
    )
    changed = [pair for pair in zip(before[0], stored()[0], strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1
    assert before[1:3] == stored()[1:3]


def test_the_system_may_act_too() -> None:
    set_promise(service_code="SUNGAI", days=30, basis="WORKING", source="Impor", confidence="C", by=SYSTEM, at=MONDAY)
    assert promise_for(service_code="SUNGAI", kind="PENGADUAN").days == 30
    assert the_act()[2] is None


def test_another_profile_is_the_one_in_use(yusuf: Officer) -> None:
    before = stored()
    activate_profile(code="sp4n-2025", by="yusuf", at=MONDAY)
    assert active_profile().code == "sp4n-2025"
    assert PromiseProfile.objects.filter(active=True).count() == 1
    assert the_act() == (
        "catalogue.profile_activated",
        {"profile": "sp4n-2025", "before": ["sp4n-2018"]},
        yusuf,
    )
    assert (before[0], before[2]) == (stored()[0], stored()[2])


def test_a_service_is_closed_and_opened_again(yusuf: Officer) -> None:
    before = stored()
    close_service(code="PJU", by="yusuf", at=MONDAY)
    assert not service_row("PJU").active
    assert "PJU" not in {row.code for row in services()}
    assert the_act() == ("catalogue.service_closed", {"service": "PJU"}, yusuf)
    open_service(code="PJU", by="yusuf", at=MONDAY)
    assert service_row("PJU").active
    assert stored()[:3] == before[:3]
    assert [act.kind for act in AdministrativeAct.objects.order_by("sequence")] == [
        "catalogue.service_closed",
        "catalogue.service_opened",
    ]


def the_promise(**changes: Any) -> Callable[[], object]:
    said: dict[str, Any] = {
        "service_code": "PJU",
        "days": 3,
        "basis": "WORKING",
        "source": "SK",
        "confidence": "B",
        "by": "yusuf",
        "at": MONDAY,
    }
    return lambda: set_promise(**{**said, **changes})


REFUSALS: list[tuple[str, type[Refused], Callable[[], object]]] = [
    ("service_unknown", CatalogueRefused, the_promise(service_code="SIHIR")),
    ("days_range", CatalogueRefused, the_promise(days=0)),
    ("days_range", CatalogueRefused, the_promise(days=1001)),
    ("basis_unknown", CatalogueRefused, the_promise(basis="HARI")),
    ("confidence_unknown", CatalogueRefused, the_promise(confidence="X")),
    ("text_empty", TextRefused, the_promise(source="  ")),
    ("text_long", TextRefused, the_promise(source="x" * 201)),
    (
        "promise_same",
        CatalogueRefused,
        the_promise(service_code="KK", source="Bawaan penyusun; dinas kependudukan dapat mengubahnya", confidence="C"),
    ),
    ("profile_unknown", CatalogueRefused, lambda: activate_profile(code="sp4n-1999", by="yusuf", at=MONDAY)),
    ("profile_same", CatalogueRefused, lambda: activate_profile(code="sp4n-2018", by="yusuf", at=MONDAY)),
    ("service_unknown", CatalogueRefused, lambda: close_service(code="SIHIR", by="yusuf", at=MONDAY)),
    ("service_same", CatalogueRefused, lambda: open_service(code="PJU", by="yusuf", at=MONDAY)),
]


@pytest.mark.usefixtures("yusuf")
@pytest.mark.parametrize(("code", "family", "act"), REFUSALS)
def test_a_refusal_changes_nothing(code: str, family: type[Refused], act: Callable[[], object]) -> None:
    before = stored()
    with pytest.raises(family) as refusal:
        act()
    assert refusal.value.code == code
    assert stored() == before


@pytest.mark.usefixtures("yusuf")
def test_a_service_closed_already_is_refused() -> None:
    close_service(code="PJU", by="yusuf", at=MONDAY)
    before = stored()
    with pytest.raises(CatalogueRefused) as refusal:
        close_service(code="PJU", by="yusuf", at=MONDAY)
    assert refusal.value.code == "service_same"
    assert stored() == before


ACTS: list[Callable[[str], object]] = [
    lambda by: the_promise(by=by)(),
    lambda by: activate_profile(code="sp4n-2025", by=by, at=MONDAY),
    lambda by: close_service(code="PJU", by=by, at=MONDAY),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("unit", "role"), [("35.07.koordinator", "administrator"), ("35.kominfo", "triage"), ("35.dishub", "head")]
)
def test_only_administrators_of_the_province_may(act: Callable[[str], object], unit: str, role: str) -> None:
    an_officer("bukan", unit=unit, roles=(role,))
    before = stored()
    with pytest.raises(NotAdministrator):
        act("bukan")
    assert stored() == before


@pytest.mark.parametrize("act", ACTS)
def test_control_an_administrator_of_the_province_may(act: Callable[[str], object], yusuf: Officer) -> None:
    before = stored()
    act(yusuf.username)
    assert stored() != before
